"""Compares the variables with what a cloud has: pure functions over the facts that module cloud_facts returns."""

from openstack_hub.cloud.access import access_error, access_problems
from openstack_hub.cloud.images import image_problems
from openstack_hub.cloud.quotas import quota_problems
from openstack_hub.cloud.resources import resource_problems
from openstack_hub.validation.check import check


def validate_against_cloud(given, facts):
    """[Problem] of the variables GIVEN, a dict by name: their own errors, or else what the cloud lacks for them."""
    v, own = check(given)
    return [problem for problem in own if not problem.warning] or problems(v, facts)


def problems(v, facts):
    """[Problem] of what the cloud lacks for the parsed variables V, all at once; missing facts are not checked."""
    if error := access_error(v, facts):
        return [error]
    topics = (access_problems, resource_problems, image_problems, quota_problems)
    return [problem for topic in topics for problem in topic(v, facts)]
