"""What the services of a cloud report about a project, as plain data: one function for each service.

Each takes a CloudReader and a dict: `project` (its ID), `cluster_name`, `detail` (read each node group in full). What a
service does not return is None.
"""

import re
from concurrent.futures import ThreadPoolExecutor

from openstack_hub.openstack.errors import OpenStackError

# Quotas of Neutron, by their usual names; those of Nova and Cinder are named by what is counted.
NEUTRON_QUOTAS = {
    "floatingip": "floating IPs", "network": "networks", "port": "ports", "router": "routers",
    "security_group": "security groups",
}  # fmt: skip
NOVA_QUOTAS = {
    "cores": ("maxTotalCores", "totalCoresUsed"),
    "RAM": ("maxTotalRAMSize", "totalRAMUsed"),
    "instances": ("maxTotalInstances", "totalInstancesUsed"),
}
CINDER_QUOTAS = {
    "volumes": ("maxTotalVolumes", "totalVolumesUsed"),
    "volume GB": ("maxTotalVolumeGigabytes", "totalGigabytesUsed"),
}
MAGNUM_VERSION = "container-infra latest"
NOVA_VERSION = "compute 2.61"  # shows extra specs of flavors, and flavors of instances
NOT_GPU_ALIAS = re.compile(r"nic|ib\d*$|infiniband|mlx|nvme|ssd|qat|fpga|sriov", re.IGNORECASE)
GPU_RESOURCE = re.compile(r"resources\w*:(VGPU|PGPU|CUSTOM_\w*GPU\w*)")
GPUS_IN_NAME = re.compile(r"(?:gpu|\b[abhlptv]\d{1,4}\w*?|rtx\w*?|mi\d+\w*?)x(\d+)\b", re.IGNORECASE)


def gpu_count(name, extra_specs):
    """GPUs of a flavor; None where that is unknown."""
    specs = extra_specs or {}
    aliases = [alias.partition(":") for alias in specs.get("pci_passthrough:alias", "").split(",") if alias.strip()]
    counts = [int(count or 1) for alias, _, count in aliases if not NOT_GPU_ALIAS.search(alias)]
    counts += [int(count) for key, count in specs.items() if GPU_RESOURCE.fullmatch(key)]
    if counts:
        return sum(counts)
    if match := GPUS_IN_NAME.search(name):
        return int(match[1])
    return None if extra_specs is None or "accel:device_profile" in specs else 0


def quotas_of(absolute, names):
    """{name: {"limit", "used"}} from the absolute limits of Nova or Cinder; -1 is unlimited. names: their keys."""
    return {
        name: {"limit": absolute[limit], "used": absolute[used]}
        for name, (limit, used) in names.items()
        if limit in absolute
    }


def read_compute(cloud, query):
    """Flavors, key pairs, quotas, and the project's instances."""
    flavors = [
        {key: flavor[key] for key in ("id", "name", "vcpus", "ram", "disk")}
        | {"gpus": gpu_count(flavor["name"], flavor.get("extra_specs"))}
        for flavor in cloud.list("compute", "/flavors/detail", "flavors", version=NOVA_VERSION)
    ]
    instances = [
        {"name": server["name"], "vcpus": server["flavor"]["vcpus"], "ram": server["flavor"]["ram"]}
        for server in cloud.list("compute", "/servers/detail", "servers", version=NOVA_VERSION)
    ]
    pairs = cloud.get("compute", "/os-keypairs") or {"keypairs": []}
    absolute = (cloud.get("compute", "/limits") or {"limits": {"absolute": {}}})["limits"]["absolute"]
    return {
        "flavors": flavors,
        "instances": instances,
        "key_pairs": [pair["keypair"]["name"] for pair in pairs["keypairs"]],
        "quotas": quotas_of(absolute, NOVA_QUOTAS),
    }


def read_image(cloud, query):
    keys = ("id", "name", "status", "visibility", "min_disk", "min_ram", "os_distro", "kube_version")
    images = cloud.list("image", "/images", "images", limit=1000)
    return {"images": [{key: image.get(key) for key in keys} for image in images]}


def read_network(cloud, query):
    """Networks with the addresses of their subnets, and quotas; not every cloud returns what is used."""
    subnets = cloud.list("network", "/subnets", "subnets")
    networks = [
        {"id": net["id"], "name": net["name"], "external": net.get("router:external", False)}
        | {"cidrs": [subnet["cidr"] for subnet in subnets if subnet["network_id"] == net["id"]]}
        for net in cloud.list("network", "/networks", "networks")
    ]
    details = cloud.get("network", f"/quotas/{query['project']}/details.json")
    answer = details or cloud.get("network", f"/quotas/{query['project']}") or {"quota": {}}
    by_name = {name: answer["quota"][key] for key, name in NEUTRON_QUOTAS.items() if key in answer["quota"]}
    quotas = {
        name: {"limit": quota["limit"], "used": quota["used"]} if details else {"limit": quota, "used": None}
        for name, quota in by_name.items()
    }
    return {"networks": networks, "quotas": quotas}


def read_magnum(cloud, query):
    """Version, conductors (shown to admins only), quota, and the cluster with its template and its node groups."""

    def get(path):
        return cloud.get_with_headers("container_infrastructure_management", path, version=MAGNUM_VERSION)

    body, headers = get("/clusters")
    clusters = body["clusters"] if body else []
    newest = re.search(r"\d+\.\d+$", headers.get("OpenStack-API-Maximum-Version", ""))
    quota, conductors = get(f"/quotas/{query['project']}/Cluster")[0], get("/mservices")[0]
    uuids = [cluster["uuid"] for cluster in clusters if query["cluster_name"] in (cluster["name"], cluster["uuid"])]
    return {
        "magnum": {
            "version": newest and newest[0],
            "conductors": conductors and [c["state"] for c in conductors["mservices"] if not c["disabled"]],
        },
        "quotas": {"clusters": {"limit": quota["hard_limit"], "used": len(clusters)}} if quota else {},
        "clusters": uuids,
        "cluster": _cluster(get, uuids[0], query["detail"]) if len(uuids) == 1 else None,
    }


def _cluster(get, uuid, detail):
    """The cluster and its node groups; None if it was deleted meanwhile. The list has neither bounds nor reasons."""
    cluster = get(f"/clusters/{uuid}")[0]
    groups = get(f"/clusters/{uuid}/nodegroups")[0]
    if not cluster or groups is None:
        return None
    keys = (
        "uuid", "name", "status", "status_reason", "health_status", "health_status_reason", "coe_version", "created_at",
        "api_address", "stack_id", "cluster_id",
    )  # fmt: skip
    group_keys = (
        "uuid", "name", "role", "flavor_id", "image_id", "node_count", "min_node_count", "max_node_count", "status",
        "status_reason", "is_default",
    )  # fmt: skip
    template = get(f"/clustertemplates/{cluster['cluster_template_id']}")[0] or {}
    entries = groups["nodegroups"]
    if detail:
        entries = [get(f"/clusters/{uuid}/nodegroups/{entry['uuid']}")[0] or entry for entry in entries]
    nodegroups = [{key: entry.get(key) for key in group_keys} for entry in entries]
    return {key: cluster.get(key) for key in keys} | {"template": template.get("name"), "node_groups": nodegroups}


def read_block_storage(cloud, query):
    absolute = (cloud.get("block_storage", "/limits") or {"limits": {"absolute": {}}})["limits"]["absolute"]
    return {"quotas": quotas_of(absolute, CINDER_QUOTAS)}


def read_load_balancer(cloud, query):
    quota = (cloud.get("load_balancer", f"/lbaas/quotas/{query['project']}") or {"quota": {}})["quota"]
    limit = quota.get("load_balancer", quota.get("loadbalancer"))
    if limit is None:
        return {}
    used = cloud.list("load_balancer", "/lbaas/loadbalancers", "loadbalancers", fields="id")
    return {"quotas": {"load balancers": {"limit": limit, "used": len(used)}}}


def read_dns(cloud, query):
    answer = cloud.get("dns", "/zones", limit=1000) or {"zones": []}
    return {"zones": [zone["name"].rstrip(".") for zone in answer["zones"]]}


READERS = {
    "compute": read_compute, "image": read_image, "network": read_network,
    "container_infrastructure_management": read_magnum, "block_storage": read_block_storage,
    "load_balancer": read_load_balancer, "dns": read_dns,
}  # fmt: skip


def read_facts(cloud, cluster_name, detail):
    """The facts of all services, read side by side; a service that fails is listed in `unanswered`."""
    access, (region, regions) = cloud.access, cloud.regions()
    credential = access.application_credential if access.application_credential_id else None
    facts = {
        "project": {"id": access.project_id, "name": access.project_name} if access.project_id else None,
        "region": region,
        "regions": regions,
        "roles": access.role_names,
        "application_credential": credential and {key: credential.get(key) for key in ("name", "restricted")},
        "services": [service for service in READERS if cloud.has(service)],
        "unanswered": {},
        "quotas": {},
    }
    if not access.project_id:
        return facts
    query = {"project": access.project_id, "cluster_name": cluster_name, "detail": detail}

    def read(service):
        try:
            return READERS[service](cloud, query)
        except OpenStackError as error:
            return {"unanswered": {service: error.message}}

    with ThreadPoolExecutor() as pool:
        for part in pool.map(read, facts["services"]):
            for key in ("unanswered", "quotas"):
                facts[key] |= part.pop(key, {})
            facts |= part
    return facts
