"""Filters: thin wrappers over the package openstack_hub."""

from openstack_hub.model import hub_model
from openstack_hub.plain import plain


class FilterModule:
    def filters(self):
        return {"hub_model": lambda variables, today=None: hub_model(plain(variables), today)}
