"""Filters about the cloud: thin wrappers over openstack_hub.cloud, for what the module cloud_facts returned."""

from openstack_hub.ansible_values import plain_data
from openstack_hub.cloud.capacity import capacity
from openstack_hub.cloud.status import status
from openstack_hub.validation.check import parse


class FilterModule:
    def filters(self):
        return {
            "cloud_capacity": lambda variables, facts: capacity(parse(plain_data(variables)), plain_data(facts)),
            "cloud_status": lambda variables, facts: status(parse(plain_data(variables)), plain_data(facts)),
        }
