"""What a project holds, as plain data, and how each kind is removed."""

import time

from openstack_hub.openstack.connection import FAULTS, transient
from openstack_hub.openstack.site_plan import ROUTER_OWNERS

PATIENCE = 30  # seconds of a service that answers 5xx or not at all


class Project:
    """The project of a connection to a cloud. `going`: ids of all that is to go, before the first goes."""

    def __init__(self, cloud):
        self.cloud, self.going = cloud, set()
        self.mine = {"project_id": cloud.current_project_id}

    def has(self, service):
        return self.cloud.has_service(service)

    def patiently(self, kind):
        """list(), asked again while the service does not answer."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.list(kind)
            except FAULTS as error:
                if not transient(error) or time.monotonic() > deadline:
                    raise
            time.sleep(1)

    def list(self, kind):
        found = getattr(self, f"list_{kind.lower().replace(' ', '_')}")()
        return [plain(kind, resource, **more) for resource, more in found]

    def remove(self, resource):
        getattr(self, f"remove_{resource['kind'].lower().replace(' ', '_')}")(resource)

    def list_load_balancer(self):
        return [(balancer, {}) for balancer in self.cloud.load_balancer.load_balancers(**self.mine)]

    def remove_load_balancer(self, resource):
        self.cloud.load_balancer.delete_load_balancer(resource["id"], cascade=True)

    def list_dns_record(self):
        dns = self.cloud.dns
        return [(record, {"zone": zone.id}) for zone in dns.zones() for record in dns.recordsets(zone)]

    def remove_dns_record(self, resource):
        self.cloud.dns.delete_recordset(resource["id"], zone=resource["zone"])

    def list_machine(self):
        return [(server, {"metadata": server.metadata}) for server in self.cloud.compute.servers()]

    def remove_machine(self, resource):
        self.cloud.compute.delete_server(resource["id"])

    def list_public_address(self):
        return [(ip, {"name": ip.floating_ip_address}) for ip in self.cloud.network.ips(**self.mine)]

    def remove_public_address(self, resource):
        self.cloud.network.delete_ip(resource["id"])

    def list_port(self):
        return [(port, {}) for port in self.cloud.network.ports(**self.mine)]

    def remove_port(self, resource):
        self.cloud.network.delete_port(resource["id"])

    def list_volume(self):
        return [(volume, {"metadata": volume.metadata}) for volume in self.cloud.block_storage.volumes()]

    def remove_volume(self, resource):
        self.cloud.block_storage.delete_volume(resource["id"])

    def list_security_group(self):
        return [(group, {}) for group in self.cloud.network.security_groups(**self.mine)]

    def remove_security_group(self, resource):
        self.cloud.network.delete_security_group(resource["id"])

    def list_router(self):
        return [(router, {}) for router in self.cloud.network.routers(**self.mine)]

    def remove_router(self, resource):
        """Its links to what goes, too, go with it; any other holds it, and Neutron says so."""
        router = resource["id"]
        for port in self.cloud.network.ports(device_id=router):
            if port.device_owner in ROUTER_OWNERS and {ip["subnet_id"] for ip in port.fixed_ips} <= self.going:
                self.cloud.network.remove_interface_from_router(router, port_id=port.id)
        self.cloud.network.delete_router(router)

    def list_subnet(self):
        return [(subnet, {}) for subnet in self.cloud.network.subnets(**self.mine)]

    def remove_subnet(self, resource):
        self.cloud.network.delete_subnet(resource["id"])

    def list_network(self):
        return [(network, {}) for network in self.cloud.network.networks(**self.mine)]

    def remove_network(self, resource):
        self.cloud.network.delete_network(resource["id"])


def plain(kind, resource, **more):
    basics = {"id": resource.id, "name": resource.name, "description": getattr(resource, "description", None)}
    return {"kind": kind, **basics, **more}
