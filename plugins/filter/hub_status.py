"""Filter about the hub: a thin wrapper over openstack_hub.status, for what the module hub_facts returned."""

from openstack_hub.ansible_values import plain_data
from openstack_hub.status.screen import status
from openstack_hub.validation.check import parse


def hub_status(variables, model, facts):
    """Lines for the terminal. Raises ValueError when the variables have errors."""
    return status(parse(plain_data(variables)), plain_data(model), plain_data(facts))


class FilterModule:
    def filters(self):
        return {"hub_status": hub_status}
