"""Actions that lead from a project's existing resources to what role cloud creates: pure functions over plain data."""

from ipaddress import ip_network

from openstack_hub.openstack.errors import ImpossibleChange, NotReady

WORLD = ("0.0.0.0/0", "::/0")
MARK = "openstack_hub"  # key of an instance's metadata; other resources are marked by their description
MARK_PREFIX = "Made by openstack-hub for "
IMAGE_KEY = "openstack_hub_image"  # of the metadata: the image as the variable names it, which clouds renew
ROUTER_OWNERS = (
    "network:router_interface",
    "network:router_interface_distributed",
    "network:ha_router_replicated_interface",
)


def mark(site):
    """The description of what was created for SITE: it tells these resources from others'."""
    return f"{MARK_PREFIX}{site}"


def web_name(desired):
    """The name of the instance for Apache, its port and its security group."""
    return f"{desired['site']}-web"


def plan_site(desired, existing):
    """[{"action": name, "sentence": ..., ...}, ...] from EXISTING to DESIRED, in their order.

    desired: site, network {name, cidr}, external_network (or None), instance {flavor, image, key} (or None),
    public_ports, ssh_cidrs. existing: lists of dicts by kind, as site_resources.read returns them. Raises
    ImpossibleChange with all problems, and NotReady while the instance is being deleted.
    """
    steps = [plan_network, plan_subnet, plan_router]
    if desired["instance"]:
        steps += [plan_group, plan_port, plan_address, plan_instance]
    actions, errors = [], []
    for step in steps:
        try:
            actions += step(desired, existing)
        except ImpossibleChange as error:
            errors.append(str(error))
    if errors:
        raise ImpossibleChange("\n".join(dict.fromkeys(errors)))
    return actions


def only(kind, candidates, way_out):
    """The only one of CANDIDATES, or None. Several of one name are an error, because a guess could be wrong."""
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    lines = "".join(
        f"\n- {c['id']}"
        + "".join(f", {c[key]}" for key in ("created", "address", "status", "description") if c.get(key))
        for c in candidates
    )
    raise ImpossibleChange(f"there are {len(candidates)} {kind}:{lines}\n{way_out}")


def existing_network(desired, existing):
    name = desired["network"]["name"]
    way_out = f"Delete all but one (openstack network delete ID), or choose another cloud_network.name than {name}"
    return only(f"networks called {name}", existing["networks"], way_out)


def plan_network(desired, existing):
    name, cidr, network = desired["network"]["name"], desired["network"]["cidr"], existing_network(desired, existing)
    if network and cidr and not network["own"]:
        raise ImpossibleChange(
            f"cloud_network: {name} ({network['id']}) belongs to another project. "
            "Leave cidr out to use it, or choose another name"
        )
    if not network and not cidr:
        raise ImpossibleChange(
            f"cloud_network: there is no network {name}. Write its cidr to have it created, or name one that exists"
        )
    return [] if network else [{"action": "network", "sentence": f"create network {name}"}]


def plan_subnet(desired, existing):
    name, cidr = desired["network"]["name"], desired["network"]["cidr"]
    cidrs = [subnet["cidr"] for subnet in existing["subnets"]]
    if not cidr or cidr in cidrs:
        return []
    if cidrs:
        raise ImpossibleChange(
            f"cloud_network.cidr is {cidr}, network {name} has {', '.join(cidrs)}. Write that, or choose another name"
        )
    return [{"action": "subnet", "sentence": f"create subnet {cidr} of network {name}"}]


def plan_router(desired, existing):
    name, external = desired["network"]["name"], desired["external_network"]
    if not desired["network"]["cidr"] or not external:
        return []
    connected = [r for r in existing["routers"] if r["id"] in {port["device_id"] for port in existing["router_ports"]}]
    way_out = f"Delete all but one (openstack router delete ID), or choose another cloud_network.name than {name}"
    named = [router for router in existing["routers"] if router["name"] == name]
    router = connected[0] if connected else only(f"routers called {name}", named, way_out)
    if router and router["gateway"] not in (None, external["id"]):
        raise ImpossibleChange(
            f"cloud_external_network is {external['name']}, router {router['name']} ({router['id']}) leads to "
            f"{router['gateway']}. Write that network, or choose another cloud_network.name"
        )
    actions = []
    if not router:
        actions.append({"action": "router", "sentence": f"create router {name} to {external['name']}"})
    elif not router["gateway"]:
        sentence = f"connect router {router['name']} to {external['name']}"
        actions.append({"action": "gateway", "sentence": sentence, "router": router["id"]})
    if not connected:
        sentence = f"connect network {name} to router {name}"
        actions.append({"action": "interface", "sentence": sentence, "router": router and router["id"]})
    return actions


def ingress_rules(desired):
    """Who may connect: {(family, low port, high port, addresses), ...}, all of them TCP."""
    ssh = [(22, str(ip_network(cidr, strict=False))) for cidr in desired["ssh_cidrs"]]
    web = [(port, world) for port in desired["public_ports"] for world in WORLD]
    return {(f"IPv{ip_network(cidr).version}", port, port, cidr) for port, cidr in ssh + web}


def rule_text(rule):
    return f"tcp {rule[1]} from {'everywhere' if rule[3] in WORLD else rule[3]} ({rule[0]})"


def plan_group(desired, existing):
    name, required = web_name(desired), ingress_rules(desired)
    way_out = "Delete all but one (openstack security group delete ID), or choose another cluster_name"
    group = only(f"security groups called {name}", existing["groups"], way_out)
    rules = {rule["rule"]: rule["id"] for rule in group["rules"]} if group else {}
    actions = [] if group else [{"action": "group", "sentence": f"create security group {name}"}]
    for rule in sorted(required - set(rules)):
        actions.append({"action": "rule", "sentence": f"allow {rule_text(rule)}", "rule": rule})
    # Rules of another form (another protocol, a group) are an operator's: `rules` holds only such as this role creates.
    if group and group["description"] == mark(desired["site"]):
        for rule in sorted(set(rules) - required):
            sentence = f"no longer allow {rule_text(rule)}"
            actions.append({"action": "rule_removal", "sentence": sentence, "id": rules[rule]})
    return actions


def existing_port(desired, existing):
    way_out = "Delete all but one (openstack port delete ID), or choose another cluster_name"
    return only(f"ports called {web_name(desired)}", existing["ports"], way_out)


def plan_port(desired, existing):
    name, port, network = web_name(desired), existing_port(desired, existing), existing_network(desired, existing)
    if not port:
        return [{"action": "port", "sentence": f"create port {name}"}]
    if network and port["network_id"] != network["id"]:
        raise ImpossibleChange(
            f"cloud_network.name is {desired['network']['name']}, port {name} ({port['id']}) is in network "
            f"{port['network_id']}. Write that network, or delete instance and port: openstack server delete {name}; "
            f"openstack port delete {port['id']}"
        )
    if {group["id"] for group in existing["groups"]} & set(port["groups"]):
        return []
    sentence = f"add port {name} to security group {name}"
    return [{"action": "port_group", "sentence": sentence, "groups": port["groups"]}]


def existing_address(desired, existing):
    """The instance's floating IP: its port's, else the one that is kept for it; None: to be created."""
    port = existing_port(desired, existing)
    at_port = [a for a in existing["addresses"] if port and a["port_id"] == port["id"]]
    kept = [a for a in existing["addresses"] if a["description"] == mark(desired["site"])]
    way_out = "Delete all but one: openstack floating ip delete ID"
    return at_port[0] if at_port else only(f"floating IPs kept for {desired['site']}", kept, way_out)


def plan_address(desired, existing):
    external, name = desired["external_network"], web_name(desired)
    address, port = existing_address(desired, existing), existing_port(desired, existing)
    if not external:
        return []
    if not address:
        return [{"action": "address", "sentence": f"create a floating IP from {external['name']}"}]
    if port and address["port_id"] == port["id"]:
        return []
    if address["port_id"]:
        raise ImpossibleChange(
            f"{address['address']} is kept for {name}, but is in use at port {address['port_id']}. "
            f"Detach it: openstack floating ip unset --port {address['address']}"
        )
    sentence = f"attach {address['address']} to port {name}"
    return [{"action": "address_reuse", "sentence": sentence, "id": address["id"]}]


def existing_instance(desired, existing):
    way_out = "Delete all but one (openstack server delete ID), or choose another cluster_name"
    return only(f"instances called {web_name(desired)}", existing["servers"], way_out)


def plan_instance(desired, existing):
    name, want, instance = web_name(desired), desired["instance"], existing_instance(desired, existing)
    if not instance:
        check_parts(want, existing)
        return [{"action": "instance", "sentence": f"create instance {name} ({want['flavor']}, {want['image']})"}]
    title = f"instance {name} ({instance['id']})"
    if instance["deleting"]:
        raise NotReady(f"{title} is being deleted")
    replacement = f"To replace it and keep its address: openstack server delete {instance['id']}, then run again"
    if instance["status"] == "ERROR":
        fault = instance["fault"] or "the cloud does not say why"
        raise ImpossibleChange(f"{title} is in state ERROR: {fault}. {replacement}")
    differences = []
    if want["flavor"] not in instance["flavor"]:
        differences.append(f"cloud_web_server.flavor is {want['flavor']}, {title} has {instance['flavor'][0]}")
    if instance["image"] and want["image"] not in instance["image"]:
        differences.append(
            f"cloud_web_server.image is {want['image']}, {title} was created from {instance['image'][0]}"
        )
    port = existing_port(desired, existing)
    if not port or port["device_id"] != instance["id"]:
        differences.append(
            f"{title} does not use port {name}: openstack-hub did not create it, or it has lost its port"
        )
    if differences:
        raise ImpossibleChange(
            ". ".join([*differences, f"Write what it has, or choose another cluster_name. {replacement}"])
        )
    return []


def check_parts(want, existing):
    """Raise ImpossibleChange when flavor, image or key pair of a new instance do not exist."""
    missing = [
        f"{variable} is {want[key]}: there is none in this project; see openstack {command} list"
        for key, variable, command in (
            ("flavor", "cloud_web_server.flavor", "flavor"),
            ("image", "cloud_web_server.image", "image"),
            ("key", "cloud_key", "keypair"),
        )
        if want[key] and not existing[f"{key}s"]
    ]
    if missing:
        raise ImpossibleChange("\n".join(missing))
    only(f"images called {want['image']}", existing["images"], "Write the ID of one of them as cloud_web_server.image")
