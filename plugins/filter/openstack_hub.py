"""Filters: thin wrappers over the package openstack_hub."""

from openstack_hub import chart, platforms
from openstack_hub.ansible_values import plain_data
from openstack_hub.cloud.capacity import capacity
from openstack_hub.cloud.cluster_request import cluster_request
from openstack_hub.cloud.status import status as cloud_status
from openstack_hub.locks import lock_problems
from openstack_hub.model.hub_model import hub_model
from openstack_hub.schema import specification
from openstack_hub.status.screen import status as hub_status
from openstack_hub.validation.check import parse


def parsed(variables):
    """The parsed VARIABLES. Raises ValueError when they have errors."""
    return parse(plain_data(variables))


class FilterModule:
    def filters(self):
        return {
            "declared_names": lambda names: [name for name in names if name in specification.variables()],
            "hub_model": lambda variables: hub_model(plain_data(variables)),
            "lock_problems": lambda text, path, accepted: list(lock_problems(text, path, accepted)),
            "platform": lambda name: platforms.platform(name)._asdict(),
            "platform_error": platforms.error,
            "cluster_request": lambda variables: cluster_request(plain_data(variables)),
            "cloud_capacity": lambda variables, facts: capacity(parsed(variables), plain_data(facts)),
            "cloud_status": lambda variables, facts: cloud_status(parsed(variables), plain_data(facts)),
            "hub_status": lambda variables, model, facts: hub_status(
                parsed(variables), plain_data(model), plain_data(facts)
            ),
            "chart_values": lambda model, **parts: chart.chart_values(plain_data(model), **plain_data(parts)),
            "chart_release": lambda model: chart.release(plain_data(model)),
            "chart_service_patch": lambda model: chart.service_patch(plain_data(model)),
            "pod_security": lambda model: chart.pod_security(plain_data(model)),
            "placeholder_sets": lambda model: chart.placeholder_sets(plain_data(model)),
        }
