"""Filters about the cloud: thin wrappers over openstack_hub.cloud, for what the module cloud_facts returned."""

from openstack_hub.ansible_values import plain
from openstack_hub.cloud.capacity import capacity
from openstack_hub.cloud.status import status
from openstack_hub.validation.check import check


def _parsed(variables):
    """The parsed variables; ValueError with a sentence for each mistake."""
    parsed, mistakes = check(plain(variables))
    if errors := [str(mistake) for mistake in mistakes if not mistake.warning]:
        raise ValueError("\n".join(errors))
    return parsed


class FilterModule:
    def filters(self):
        return {
            "cloud_capacity": lambda variables, facts: capacity(_parsed(variables), plain(facts)),
            "cloud_status": lambda variables, facts: status(_parsed(variables), plain(facts)),
        }
