"""Whether the cloud accepts the credentials, and has the services."""

from openstack_hub.openstack.magnum_api import EMPTY_NODE_GROUPS, NODE_GROUPS, NODE_LABELS
from openstack_hub.validation.problems import Problem, nearest, show

PATH = ("cloud_name",)
SERVICES = {
    "compute": "Nova", "image": "Glance", "network": "Neutron", "container_infrastructure_management": "Magnum",
    "block_storage": "Cinder", "load_balancer": "Octavia", "dns": "Designate",
}  # fmt: skip
REQUIRED_SERVICES = ("compute", "image", "network", "container_infrastructure_management")


def access_error(v, facts):
    """The Problem because of which the cloud cannot be queried, None when it can."""
    name, error = show(v["cloud_name"]), facts.get("error")
    entry = f"the entry {name} of clouds.yaml"
    if error:
        return Problem(PATH, _error_message(v["cloud_name"], entry, error, facts))
    if not facts["project"]:
        return Problem(PATH, f"{entry} names no project: write project_name, or project_id, there")
    if facts["regions"] and facts["region"] and facts["region"] not in facts["regions"]:
        regions = " and ".join(facts["regions"])
        text = f"{entry} names region {show(facts['region'])}, and the cloud has {regions}: correct region_name there"
        return Problem(PATH, text)
    return None


def _error_message(name, entry, error, facts):
    if error["kind"] == "refused":
        return f"the cloud refuses {entry}: {error['message']}"
    if error["kind"] == "unanswered":
        return f"cloud {show(name)} does not answer: {error['message']}"
    if facts["broken"]:
        return facts["broken"]
    if name in facts["entries"]:
        return f"{entry} cannot be used: {error['message']}"
    if not facts["file"]:
        return "there is no clouds.yaml: write ~/.config/openstack/clouds.yaml, or name one in OS_CLIENT_CONFIG_FILE"
    return f"{show(name)} is not in {facts['file']}{nearest(name, facts['entries'])}"


def access_problems(v, facts):
    cloud, project = f"cloud {show(v['cloud_name'])}", show(facts["project"]["name"])
    for service in REQUIRED_SERVICES:
        if service not in facts["services"]:
            text = f"{cloud} has no {SERVICES[service]} in its service catalog"
            if SERVICES[service] == "Magnum":
                text += ": ask its operators for it, or set cluster_kubeconfig for a cluster that exists"
            yield Problem(PATH, text)
    for service, message in facts["unanswered"].items():
        yield Problem(PATH, f"{SERVICES[service]} of {cloud} does not answer: {message}")
    credential = facts["application_credential"]
    if credential and credential["restricted"]:
        text = (
            f"application credential {show(credential['name'])} is restricted, so that Magnum cannot act for it: "
            "`openstack application credential create --unrestricted NAME` makes one; write that into clouds.yaml"
        )
        yield Problem(PATH, text)
    if facts["roles"] and set(facts["roles"]) <= {"reader"}:
        yield Problem(PATH, f"this account is only reader in project {project}: it needs the role member there")
    if "magnum" in facts:
        yield from magnum_problems(v, facts["magnum"], cloud)


def magnum_problems(v, magnum, cloud):
    if magnum["conductors"] is not None and "up" not in magnum["conductors"]:
        text = f"no conductor of Magnum is up in {cloud}, so nothing would be created: tell its operators"
        yield Problem(PATH, text)
    if not magnum["version"]:
        return
    version = tuple(int(part) for part in magnum["version"].split("."))
    supported = f"Magnum of {cloud} supports {magnum['version']} at most"
    if version < NODE_GROUPS:
        yield Problem(PATH, f"{supported}, and node groups need 1.9: set cluster_kubeconfig for a cluster that exists")
        return
    for i, group in enumerate(v["cluster_node_groups"]):
        path = ("cluster_node_groups", i)
        if i and group["min"] == 0 and version < EMPTY_NODE_GROUPS:
            yield Problem((*path, "min"), f"an empty node group needs Magnum 1.10, and {supported}: write 1 or more")
        if group["labels"] and version < NODE_LABELS:
            yield Problem((*path, "labels"), f"node labels need Magnum 1.14, and {supported}: remove them")
