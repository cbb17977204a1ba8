"""What the services of a cloud say about a project, as plain data: one function for each service that is asked.

Each takes the Cloud (cloud_session) and a dict of what is asked: `project`, `cluster_name`, `detail`.
What is not told is None.
"""

import re

# Quotas of Neutron under the names that people know them by; those of Nova and Cinder are named by what is counted.
NEUTRON = {
    "floatingip": "floating IPs", "network": "networks", "port": "ports", "router": "routers",
    "security_group": "security groups",
}  # fmt: skip
NOVA = {
    "cores": ("maxTotalCores", "totalCoresUsed"),
    "RAM": ("maxTotalRAMSize", "totalRAMUsed"),
    "instances": ("maxTotalInstances", "totalInstancesUsed"),
}
CINDER = {
    "volumes": ("maxTotalVolumes", "totalVolumesUsed"),
    "volume GB": ("maxTotalVolumeGigabytes", "totalGigabytesUsed"),
}
NEWEST = "container-infra latest"
FLAVORS = "compute 2.61"  # tells extra specs of flavors, and flavors of machines
OTHER_DEVICES = re.compile(r"nic|ib\d*$|infiniband|mlx|nvme|ssd|qat|fpga|sriov", re.IGNORECASE)
RESOURCES = re.compile(r"resources\w*:(VGPU|PGPU|CUSTOM_\w*GPU\w*)")
BY_NAME = re.compile(r"(?:gpu|\b[abhlptv]\d{1,4}\w*?|rtx\w*?|mi\d+\w*?)x(\d+)\b", re.IGNORECASE)


def gpus(name, extra_specs):
    """GPUs of a flavor; None where that is not said."""
    specs = extra_specs or {}
    aliases = [alias.partition(":") for alias in specs.get("pci_passthrough:alias", "").split(",") if alias.strip()]
    found = [int(count or 1) for alias, _, count in aliases if not OTHER_DEVICES.search(alias)]
    found += [
        int(count) for key, count in specs.items() if re.fullmatch(r"resources\w*:(VGPU|PGPU|CUSTOM_\w*GPU\w*)", key)
    ]
    if found or (by_name := BY_NAME.search(name)) is None:
        return sum(found) if found or (extra_specs is not None and "accel:device_profile" not in specs) else None
    return int(by_name[1])


def limits(absolute, names):
    """Quotas from the list of absolute limits that Nova and Cinder give; -1 is unlimited."""
    return {
        name: {"limit": absolute[limit], "used": absolute[used]}
        for name, (limit, used) in names.items()
        if limit in absolute
    }


def compute(cloud, asked):
    """Flavors, key pairs, quotas, and the project's machines."""
    flavors = [
        {key: flavor[key] for key in ("id", "name", "vcpus", "ram", "disk")}
        | {"gpus": gpus(flavor["name"], flavor.get("extra_specs"))}
        for flavor in cloud.listed("compute", "/flavors/detail", "flavors", version=FLAVORS)
    ]
    machines = [
        {"name": server["name"], "vcpus": server["flavor"]["vcpus"], "ram": server["flavor"]["ram"]}
        for server in cloud.listed("compute", "/servers/detail", "servers", version=FLAVORS)
    ]
    pairs = cloud.ask("compute", "/os-keypairs") or {"keypairs": []}
    absolute = (cloud.ask("compute", "/limits") or {"limits": {"absolute": {}}})["limits"]["absolute"]
    return {
        "flavors": flavors,
        "machines": machines,
        "keys": [pair["keypair"]["name"] for pair in pairs["keypairs"]],
        "quotas": limits(absolute, NOVA),
    }


def image(cloud, asked):
    wanted = ("id", "name", "status", "visibility", "min_disk", "min_ram", "os_distro", "kube_version")
    images = cloud.listed("image", "/images", "images", limit=1000)
    return {"images": [{key: image.get(key) for key in wanted} for image in images]}


def network(cloud, asked):
    """Networks with the addresses of their subnets, and quotas; what is used is not said everywhere."""
    subnets = cloud.listed("network", "/subnets", "subnets")
    networks = [
        {"id": net["id"], "name": net["name"], "external": net.get("router:external", False)}
        | {"cidrs": [subnet["cidr"] for subnet in subnets if subnet["network_id"] == net["id"]]}
        for net in cloud.listed("network", "/networks", "networks")
    ]
    details = cloud.ask("network", f"/quotas/{asked['project']}/details.json")
    found = details or cloud.ask("network", f"/quotas/{asked['project']}") or {"quota": {}}
    told = {name: found["quota"][key] for key, name in NEUTRON.items() if key in found["quota"]}
    quotas = {
        name: {"limit": quota["limit"], "used": quota["used"]} if details else {"limit": quota, "used": None}
        for name, quota in told.items()
    }
    return {"networks": networks, "quotas": quotas}


def magnum(cloud, asked):
    """Version, conductors (told to admins alone), quota, and the cluster with its template and its node groups."""

    def ask(path):
        return cloud.answer("container_infrastructure_management", path, version=NEWEST)

    body, headers = ask("/clusters")
    clusters = body["clusters"] if body else []
    newest = re.search(r"\d+\.\d+$", headers.get("OpenStack-API-Maximum-Version", ""))
    quota, conductors = ask(f"/quotas/{asked['project']}/Cluster")[0], ask("/mservices")[0]
    ours = [cluster["uuid"] for cluster in clusters if asked["cluster_name"] in (cluster["name"], cluster["uuid"])]
    return {
        "magnum": {
            "version": newest and newest[0],
            "conductors": conductors and [c["state"] for c in conductors["mservices"] if not c["disabled"]],
        },
        "quotas": {"clusters": {"limit": quota["hard_limit"], "used": len(clusters)}} if quota else {},
        "clusters": ours,
        "cluster": _cluster(ask, ours[0], asked["detail"]) if len(ours) == 1 else None,
    }


def _cluster(ask, uuid, detail):
    """None when it went away meanwhile. The list of node groups says neither bounds nor reasons."""
    found = ask(f"/clusters/{uuid}")[0]
    groups = ask(f"/clusters/{uuid}/nodegroups")[0]
    if not found or groups is None:
        return None
    keys = (
        "uuid", "name", "status", "status_reason", "health_status", "health_status_reason", "coe_version", "created_at",
        "api_address", "stack_id", "cluster_id",
    )  # fmt: skip
    of_group = (
        "uuid", "name", "role", "flavor_id", "image_id", "node_count", "min_node_count", "max_node_count", "status",
        "status_reason", "is_default",
    )  # fmt: skip
    template = ask(f"/clustertemplates/{found['cluster_template_id']}")[0] or {}
    listed = groups["nodegroups"]
    if detail:
        listed = [ask(f"/clusters/{uuid}/nodegroups/{group['uuid']}")[0] or group for group in listed]
    nodegroups = [{key: group.get(key) for key in of_group} for group in listed]
    return {key: found.get(key) for key in keys} | {"template": template.get("name"), "node_groups": nodegroups}


def block_storage(cloud, asked):
    absolute = (cloud.ask("block_storage", "/limits") or {"limits": {"absolute": {}}})["limits"]["absolute"]
    return {"quotas": limits(absolute, CINDER)}


def load_balancer(cloud, asked):
    quota = (cloud.ask("load_balancer", f"/lbaas/quotas/{asked['project']}") or {"quota": {}})["quota"]
    limit = quota.get("load_balancer", quota.get("loadbalancer"))
    if limit is None:
        return {}
    used = cloud.listed("load_balancer", "/lbaas/loadbalancers", "loadbalancers", fields="id")
    return {"quotas": {"load balancers": {"limit": limit, "used": len(used)}}}


def dns(cloud, asked):
    found = cloud.ask("dns", "/zones", limit=1000) or {"zones": []}
    return {"zones": [zone["name"].rstrip(".") for zone in found["zones"]]}


READERS = {
    "compute": compute, "image": image, "network": network, "container_infrastructure_management": magnum,
    "block_storage": block_storage, "load_balancer": load_balancer, "dns": dns,
}  # fmt: skip
