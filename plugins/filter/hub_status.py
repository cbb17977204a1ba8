"""Filter about the hub: a thin wrapper over openstack_hub.status, for what the module hub_facts returned."""

from openstack_hub.ansible_values import plain
from openstack_hub.status.screen import status
from openstack_hub.validation.check import check


def hub_status(variables, model, facts):
    """Lines for people; ValueError with a sentence for each mistake in the variables."""
    parsed, mistakes = check(plain(variables))
    if errors := [str(mistake) for mistake in mistakes if not mistake.warning]:
        raise ValueError("\n".join(errors))
    return status(parsed, plain(model), plain(facts))


class FilterModule:
    def filters(self):
        return {"hub_status": hub_status}
