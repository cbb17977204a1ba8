"""The resources of a project as plain data, and how each kind is deleted."""

import time

from openstack_hub.openstack.errors import retry
from openstack_hub.openstack.site_plan import ROUTER_OWNERS

PATIENCE = 30  # seconds for which a service that answers 5xx, or not at all, is asked again


class Project:
    """The project of a connection to a cloud. `selected_ids`: IDs of all resources that are about to be deleted."""

    def __init__(self, cloud):
        self.cloud, self.selected_ids = cloud, set()
        self.mine = {"project_id": cloud.current_project_id}

    def has(self, service):
        return self.cloud.has_service(service)

    def list_patiently(self, kind):
        """list(), retried while the service does not answer."""
        return retry(lambda: self.list(kind), time.monotonic() + PATIENCE)

    def list(self, kind):
        listed = getattr(self, f"list_{kind.lower().replace(' ', '_')}")()
        return [plain(kind, resource, **more) for resource, more in listed]

    def delete(self, resource):
        getattr(self, f"delete_{resource['kind'].lower().replace(' ', '_')}")(resource)

    def list_load_balancer(self):
        return [(balancer, {}) for balancer in self.cloud.load_balancer.load_balancers(**self.mine)]

    def delete_load_balancer(self, resource):
        self.cloud.load_balancer.delete_load_balancer(resource["id"], cascade=True)

    def list_dns_record(self):
        dns = self.cloud.dns
        return [(record, {"zone": zone.id}) for zone in dns.zones() for record in dns.recordsets(zone)]

    def delete_dns_record(self, resource):
        self.cloud.dns.delete_recordset(resource["id"], zone=resource["zone"])

    def list_instance(self):
        return [(server, {"metadata": server.metadata}) for server in self.cloud.compute.servers()]

    def delete_instance(self, resource):
        self.cloud.compute.delete_server(resource["id"])

    def list_floating_ip(self):
        return [(ip, {"name": ip.floating_ip_address}) for ip in self.cloud.network.ips(**self.mine)]

    def delete_floating_ip(self, resource):
        self.cloud.network.delete_ip(resource["id"])

    def list_port(self):
        return [(port, {}) for port in self.cloud.network.ports(**self.mine)]

    def delete_port(self, resource):
        self.cloud.network.delete_port(resource["id"])

    def list_volume(self):
        return [(volume, {"metadata": volume.metadata}) for volume in self.cloud.block_storage.volumes()]

    def delete_volume(self, resource):
        self.cloud.block_storage.delete_volume(resource["id"])

    def list_security_group(self):
        return [(group, {}) for group in self.cloud.network.security_groups(**self.mine)]

    def delete_security_group(self, resource):
        self.cloud.network.delete_security_group(resource["id"])

    def list_router(self):
        return [(router, {}) for router in self.cloud.network.routers(**self.mine)]

    def delete_router(self, resource):
        """Interfaces to subnets that are deleted too are detached first; for any other Neutron refuses, and says so."""
        router = resource["id"]
        for port in self.cloud.network.ports(device_id=router):
            if port.device_owner in ROUTER_OWNERS and {ip["subnet_id"] for ip in port.fixed_ips} <= self.selected_ids:
                self.cloud.network.remove_interface_from_router(router, port_id=port.id)
        self.cloud.network.delete_router(router)

    def list_subnet(self):
        return [(subnet, {}) for subnet in self.cloud.network.subnets(**self.mine)]

    def delete_subnet(self, resource):
        self.cloud.network.delete_subnet(resource["id"])

    def list_network(self):
        return [(network, {}) for network in self.cloud.network.networks(**self.mine)]

    def delete_network(self, resource):
        self.cloud.network.delete_network(resource["id"])


def plain(kind, resource, **more):
    basics = {"id": resource.id, "name": resource.name, "description": getattr(resource, "description", None)}
    return {"kind": kind, **basics, **more}
