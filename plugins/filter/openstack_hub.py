"""Filters: thin wrappers over the package openstack_hub."""

from openstack_hub.errors import hub_errors
from openstack_hub.model import hub_model


class FilterModule:
    def filters(self):
        return {"hub_model": hub_model, "hub_errors": hub_errors}
