"""What a cloud has, against what the variables want: pure functions over the facts that module cloud_facts returns."""

from openstack_hub.cloud import access, images, quotas, resources
from openstack_hub.validation.check import check


def lacking(given, facts):
    """[Mistake] of the variables GIVEN, a dict by name: of themselves, or else what the cloud lacks for them."""
    v, wrong = check(given)
    return [mistake for mistake in wrong if not mistake.warning] or mistakes(v, facts)


def mistakes(v, facts):
    """[Mistake] of what the cloud lacks for the parsed variables V, all at once; what was not told is not judged."""
    barred = list(access.barred(v, facts))
    topics = (access, resources, images, quotas)
    return barred or [mistake for topic in topics for mistake in topic.rules(v, facts)]
