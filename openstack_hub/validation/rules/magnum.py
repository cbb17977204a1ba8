"""What Magnum and its drivers make of the cluster's variables: they would refuse it late, or not at all."""

import itertools
import re

from openstack_hub.kubernetes.placement import SUCCESSOR, driver_labels
from openstack_hub.schema import specification
from openstack_hub.validation.problems import Mistake, show
from openstack_hub.validation.rules import again, entries

NEEDED = {
    "cloud_name": "write the name of your cloud's entry in clouds.yaml",
    "cloud_external_network": "write the network from which public addresses come",
    "cluster_kubernetes_version": "write the version of your cluster's image, like v1.33.4",
    "cluster_image": "write the image of the cluster's machines",
}
# Beside cluster_kubeconfig they mean nothing.
OWN = "that cluster has its own, leave one of the two out"
UNTOUCHED = "nothing of that cluster is changed, leave one of the two out"
BESIDE = {
    "cluster_kubernetes_version": OWN, "cluster_image": OWN, "cluster_upgrade_steps": UNTOUCHED,
    "cluster_network_driver": OWN, "cluster_control_plane": OWN, "cluster_adopt": UNTOUCHED,
    "cluster_recreate": UNTOUCHED, "cluster_node_groups_replace": UNTOUCHED, "cluster_api_allowed_cidrs": UNTOUCHED,
    "cluster_labels": UNTOUCHED,
}  # fmt: skip
FOLLOWS = {  # label of a cluster -> the variable that says it
    "kube_tag": "cluster_kubernetes_version",
    "auto_scaling_enabled": "cluster_node_groups",
    "min_node_count": "cluster_node_groups",
    "max_node_count": "cluster_node_groups",
    "calico_ipv4pool": "cluster_pod_network",
    "cilium_ipv4pool": "cluster_pod_network",
    "api_master_lb_allowed_cidrs": "cluster_api_allowed_cidrs",
}
RESERVED = ("default-master", "default-worker", "master")  # Magnum's own
SHORTEST_NAME = 3  # of a node group, for magnum-capi-helm; the first has Magnum's own name
LONGEST_NAME = 242  # of a cluster, and of its templates, to be on the safe side
PART = r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
LABEL_KEY = re.compile(rf"((?=[^/]{{1,253}}/)[a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?{PART}")
PLACED = tuple(driver_labels({"name": "any"}, 1))
LABEL_VALUE = re.compile(PART)
# Labels of Kubernetes' own that a node may give itself; Magnum refuses a node group with others.
KUBERNETES = re.compile(r"([^/]*\.)?(kubernetes|k8s)\.io/.*")
ALLOWED = re.compile(
    r"(kubelet|node)\.kubernetes\.io/.*|kubernetes\.io/(arch|hostname|os)|topology\.kubernetes\.io/(region|zone)"
    r"|beta\.kubernetes\.io/(arch|instance-type|os)|failure-domain\.beta\.kubernetes\.io/(region|zone)"
)


def rules(v):
    if not v.absent("cluster_kubeconfig"):
        return
    for i, group in entries(v["cluster_node_groups"]):
        yield from labels(group, ("cluster_node_groups", i), given=v["cluster_kubeconfig"])
    if v["cluster_kubeconfig"]:
        for name, why in BESIDE.items():
            if v[name] not in (None, specification.variables()[name].get("default")):
                yield Mistake((name,), f"stands beside cluster_kubeconfig: {why}")
        return
    for name, what in NEEDED.items():
        if v[name] is None and v.absent(name):
            yield Mistake((name,), f"missing: {what}, or set cluster_kubeconfig for a cluster that exists")
    if v["cluster_node_groups"] == []:
        text = "there is no node group, so that users' servers would have no machine: write at least one"
        yield Mistake(("cluster_node_groups",), text)
    yield from cluster_name(v)
    yield from upgrade_steps(v)
    yield from cluster_labels(v)
    groups = entries(v["cluster_node_groups"])
    yield from names(groups)
    if groups and groups[0][0] == 0:
        yield from first(groups[0][1], v["cluster_image"])


def cluster_name(v):
    """Templates are called like their cluster, with a version and a checksum behind."""
    versions = [step["version"] for _, step in entries(v["cluster_upgrade_steps"])]
    behind = max(len(f"-{version}-0123abcd") for version in (v["cluster_kubernetes_version"], *versions))
    if v["cluster_name"] and len(v["cluster_name"]) > LONGEST_NAME - behind:
        text = f"{len(v['cluster_name'])} characters are too many, since cluster templates are called so with a version"
        yield Mistake(("cluster_name",), f"{text} behind: write {LONGEST_NAME - behind} at most")


def upgrade_steps(v):
    steps, target = entries(v["cluster_upgrade_steps"]), v["cluster_kubernetes_version"]
    for i, version in again(steps, "version"):
        yield Mistake(("cluster_upgrade_steps", i, "version"), f"{version} is another step's, too: leave one out")
    if not target or any(step["version"] is None for _, step in steps):
        return
    way = []
    for i, step in steps:
        if _version(step["version"]) >= _version(target):
            text = f"{step['version']} is not below cluster_kubernetes_version, {target}: leave the step out"
            yield Mistake(("cluster_upgrade_steps", i, "version"), text)
        else:
            way.append((_version(step["version"]), i, step["version"]))
    way = [*sorted(way), (_version(target), None, target)]
    for (here, i, version), (there, _, beyond) in itertools.pairwise(way):
        if here[0] == there[0] and there[1] > here[1] + 1:
            text = f"from {version} to {beyond} the way leads over v{here[0]}.{here[1] + 1}"
            yield Mistake(("cluster_upgrade_steps", i, "version"), f"{text}: add a step there, or leave this one out")


def cluster_labels(v):
    for key in v["cluster_labels"] or {}:
        if key in FOLLOWS:
            yield Mistake(("cluster_labels", key), f"it follows from {FOLLOWS[key]}: leave it out")
        elif key == "managed_by":
            yield Mistake(("cluster_labels", key), "by this label a cluster is known to be made here: leave it out")


def first(group, image):
    """The first node group is Magnum's own, and the hub's."""
    path = ("cluster_node_groups", 0)
    if group["min"] == 0:
        yield Mistake((*path, "min"), "0 is too little: the hub itself runs in the first node group, write 1 or more")
    if group["gpus"]:
        text = "the hub itself runs in the first node group, and would keep a machine with GPUs: put another first"
        yield Mistake((*path, "gpus"), text, warning=True)
    if group["image"] and image and group["image"] != image:
        text = f"the first node group is Magnum's own and has cluster_image, {show(image)}: leave it out"
        yield Mistake((*path, "image"), text)


def names(groups):
    """A group's name is nobody else's, and neither is the one that it has after a change of its flavor."""
    for i, group in groups:
        name, path = group["name"], ("cluster_node_groups", i, "name")
        if name in RESERVED:
            yield Mistake(path, f"Magnum itself uses the name {show(name)}: choose another")
        elif name and i and len(name.strip("-")) < SHORTEST_NAME:
            text = f"{show(name)} is too short for drivers of Magnum: write {SHORTEST_NAME} characters or more"
            yield Mistake(path, text)
        elif name and name.endswith("-"):
            yield Mistake(path, f"{show(name)} ends in a dash, as no label of a machine may: choose another")
        for other in [other["name"] for j, other in groups if j < i and name and other["name"] not in (None, name)]:
            short, long = sorted((name, other), key=len)
            if long == short + SUCCESSOR:
                text = f"{show(long)} is what {show(short)} is called once its flavor was changed: choose another"
                yield Mistake(path, text)
            elif _seen(name) & _seen(other):
                yield Mistake(path, f"drivers of Magnum do not tell {show(name)} from {show(other)}: choose another")


def labels(group, path, given):
    for key, value in (group["labels"] or {}).items():
        at, name = (*path, "labels", key), str(key)
        if not LABEL_KEY.fullmatch(name):
            yield Mistake(at, f"{show(name)} is not the name of a label: write one like example.org/use")
        elif name in PLACED and not given:
            yield Mistake(at, "it follows from the group's name: leave it out")
        elif KUBERNETES.fullmatch(name) and not ALLOWED.fullmatch(name) and not given:
            yield Mistake(at, "Magnum refuses it, since a machine may not give itself this label: choose another name")
        if value and not LABEL_VALUE.fullmatch(value):
            text = "is not the value of a label: letters, digits, dashes, dots and underscores, 63 at most"
            yield Mistake(at, f"{show(value)} {text}")


def _version(version):
    return tuple(int(part) for part in version.removeprefix("v").split("."))


def _seen(name):
    """The names of a group's machines as magnum-capi-helm writes them."""
    return {re.sub("-+", "-", each).strip("-") for each in (name, name + SUCCESSOR)}
