"""Limits of Magnum and its drivers, which would report a wrong value late or not at all."""

import itertools
import re

from openstack_hub.kubernetes.placement import driver_labels
from openstack_hub.openstack.kubernetes_versions import parse_version
from openstack_hub.openstack.magnum_api import DEFAULT_MASTER, DEFAULT_WORKER, OWNER_LABEL, SUCCESSOR_SUFFIX
from openstack_hub.schema import specification
from openstack_hub.validation.problems import Problem, show
from openstack_hub.validation.rules import duplicates, entries

NEEDED = {
    "cloud_name": "write the name of your cloud's entry in clouds.yaml",
    "cloud_external_network": "write the network that provides floating IPs",
    "cluster_kubernetes_version": "write the Kubernetes version of cluster_image, such as v1.33.4",
    "cluster_image": "write the image of the cluster's nodes",
}
ONLY_MAGNUM = (  # no effect on an existing cluster
    "cluster_kubernetes_version", "cluster_image", "cluster_upgrade_steps", "cluster_network_driver",
    "cluster_control_plane", "cluster_adopt", "cluster_recreate", "cluster_node_groups_replace",
    "cluster_api_allowed_cidrs", "cluster_labels",
)  # fmt: skip
DERIVED_LABELS = {  # label of a cluster -> the variable from which it is derived
    "kube_tag": "cluster_kubernetes_version",
    "auto_scaling_enabled": "cluster_node_groups",
    "min_node_count": "cluster_node_groups",
    "max_node_count": "cluster_node_groups",
    "calico_ipv4pool": "cluster_pod_network",
    "cilium_ipv4pool": "cluster_pod_network",
    "api_master_lb_allowed_cidrs": "cluster_api_allowed_cidrs",
}
RESERVED = (DEFAULT_MASTER, DEFAULT_WORKER, "master")  # names that Magnum uses itself
SHORTEST_NAME = 3  # of a node group, for magnum-capi-helm; the first has Magnum's own name
LONGEST_NAME = 242  # of a cluster and of its templates
PART = r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
LABEL_KEY = re.compile(rf"((?=[^/]{{1,253}}/)[a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?{PART}")
DRIVER_LABELS = tuple(driver_labels({"name": "any"}, 1))
LABEL_VALUE = re.compile(PART)
# Labels in Kubernetes' namespaces; Magnum rejects a node group with one that a kubelet may not set on its own node.
KUBERNETES_LABEL = re.compile(r"([^/]*\.)?(kubernetes|k8s)\.io/.*")
SETTABLE_LABEL = re.compile(
    r"(kubelet|node)\.kubernetes\.io/.*|kubernetes\.io/(arch|hostname|os)|topology\.kubernetes\.io/(region|zone)"
    r"|beta\.kubernetes\.io/(arch|instance-type|os)|failure-domain\.beta\.kubernetes\.io/(region|zone)"
)


def magnum_problems(v):
    if not v.is_valid("cluster_kubeconfig"):
        return
    for i, group in entries(v["cluster_node_groups"]):
        yield from node_label_problems(group, ("cluster_node_groups", i), existing=v["cluster_kubeconfig"])
    if v["cluster_kubeconfig"]:
        for name in ONLY_MAGNUM:
            if v[name] not in (None, specification.variables()[name].get("default")):
                text = "has no effect on the existing cluster of cluster_kubeconfig: remove one of the two"
                yield Problem((name,), text)
        return
    for name, what in NEEDED.items():
        if v[name] is None and v.is_valid(name):
            yield Problem((name,), f"missing: {what}, or set cluster_kubeconfig for an existing cluster")
    if v["cluster_node_groups"] == []:
        text = "there is no node group on which user servers could run: write at least one"
        yield Problem(("cluster_node_groups",), text)
    yield from cluster_name_problems(v)
    yield from upgrade_step_problems(v)
    yield from cluster_label_problems(v)
    groups = entries(v["cluster_node_groups"])
    yield from group_name_problems(groups)
    if groups and groups[0][0] == 0:
        yield from first_group_problems(groups[0][1], v["cluster_image"])


def cluster_name_problems(v):
    """The names of cluster templates are the cluster's name, a version and a checksum."""
    versions = [step["version"] for _, step in entries(v["cluster_upgrade_steps"])]
    suffix = max(len(f"-{version}-0123abcd") for version in (v["cluster_kubernetes_version"], *versions))
    longest = LONGEST_NAME - suffix
    if v["cluster_name"] and len(v["cluster_name"]) > longest:
        text = f"{len(v['cluster_name'])} characters are too many, since names of cluster templates append a version"
        yield Problem(("cluster_name",), f"{text}: write at most {longest}")


def upgrade_step_problems(v):
    steps, target = entries(v["cluster_upgrade_steps"]), v["cluster_kubernetes_version"]
    for i, version in duplicates(steps, "version"):
        text = f"{version} is already the version of another step: remove one of the two"
        yield Problem(("cluster_upgrade_steps", i, "version"), text)
    if not target or any(step["version"] is None for _, step in steps):
        return
    upgrade_path = []
    for i, step in steps:
        if parse_version(step["version"]) >= parse_version(target):
            text = f"{step['version']} is not lower than cluster_kubernetes_version, {target}: remove the step"
            yield Problem(("cluster_upgrade_steps", i, "version"), text)
        else:
            upgrade_path.append((parse_version(step["version"]), i, step["version"]))
    upgrade_path = [*sorted(upgrade_path), (parse_version(target), None, target)]
    for (lower, i, start), (higher, _, end) in itertools.pairwise(upgrade_path):
        if lower[0] == higher[0] and higher[1] > lower[1] + 1:
            text = f"the upgrade from {start} to {end} skips v{lower[0]}.{lower[1] + 1}"
            yield Problem(("cluster_upgrade_steps", i, "version"), f"{text}: add a step for it, or remove this one")


def cluster_label_problems(v):
    for key in v["cluster_labels"] or {}:
        if key in DERIVED_LABELS:
            yield Problem(("cluster_labels", key), f"derived from {DERIVED_LABELS[key]}: remove it")
        elif key == OWNER_LABEL:
            text = "this label marks clusters that openstack-hub created: remove it"
            yield Problem(("cluster_labels", key), text)


def first_group_problems(group, image):
    """The first node group is Magnum's default worker group, and runs the hub."""
    path = ("cluster_node_groups", 0)
    if group["min"] == 0:
        yield Problem((*path, "min"), "0 is too small: the hub runs in the first node group, write 1 or more")
    if group["gpus"]:
        text = "the hub runs in the first node group and would occupy a GPU node: put a group without GPUs first"
        yield Problem((*path, "gpus"), text, warning=True)
    if group["image"] and image and group["image"] != image:
        text = f"the first node group always uses cluster_image, {show(image)}: remove image here"
        yield Problem((*path, "image"), text)


def group_name_problems(groups):
    """A name must differ from the others, and from the name that another group gets when its flavor changes."""
    for i, group in groups:
        name, path = group["name"], ("cluster_node_groups", i, "name")
        if name in RESERVED:
            yield Problem(path, f"{show(name)} is a name that Magnum uses itself: choose another name")
        elif name and i and len(name.strip("-")) < SHORTEST_NAME:
            text = f"{show(name)} is too short for drivers of Magnum: write {SHORTEST_NAME} characters or more"
            yield Problem(path, text)
        elif name and name.endswith("-"):
            yield Problem(path, f"{show(name)} ends with a dash, which a node label must not: choose another name")
        for other in [other["name"] for j, other in groups if j < i and name and other["name"] not in (None, name)]:
            short, long = sorted((name, other), key=len)
            if long == short + SUCCESSOR_SUFFIX:
                text = f"{show(long)} is the name that {show(short)} gets when its flavor changes: choose another name"
                yield Problem(path, text)
            elif _driver_names(name) & _driver_names(other):
                text = f"drivers of Magnum treat {show(name)} and {show(other)} as equal: choose another name"
                yield Problem(path, text)


def node_label_problems(group, path, existing):
    """existing: Magnum does not manage the cluster, so that its restrictions do not apply."""
    for key, value in (group["labels"] or {}).items():
        label_path, name = (*path, "labels", key), str(key)
        if not LABEL_KEY.fullmatch(name):
            yield Problem(label_path, f"{show(name)} is not a valid label key: write for example example.org/use")
        elif name in DRIVER_LABELS and not existing:
            yield Problem(label_path, "derived from the name of the node group: remove it")
        elif KUBERNETES_LABEL.fullmatch(name) and not SETTABLE_LABEL.fullmatch(name) and not existing:
            text = "Magnum rejects this label, because a kubelet may not set it on its own node: choose another key"
            yield Problem(label_path, text)
        if value and not LABEL_VALUE.fullmatch(value):
            text = (
                "is not a valid label value: use letters, digits, dashes, dots and underscores, at most 63 characters"
            )
            yield Problem(label_path, f"{show(value)} {text}")


def _driver_names(name):
    """The names that magnum-capi-helm makes of a group's NAME and of its successor's."""
    return {re.sub("-+", "-", each).strip("-") for each in (name, name + SUCCESSOR_SUFFIX)}
