"""Read the resources that module cloud_site compares, as plain data, and do the actions of its plan."""

from ipaddress import ip_network

from openstack_hub.openstack.errors import ImpossibleChange
from openstack_hub.openstack.site_plan import IMAGE_KEY, MARK, ROUTER_OWNERS, WORLD, mark, web_name


def external_network(cloud, name):
    """The network that floating IPs come from, {"id", "name"}; None without NAME."""
    if not name:
        return None
    networks = [n for n in cloud.network.networks(is_router_external=True) if name in (n.name, n.id)]
    if not networks:
        raise ImpossibleChange(f"cloud_external_network is {name}: there is no external network of that name")
    if len(networks) > 1:
        count = len(networks)
        raise ImpossibleChange(f"cloud_external_network is {name}: there are {count} of that name: write an ID")
    return {"id": networks[0].id, "name": networks[0].name}


def read(cloud, desired):
    """The existing resources of a site, by kind: lists of dicts."""
    project, network_name = cloud.current_project_id, desired["network"]["name"]
    networks = list(cloud.network.networks(name=network_name))
    existing = {
        "networks": [to_dict(n, own=n.project_id == project) for n in networks],
        "subnets": [to_dict(s, cidr=s.cidr) for n in networks for s in cloud.network.subnets(network_id=n.id)],
        "routers": [
            to_dict(r, gateway=(r.external_gateway_info or {}).get("network_id"))
            for r in cloud.network.routers(project_id=project)
        ],
        "router_ports": [
            {"device_id": p.device_id}
            for n in networks
            for p in cloud.network.ports(network_id=n.id)
            if p.device_owner in ROUTER_OWNERS
        ],
    }
    if desired["instance"]:
        return existing | read_instance(cloud, project, web_name(desired)) | read_parts(cloud, desired["instance"])
    return existing | {kind: [] for kind in ("groups", "ports", "addresses", "servers", "images")}


def to_dict(resource, **more):
    basics = {"id": resource.id, "name": resource.name, "created": resource.created_at}
    return basics | {"description": getattr(resource, "description", None)} | more


def read_instance(cloud, project, name):
    """The instance called NAME, its port and security group, and the project's floating IPs."""
    return {
        "groups": [
            to_dict(group, rules=list(ingress_rules(group)))
            for group in cloud.network.security_groups(name=name, project_id=project)
        ],
        "ports": [
            to_dict(
                port,
                network_id=port.network_id,
                device_id=port.device_id,
                groups=port.security_group_ids,
                private_address=next((ip["ip_address"] for ip in port.fixed_ips), None),
            )
            for port in cloud.network.ports(name=name, project_id=project)
        ],
        "addresses": [
            to_dict(ip, address=ip.floating_ip_address, port_id=ip.port_id)
            for ip in cloud.network.ips(project_id=project)
        ],
        "servers": [instance_to_dict(cloud, s) for s in cloud.compute.servers(name=f"^{name}$") if s.name == name],
    }


def ingress_rules(group):
    """Rules of the form that role cloud creates: one TCP port, from addresses."""
    for rule in group.security_group_rules:
        low, high, family = rule["port_range_min"], rule["port_range_max"], rule["ethertype"]
        tcp_ingress = rule["direction"] == "ingress" and rule["protocol"] == "tcp" and not rule["remote_group_id"]
        if tcp_ingress and low == high and low is not None:
            world = WORLD[family == "IPv6"]
            yield {"id": rule["id"], "rule": (family, low, high, rule["remote_ip_prefix"] or world)}


def instance_to_dict(cloud, server):
    """An instance; flavor and image by all their names, no image when it is unknown (a volume, a deleted image)."""
    flavor = server.flavor
    image_variable = (server.metadata or {}).get(IMAGE_KEY)
    image = None
    if not image_variable and server.image and server.image.id:
        image = cloud.image.find_image(server.image.id)
    return to_dict(
        server,
        status=server.status,
        deleting=server.status == "DELETED" or server.task_state == "deleting",
        fault=(server.fault or {}).get("message"),
        flavor=[name for name in (flavor.original_name, flavor.name, flavor.id) if name],
        image=[image_variable] if image_variable else [image.name, image.id] if image else [],
    )


def read_parts(cloud, instance):
    """Flavor, image and key pair of an instance, each as the list of those that have the desired name."""
    flavor = cloud.compute.find_flavor(instance["flavor"])
    images = list(cloud.image.images(name=instance["image"], status="active"))
    if not images:
        image = cloud.image.find_image(instance["image"])
        images = [image] if image and image.status == "active" else []
    key = cloud.compute.find_keypair(instance["key"]) if instance["key"] else None
    return {
        "flavors": [{"id": flavor.id}] if flavor else [],
        "images": [to_dict(image, user=image["os_admin_user"] or image["os_distro"]) for image in images],
        "keys": [{"id": key.name}] if key else [],
    }


class SiteActions:
    """Does the actions of a plan, one after the other. `ids`: kind -> ID of what exists."""

    def __init__(self, cloud, desired, existing):
        self.network, self.compute, self.desired, self.existing = cloud.network, cloud.compute, desired, existing
        self.name, self.mark = web_name(desired), {"description": mark(desired["site"])}
        lists = {"network": "networks", "group": "groups", "port": "ports"}
        self.ids = {kind: existing[key][0]["id"] for kind, key in lists.items() if existing[key]}
        cidr = desired["network"]["cidr"]
        self.ids["subnet"] = next((subnet["id"] for subnet in existing["subnets"] if subnet["cidr"] == cidr), None)

    def do(self, action):
        created = getattr(self, "do_" + action["action"])(action)
        if created is not None:
            self.ids[action["action"]] = created.id

    def do_network(self, _action):
        return self.network.create_network(name=self.desired["network"]["name"], **self.mark)

    def do_subnet(self, _action):
        net = self.desired["network"]
        version = ip_network(net["cidr"]).version
        return self.network.create_subnet(
            network_id=self.ids["network"], name=net["name"], cidr=net["cidr"], ip_version=version, **self.mark
        )

    def do_router(self, _action):
        gateway = {"network_id": self.desired["external_network"]["id"]}
        return self.network.create_router(
            name=self.desired["network"]["name"], external_gateway_info=gateway, **self.mark
        )

    def do_gateway(self, action):
        gateway = {"network_id": self.desired["external_network"]["id"]}
        self.network.update_router(action["router"], external_gateway_info=gateway)

    def do_interface(self, action):
        self.network.add_interface_to_router(action["router"] or self.ids["router"], subnet_id=self.ids["subnet"])

    def do_group(self, _action):
        return self.network.create_security_group(name=self.name, **self.mark)

    def do_rule(self, action):
        family, low, high, prefix = action["rule"]
        self.network.create_security_group_rule(
            security_group_id=self.ids["group"],
            direction="ingress",
            ether_type=family,
            protocol="tcp",
            port_range_min=low,
            port_range_max=high,
            remote_ip_prefix=prefix,
        )

    def do_rule_removal(self, action):
        self.network.delete_security_group_rule(action["id"])

    def do_port(self, _action):
        network, groups = self.ids["network"], [self.ids["group"]]
        return self.network.create_port(network_id=network, name=self.name, security_group_ids=groups, **self.mark)

    def do_port_group(self, action):
        self.network.update_port(self.ids["port"], security_group_ids=[*action["groups"], self.ids["group"]])

    def do_address(self, _action):
        external = self.desired["external_network"]["id"]
        self.network.create_ip(floating_network_id=external, port_id=self.ids["port"], **self.mark)

    def do_address_reuse(self, action):
        self.network.update_ip(action["id"], port_id=self.ids["port"])

    def do_instance(self, _action):
        want = self.desired["instance"]
        self.compute.create_server(
            name=self.name,
            flavor_id=self.existing["flavors"][0]["id"],
            image_id=self.existing["images"][0]["id"],
            networks=[{"port": self.ids["port"]}],
            metadata={MARK: self.desired["site"], IMAGE_KEY: want["image"]},
            **({"key_name": want["key"]} if want["key"] else {}),
        )
