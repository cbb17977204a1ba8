"""The resources of a project as plain data, and how each kind is deleted."""

import time

from openstack_hub.openstack.errors import retry
from openstack_hub.openstack.orphaned_resources import KINDS
from openstack_hub.openstack.site_plan import ROUTER_OWNERS

PATIENCE = 30  # seconds for which a service that answers 5xx, or not at all, is asked again
FUNCTIONS = {  # kind -> functions of openstacksdk that list and delete it
    "load balancer": ("load_balancers", "delete_load_balancer"),
    "instance": ("servers", "delete_server"),
    "floating IP": ("ips", "delete_ip"),
    "port": ("ports", "delete_port"),
    "volume": ("volumes", "delete_volume"),
    "security group": ("security_groups", "delete_security_group"),
    "router": ("routers", "delete_router"),
    "subnet": ("subnets", "delete_subnet"),
    "network": ("networks", "delete_network"),
}
OF_ALL_PROJECTS = ("load-balancer", "network")  # services that list those to an admin unless the project is named


class Project:
    """The project of a connection to a cloud. `selected_ids`: IDs of all resources that are about to be deleted."""

    def __init__(self, cloud):
        self.cloud, self.selected_ids = cloud, set()

    def has(self, service):
        return self.cloud.has_service(service)

    def service(self, kind):
        """openstacksdk's functions for the service that knows KIND."""
        return getattr(self.cloud, KINDS[kind].replace("-", "_"))

    def list_patiently(self, kind):
        """list(), retried while the service does not answer."""
        return retry(lambda: self.list(kind), time.monotonic() + PATIENCE)

    def list(self, kind):
        service = self.service(kind)
        if kind == "DNS record":
            records = [(record, zone) for zone in service.zones() for record in service.recordsets(zone)]
            return [to_dict(kind, record) | {"zone": zone.id} for record, zone in records]
        query = {"project_id": self.cloud.current_project_id} if KINDS[kind] in OF_ALL_PROJECTS else {}
        return [to_dict(kind, resource) for resource in getattr(service, FUNCTIONS[kind][0])(**query)]

    def delete(self, resource):
        kind, service = resource["kind"], self.service(resource["kind"])
        if kind == "DNS record":
            service.delete_recordset(resource["id"], zone=resource["zone"])
            return
        if kind == "router":
            self.detach_router(resource["id"])
        options = {"cascade": True} if kind == "load balancer" else {}
        getattr(service, FUNCTIONS[kind][1])(resource["id"], **options)

    def detach_router(self, router):
        """Remove interfaces to subnets that are deleted too; for any other Neutron refuses to delete the router."""
        for port in self.cloud.network.ports(device_id=router):
            if port.device_owner in ROUTER_OWNERS and {ip["subnet_id"] for ip in port.fixed_ips} <= self.selected_ids:
                self.cloud.network.remove_interface_from_router(router, port_id=port.id)


def to_dict(kind, resource):
    """RESOURCE as a dict; a floating IP is named by its address."""
    name = resource.floating_ip_address if kind == "floating IP" else resource.name
    metadata = {"metadata": resource.metadata} if kind in ("instance", "volume") else {}
    description = getattr(resource, "description", None)
    return {"kind": kind, "id": resource.id, "name": name, "description": description, **metadata}
