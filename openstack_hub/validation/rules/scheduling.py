"""Where pods run: selectors, taints, names of GPUs, the user scheduler; and the Service (platform kubernetes)."""

import ipaddress
import re

from openstack_hub.chart.proxy import INTERNAL
from openstack_hub.validation.problems import Problem, show, written
from openstack_hub.validation.rules import entries
from openstack_hub.validation.rules.magnum import LABEL_KEY, LABEL_VALUE

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
VALUE = "is not a valid label value: use letters, digits, dashes, dots and underscores, at most 63 characters"


def scheduling_problems(v):
    yield from selector_problems(("hub_node_selector",), v["hub_node_selector"])
    yield from service_problems(v["hub_service"] or {})
    groups = v["cluster_node_groups"] or []
    for i, group in entries(groups):
        yield from taint_problems(("cluster_node_groups", i), group, first=i == 0, magnum=not v["cluster_kubeconfig"])
        if group["gpus"] == 0 and group["gpu_resource"] != "nvidia.com/gpu":
            text = "has no effect, because the node group has no GPUs: set gpus, or remove it"
            yield Problem(("cluster_node_groups", i, "gpu_resource"), text)
    for i, profile in entries(v["hub_profiles"]):
        path, selector = ("hub_profiles", i), profile["node_selector"] or {}
        yield from selector_problems((*path, "node_selector"), selector)
        yield from contradictions((*path, "node_selector"), selector, "hub_node_selector", v["hub_node_selector"] or {})
        if v["cluster_kubeconfig"] and (group := group_of(profile, groups)):
            title = f"labels of node group {show(group['name'])}"
            yield from contradictions((*path, "node_selector"), selector, title, group["labels"] or {})
        if profile["gpus"] == 0 and profile["gpu_resource"]:
            text = "has no effect, because the profile has no GPUs: set gpus, or remove it"
            yield Problem((*path, "gpu_resource"), text)
    yield from scheduler_problems(v)


def group_of(profile, groups):
    """The node group of PROFILE; None if there is none, or it is wrong."""
    name = profile["node_group"]
    named = [group for group in groups if group and group["name"] == name] if name else groups[:1]
    return named[0] if named else None


def selector_problems(path, selector):
    for key, value in (selector or {}).items():
        if not LABEL_KEY.fullmatch(key):
            yield Problem((*path, key), f"{show(key)} is not a valid label key: write for example example.org/use")
        if value and not LABEL_VALUE.fullmatch(value):
            yield Problem((*path, key), f"{show(value)} {VALUE}")


def contradictions(path, selector, title, other):
    """Labels that no node can have, because TITLE requires another value."""
    for key, value in selector.items():
        if None not in (value, other.get(key)) and other[key] != value:
            text = f"no node has both {show(value)} and {show(other[key])} ({title}): change one of them"
            yield Problem((*path, key), text)


def taint_problems(path, group, first, magnum):
    taints = entries(group["taints"])
    for i, taint in taints:
        key, value = taint["key"], taint["value"]
        if key and not LABEL_KEY.fullmatch(key):
            correct = written_by_kubectl(key)
            hint = f"write {correct} for this taint" if correct else "write for example example.org/use"
            yield Problem((*path, "taints", i, "key"), f"{show(key)} is not a valid key of a taint: {hint}")
        if any((key, taint["effect"]) == (other["key"], other["effect"]) for j, other in taints if j < i):
            text = f"a node has one taint of key {show(key)} and effect {taint['effect']}: remove one of them"
            yield Problem((*path, "taints", i), text)
        if value and not LABEL_VALUE.fullmatch(value):
            yield Problem((*path, "taints", i, "value"), f"{show(value)} {VALUE}")
    if taints and first and magnum:
        text = "the hub and the cluster's own pods run in the first node group, so it has no taints: remove them here"
        yield Problem((*path, "taints"), text)


def written_by_kubectl(text):
    """A taint such as key=value:NoSchedule as a map in YAML, or ''."""
    match = re.fullmatch(r"([^=:]+)(?:=([^=:]*))?:(\w+)", text)
    if not match or match[3] not in EFFECTS or not LABEL_KEY.fullmatch(match[1]):
        return ""
    return written({"key": match[1], **({"value": match[2]} if match[2] else {}), "effect": match[3]})


def service_problems(service):
    if address := service.get("address"):
        if service["type"] == "node_port":
            text = "only a load balancer has an address, but type is node_port: remove it, or write type: load_balancer"
            yield Problem(("hub_service", "address"), text)
        try:
            ipaddress.ip_address(address)
        except ValueError:
            yield Problem(
                ("hub_service", "address"), f"{show(address)} is not an address: write for example 192.0.2.40"
            )
    for key, value in (service.get("annotations") or {}).items():
        if not LABEL_KEY.fullmatch(key):
            text = f"{show(key)} is not a valid name of an annotation: write for example example.org/use"
            yield Problem(("hub_service", "annotations", key), text)
        if key == INTERNAL and value == "false":
            text = "the load balancer gets a public address, and Apache sends what users write to it without encryption"
            yield Problem(("hub_service", "annotations", key), text, warning=True)


def scheduler_problems(v):
    """Servers preempt placeholders only through the chart's scheduler, which fills nodes."""
    if v["hub_user_scheduler"] is not False:
        return
    for i, profile in entries(v["hub_profiles"]):
        if profile["placeholders"]:
            text = "placeholders need the chart's scheduler: remove them, or write hub_user_scheduler: true"
            yield Problem(("hub_profiles", i, "placeholders"), text)
