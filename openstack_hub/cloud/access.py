"""Whether the cloud lets us in, and has the services."""

from openstack_hub.validation.problems import Mistake, nearest, show

PATH = ("cloud_name",)
SERVICES = {
    "compute": "Nova", "image": "Glance", "network": "Neutron", "container_infrastructure_management": "Magnum",
    "block_storage": "Cinder", "load_balancer": "Octavia", "dns": "Designate",
}  # fmt: skip
NEEDED = ("compute", "image", "network", "container_infrastructure_management")
LEAST, EMPTY_GROUPS, NODE_LABELS = (1, 9), (1, 10), (1, 14)  # microversions of Magnum


def barred(v, facts):
    """Why nothing else can be asked."""
    name, error = show(v["cloud_name"]), facts.get("error")
    entry = f"the entry {name} of clouds.yaml"
    if error:
        yield Mistake(PATH, _why(v["cloud_name"], entry, error, facts))
    elif not facts["project"]:
        yield Mistake(PATH, f"{entry} names no project: write project_name, or project_id, there")
    elif facts["regions"] and facts["region"] and facts["region"] not in facts["regions"]:
        there = f"has {' and '.join(facts['regions'])}"
        yield Mistake(
            PATH, f"{entry} names region {show(facts['region'])}, and the cloud {there}: mend region_name there"
        )


def _why(name, entry, error, facts):
    if error["kind"] == "refused":
        return f"the cloud refuses {entry}: {error['words']}"
    if error["kind"] == "unanswered":
        return f"cloud {show(name)} gives no answer: {error['words']}"
    if name in facts["entries"]:
        return f"{entry} cannot be used: {error['words']}"
    if not facts["file"]:
        return "there is no clouds.yaml: write ~/.config/openstack/clouds.yaml, or name one in OS_CLIENT_CONFIG_FILE"
    return f"{show(name)} is not in {facts['file']}{nearest(name, facts['entries'])}"


def rules(v, facts):
    cloud, project = f"cloud {show(v['cloud_name'])}", show(facts["project"]["name"])
    for service in NEEDED:
        if service not in facts["services"]:
            text = f"{cloud} has no {SERVICES[service]} in its catalogue"
            if SERVICES[service] == "Magnum":
                text += ": ask its operators for it, or set cluster_kubeconfig for a cluster that exists"
            yield Mistake(PATH, text)
    for service, words in facts["unanswered"].items():
        yield Mistake(PATH, f"{SERVICES[service]} of {cloud} gives no answer: {words}")
    credential = facts["application_credential"]
    if credential and credential["restricted"]:
        text = (
            f"application credential {show(credential['name'])} is restricted, so that Magnum cannot act for it: "
            "`openstack application credential create --unrestricted NAME` makes one; write that into clouds.yaml"
        )
        yield Mistake(PATH, text)
    if facts["roles"] and set(facts["roles"]) <= {"reader"}:
        yield Mistake(PATH, f"this account is only reader in project {project}: it needs the role member there")
    if "magnum" in facts:
        yield from magnum(v, facts["magnum"], cloud)


def magnum(v, found, cloud):
    if found["conductors"] is not None and "up" not in found["conductors"]:
        text = f"no conductor of Magnum is up in {cloud}, so that it would make nothing: tell its operators"
        yield Mistake(PATH, text)
    if not found["version"]:
        return
    version = tuple(int(part) for part in found["version"].split("."))
    has = f"Magnum of {cloud} speaks {found['version']} at most"
    if version < LEAST:
        yield Mistake(PATH, f"{has}, and node groups need 1.9: set cluster_kubeconfig for a cluster that exists")
        return
    for i, group in enumerate(v["cluster_node_groups"]):
        path = ("cluster_node_groups", i)
        if i and group["min"] == 0 and version < EMPTY_GROUPS:
            yield Mistake((*path, "min"), f"0 machines need Magnum 1.10, and {has}: write 1 or more")
        if group["labels"] and version < NODE_LABELS:
            yield Mistake((*path, "labels"), f"labels of nodes need Magnum 1.14, and {has}: leave them out")
