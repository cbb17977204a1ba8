"""Reads what the module cloud_site compares, as plain data, and does what it decides."""

from ipaddress import ip_network

from openstack_hub.openstack.site_plan import IMAGE, MARK, ROUTER_OWNERS, mark


def read(cloud, wanted):
    """What is there for a site, by kind: lists of dicts."""
    own, name, net = cloud.current_project_id, f"{wanted['site']}-web", wanted["network"]["name"]
    networks = list(cloud.network.networks(name=net))
    found = {
        "networks": [plain(n, own=n.project_id == own) for n in networks],
        "subnets": [plain(s, cidr=s.cidr) for n in networks for s in cloud.network.subnets(network_id=n.id)],
        "routers": [
            plain(r, gateway=(r.external_gateway_info or {}).get("network_id"))
            for r in cloud.network.routers(project_id=own)
        ],
        "router_ports": [
            {"device_id": p.device_id}
            for n in networks
            for p in cloud.network.ports(network_id=n.id)
            if p.device_owner in ROUTER_OWNERS
        ],
    }
    if wanted["machine"]:
        found |= machine_parts(cloud, own, name) | parts(cloud, wanted["machine"])
    else:
        found |= {kind: [] for kind in ("groups", "ports", "addresses", "servers", "images")}
    return found


def plain(resource, **more):
    basics = {"id": resource.id, "name": resource.name, "created": resource.created_at}
    return basics | {"description": getattr(resource, "description", None)} | more


def machine_parts(cloud, own, name):
    return {
        "groups": [
            plain(group, rules=list(rules(group))) for group in cloud.network.security_groups(name=name, project_id=own)
        ],
        "ports": [
            plain(
                port,
                network_id=port.network_id,
                device_id=port.device_id,
                groups=port.security_group_ids,
                inside=next((ip["ip_address"] for ip in port.fixed_ips), None),
            )
            for port in cloud.network.ports(name=name, project_id=own)
        ],
        "addresses": [
            plain(ip, address=ip.floating_ip_address, port_id=ip.port_id) for ip in cloud.network.ips(project_id=own)
        ],
        "servers": [server(cloud, s) for s in cloud.compute.servers(name=f"^{name}$") if s.name == name],
    }


def rules(group):
    """The rules for who may come in by TCP from addresses: what this role makes."""
    for rule in group.security_group_rules:
        low, high, family = rule["port_range_min"], rule["port_range_max"], rule["ethertype"]
        ours = rule["direction"] == "ingress" and rule["protocol"] == "tcp" and not rule["remote_group_id"]
        if ours and low == high and low is not None:
            anywhere = "0.0.0.0/0" if family == "IPv4" else "::/0"
            yield {"id": rule["id"], "rule": (family, low, high, rule["remote_ip_prefix"] or anywhere)}


def server(cloud, server):
    """A machine. Flavor and image by all their names; no image when it cannot be known (a volume, a deleted image)."""
    flavor = server.flavor
    asked = (server.metadata or {}).get(IMAGE)
    image = cloud.image.find_image(server.image.id) if not asked and server.image and server.image.id else None
    return plain(
        server,
        status=server.status,
        deleting=server.status == "DELETED" or server.task_state == "deleting",
        fault=(server.fault or {}).get("message"),
        flavor=[name for name in (flavor.original_name, flavor.name, flavor.id) if name],
        image=[asked] if asked else [image.name, image.id] if image else [],
    )


def parts(cloud, machine):
    """What a machine is made of, each as a list of those that go by the wanted name."""
    flavor = cloud.compute.find_flavor(machine["flavor"])
    images = list(cloud.image.images(name=machine["image"], status="active"))
    images = images or [
        image for image in [cloud.image.find_image(machine["image"])] if image and image.status == "active"
    ]
    key = cloud.compute.find_keypair(machine["key"]) if machine["key"] else None
    login = ("os_admin_user", "os_distro")
    return {
        "flavors": [{"id": flavor.id}] if flavor else [],
        "images": [plain(i, login=next((i[k] for k in login if i[k]), None)) for i in images],
        "keys": [{"id": key.name}] if key else [],
    }


class Maker:
    """Does the actions of a plan, one after the other; `ids` holds what is there by kind."""

    def __init__(self, cloud, wanted, found):
        self.network, self.compute, self.wanted, self.found = cloud.network, cloud.compute, wanted, found
        self.name, self.note = f"{wanted['site']}-web", {"description": mark(wanted["site"])}
        kinds = {"network": "networks", "group": "groups", "port": "ports"}
        self.ids = {kind: found[many][0]["id"] for kind, many in kinds.items() if found[many]}
        cidr = wanted["network"]["cidr"]
        self.ids["subnet"] = next((subnet["id"] for subnet in found["subnets"] if subnet["cidr"] == cidr), None)

    def make(self, action):
        made = getattr(self, "make_" + action["do"].replace(" ", "_"))(action)
        if made is not None:
            self.ids[action["do"]] = made.id

    def make_network(self, _):
        return self.network.create_network(name=self.wanted["network"]["name"], **self.note)

    def make_subnet(self, _):
        net, there = self.wanted["network"], self.ids["network"]
        version = ip_network(net["cidr"]).version
        return self.network.create_subnet(
            network_id=there, name=net["name"], cidr=net["cidr"], ip_version=version, **self.note
        )

    def make_router(self, _):
        gateway = {"network_id": self.wanted["external_network"]["id"]}
        return self.network.create_router(
            name=self.wanted["network"]["name"], external_gateway_info=gateway, **self.note
        )

    def make_gateway(self, action):
        gateway = {"network_id": self.wanted["external_network"]["id"]}
        self.network.update_router(action["router"], external_gateway_info=gateway)

    def make_link(self, action):
        self.network.add_interface_to_router(action["router"] or self.ids["router"], subnet_id=self.ids["subnet"])

    def make_group(self, _):
        return self.network.create_security_group(name=self.name, **self.note)

    def make_rule(self, action):
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

    def make_no_rule(self, action):
        self.network.delete_security_group_rule(action["id"])

    def make_port(self, _):
        there, groups = self.ids["network"], [self.ids["group"]]
        return self.network.create_port(network_id=there, name=self.name, security_group_ids=groups, **self.note)

    def make_port_group(self, action):
        self.network.update_port(self.ids["port"], security_group_ids=[*action["has"], self.ids["group"]])

    def make_address(self, _):
        outside = self.wanted["external_network"]["id"]
        self.network.create_ip(floating_network_id=outside, port_id=self.ids["port"], **self.note)

    def make_reuse(self, action):
        self.network.update_ip(action["id"], port_id=self.ids["port"])

    def make_machine(self, _):
        want = self.wanted["machine"]
        self.compute.create_server(
            name=self.name,
            flavor_id=self.found["flavors"][0]["id"],
            image_id=self.found["images"][0]["id"],
            networks=[{"port": self.ids["port"]}],
            metadata={MARK: self.wanted["site"], IMAGE: want["image"]},
            **({"key_name": want["key"]} if want["key"] else {}),
        )
