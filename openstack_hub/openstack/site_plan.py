"""What the role cloud makes in a project, from what is there to what is wanted: pure functions over plain data."""

from ipaddress import ip_network

WORLD = ("0.0.0.0/0", "::/0")
MARK = "openstack_hub"  # key of a server's metadata; other resources are marked by their description
IMAGE = "openstack_hub_image"  # the image as the variable names it: clouds renew images under the same name
ROUTER_OWNERS = (
    "network:router_interface",
    "network:router_interface_distributed",
    "network:ha_router_replicated_interface",
)


class Impossible(Exception):
    """What cannot be done, in sentences, with the way out."""


class Busy(Exception):
    """What the cloud is still at: look again in a moment."""


def mark(site):
    """The description of what was made for SITE: by it, things are found again and told from others'."""
    return f"Made by openstack-hub for {site}"


def plan(wanted, found):
    """What leads from FOUND to WANTED, in its order: [{"do": what, "say": sentence, ...}, ...].

    wanted: site, network {name, cidr}, external_network (or None), machine {flavor, image, key} (or None), ports, ssh.
    found: lists of dicts by kind, as cloud_site_io.read returns them. Raises Impossible with all that is in the way.
    """
    steps = [network, subnet, router, *([group, port, address, machine] if wanted["machine"] else [])]
    todo, mistakes = [], []
    for step in steps:
        try:
            todo += step(wanted, found)
        except Impossible as mistake:
            mistakes.append(str(mistake))
    if mistakes:
        raise Impossible("\n".join(dict.fromkeys(mistakes)))
    return todo


def one(kind, candidates, way):
    """The only one of CANDIDATES or None; several of a name are never sorted out by guessing."""
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    told = "".join(
        f"\n- {c['id']}"
        + "".join(f", {c[key]}" for key in ("created", "address", "status", "description") if c.get(key))
        for c in candidates
    )
    raise Impossible(f"there are {len(candidates)} {kind}:{told}\n{way}")


def the_network(wanted, found):
    name = wanted["network"]["name"]
    way = f"Delete all but one (openstack network delete ID), or choose another cloud_network.name than {name}"
    return one(f"networks called {name}", found["networks"], way)


def network(wanted, found):
    name, cidr, there = wanted["network"]["name"], wanted["network"]["cidr"], the_network(wanted, found)
    if there and cidr and not there["own"]:
        raise Impossible(
            f"cloud_network: {name} ({there['id']}) belongs to another project. "
            "Leave cidr out to use it, or choose another name"
        )
    if not there and not cidr:
        raise Impossible(
            f"cloud_network: there is no network {name}. Write its cidr, and it is made, or name one that exists"
        )
    return [] if there else [{"do": "network", "say": f"make network {name}"}]


def subnet(wanted, found):
    name, cidr = wanted["network"]["name"], wanted["network"]["cidr"]
    have = [subnet["cidr"] for subnet in found["subnets"]]
    if not cidr or str(ip_network(cidr, strict=False)) in have:
        return []
    if have:
        raise Impossible(
            f"cloud_network.cidr is {cidr}, network {name} has {', '.join(have)}. Write that, or choose another name"
        )
    return [
        {"do": "subnet", "say": f"make subnet {cidr} of network {name}", "cidr": str(ip_network(cidr, strict=False))}
    ]


def router(wanted, found):
    name, outside = wanted["network"]["name"], wanted["external_network"]
    if not wanted["network"]["cidr"] or not outside:
        return []
    linked = [r for r in found["routers"] if r["id"] in {port["device_id"] for port in found["router_ports"]}]
    way = f"Delete all but one (openstack router delete ID), or choose another cloud_network.name than {name}"
    there = (
        linked[0] if linked else one(f"routers called {name}", [r for r in found["routers"] if r["name"] == name], way)
    )
    if there and there["gateway"] not in (None, outside["id"]):
        raise Impossible(
            f"cloud_external_network is {outside['name']}, router {there['name']} ({there['id']}) leads to "
            f"{there['gateway']}. Write that network, or choose another cloud_network.name"
        )
    todo = []
    if not there:
        todo.append({"do": "router", "say": f"make router {name} to {outside['name']}"})
    elif not there["gateway"]:
        todo.append(
            {"do": "gateway", "say": f"connect router {there['name']} to {outside['name']}", "router": there["id"]}
        )
    if not linked:
        todo.append({"do": "link", "say": f"connect network {name} to router {name}", "router": there and there["id"]})
    return todo


def rules(wanted):
    """Who may come in: {(family, low port, high port, addresses), ...}, all of them TCP."""
    ssh = [(22, str(ip_network(cidr, strict=False))) for cidr in wanted["ssh"]]
    web = [(port, world) for port in wanted["ports"] for world in WORLD]
    return {(f"IPv{ip_network(cidr).version}", port, port, cidr) for port, cidr in ssh + web}


def told(rule):
    return f"tcp {rule[1]} from {'everywhere' if rule[3] in WORLD else rule[3]} ({rule[0]})"


def group(wanted, found):
    name = f"{wanted['site']}-web"
    way = "Delete all but one (openstack security group delete ID), or choose another cluster_name"
    there = one(f"security groups called {name}", found["groups"], way)
    have = {rule["rule"]: rule["id"] for rule in there["rules"]} if there else {}
    want = rules(wanted)
    todo = [] if there else [{"do": "group", "say": f"make security group {name}"}]
    todo += [{"do": "rule", "say": f"let in {told(rule)}", "rule": rule} for rule in sorted(want - set(have))]
    # Rules that were not made here (another protocol, a group) are an operator's: only what we could have made is ours.
    extra = [rule for rule in sorted(set(have) - want) if there["description"] == mark(wanted["site"])]
    return todo + [{"do": "no rule", "say": f"no longer let in {told(rule)}", "id": have[rule]} for rule in extra]


def port(wanted, found):
    name, there = f"{wanted['site']}-web", the_port(wanted, found)
    if not there:
        return [{"do": "port", "say": f"make port {name}"}]
    if the_network(wanted, found) and there["network_id"] != the_network(wanted, found)["id"]:
        raise Impossible(
            f"cloud_network.name is {wanted['network']['name']}, port {name} ({there['id']}) is in network "
            f"{there['network_id']}. Write that network, or delete machine and port: openstack server delete {name}; "
            f"openstack port delete {there['id']}"
        )
    if {group["id"] for group in found["groups"]} & set(there["groups"]):
        return []
    return [{"do": "port group", "say": f"put port {name} into security group {name}", "has": there["groups"]}]


def the_port(wanted, found):
    name = f"{wanted['site']}-web"
    way = "Delete all but one (openstack port delete ID), or choose another cluster_name"
    return one(f"ports called {name}", found["ports"], way)


def the_address(wanted, found):
    """The machine's public address: what its port has, else what is kept for it; None: to be made."""
    there = the_port(wanted, found)
    at_port = [a for a in found["addresses"] if there and a["port_id"] == there["id"]]
    kept = [a for a in found["addresses"] if a["description"] == mark(wanted["site"])]
    way = "Delete all but one: openstack floating ip delete ID"
    return at_port[0] if at_port else one(f"addresses kept for {wanted['site']}", kept, way)


def address(wanted, found):
    outside, name = wanted["external_network"], f"{wanted['site']}-web"
    there, at = the_address(wanted, found), the_port(wanted, found)
    if not outside:
        return []
    if not there:
        return [{"do": "address", "say": f"make a public address from {outside['name']}"}]
    if at and there["port_id"] == at["id"]:
        return []
    if there["port_id"]:
        raise Impossible(
            f"{there['address']} is kept for {name}, but is in use at port {there['port_id']}. "
            f"Take it off there: openstack floating ip unset --port {there['address']}"
        )
    return [{"do": "reuse", "say": f"put {there['address']} on port {name}", "id": there["id"]}]


def the_machine(wanted, found):
    name = f"{wanted['site']}-web"
    way = "Delete all but one (openstack server delete ID), or choose another cluster_name"
    return one(f"machines called {name}", found["servers"], way)


def machine(wanted, found):
    name, want, there = f"{wanted['site']}-web", wanted["machine"], the_machine(wanted, found)
    if not there:
        needs(want, found)
        return [{"do": "machine", "say": f"make machine {name} ({want['flavor']}, {want['image']})"}]
    if there["deleting"]:
        raise Busy(f"machine {name} ({there['id']}) is being deleted")
    it = f"machine {name} ({there['id']})"
    new = f"To have it made anew with its address: openstack server delete {there['id']}, then run again"
    if there["status"] == "ERROR":
        raise Impossible(f"{it} is in state ERROR: {there['fault'] or 'the cloud does not say why'}. {new}")
    differs = []
    if want["flavor"] not in there["flavor"]:
        differs.append(f"cloud_web_server.flavor is {want['flavor']}, {it} has {there['flavor'][0]}")
    if there["image"] and want["image"] not in there["image"]:
        differs.append(f"cloud_web_server.image is {want['image']}, {it} was made from {there['image'][0]}")
    at = the_port(wanted, found)
    if not at or at["device_id"] != there["id"]:
        differs.append(f"{it} is not at port {name}: it was not made by openstack-hub, or has lost its port")
    if differs:
        raise Impossible(". ".join([*differs, f"Write what it has, or choose another cluster_name. {new}"]))
    return []


def needs(want, found):
    """Refuse to make a machine of what is not there."""
    missing = [
        f"{variable} is {want[key]}: there is none in this project; see openstack {command} list"
        for key, variable, command in (
            ("flavor", "cloud_web_server.flavor", "flavor"),
            ("image", "cloud_web_server.image", "image"),
            ("key", "cloud_key", "keypair"),
        )
        if want[key] and not found[f"{key}s"]
    ]
    if missing:
        raise Impossible("\n".join(missing))
    one(f"images called {want['image']}", found["images"], "Write the ID of one of them as cloud_web_server.image")
