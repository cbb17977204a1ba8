"""Parts of pods and policies in hub_values_overrides that Helm passes on and the cluster then refuses, or should."""

import ipaddress
import re

from openstack_hub.validation.problems import show, written

QUANTITY = re.compile(r"\d+(\.\d*)?([munkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?")
UNITS = re.compile(r"(\d+(?:\.\d+)?)\s*([KkMGT])i?[Bb]?")  # 512 MB, 2GB
METADATA = ipaddress.ip_address("169.254.169.254")
# Pod Security Standards: kinds of volumes that each forbids
FORBIDDEN = {
    "baseline": ("hostPath",),
    "restricted": ("hostPath", "nfs", "iscsi", "rbd", "cephfs", "glusterfs", "cinder"),
}
SMALL = 1 << 20  # fewer bytes are a size whose unit is missing
CONTEXT = "{allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}"
NAMED = ("initContainers", "extraContainers", "extraVolumes", "extraVolumeMounts")  # lists of maps with a name
POLICIES = (("hub",), ("proxy", "chp"), ("singleuser",))


def pod_problems(values, level):
    """(path, message) of VALUES; level: the Pod Security Standard of the namespace."""
    yield from _walk(values, (), level)
    for part in POLICIES:
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            path = (*part, "networkPolicy", direction)
            for i, rule in enumerate(_list_at(values, path)):
                yield from _rule_problems((*path, i), rule, peers)


def _entry_problems(values, path):
    for i, value in enumerate(values):
        if not isinstance(value, dict) or not value.get("name"):
            yield (*path, i), "an entry without a name: write a map, {name: NAME, …}, or remove it"


def _walk(value, path, level):
    if not isinstance(value, dict | list):
        return
    name = path[-1] if path else ""
    if name == "extraEnv" and isinstance(value, dict):
        yield from _texts(value, path, "a map with valueFrom or text")
    elif name in ("nodeSelector", "matchLabels") and isinstance(value, dict):
        yield from _texts(value, path, "text")
    elif name in ("limits", "requests") and isinstance(value, dict) and "resources" in path:
        yield from _quantity_problems(value, path)
    elif name in ("initContainers", "extraContainers") and isinstance(value, list):
        yield from _container_problems(value, path, level)
    elif name == "extraVolumes" and isinstance(value, list):
        yield from _volume_problems(value, path, level)
    if name in NAMED and isinstance(value, list):
        yield from _entry_problems(value, path)
    for key, below in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _walk(below, (*path, key if isinstance(key, int) else str(key)), level)


def _texts(values, path, wanted):
    for key, value in values.items():
        if value is None:
            yield (*path, str(key)), 'the value after the colon is missing: write one, "" for nothing'
        elif isinstance(value, bool | int | float):
            yield (*path, str(key)), f"{show(value)} is not text: put it in quotes"
        elif not isinstance(value, str) and (wanted == "text" or isinstance(value, list)):
            yield (*path, str(key)), f"a {'list' if isinstance(value, list) else 'map'} is not {wanted}"


def _quantity_problems(values, path):
    for key, value in values.items():
        text, is_memory = str(value), key in ("memory", "ephemeral-storage")
        if value is None:
            yield (*path, str(key)), "the value after the colon is missing: write one, or remove the line"
        elif isinstance(value, bool | dict | list) or not QUANTITY.fullmatch(text):
            units = UNITS.fullmatch(text) if is_memory else None
            hint = (
                f"write {units[1]}{units[2].upper()}i" if units else f"write for example {'512Mi' if is_memory else 1}"
            )
            yield (*path, str(key)), f"{show(value)} is not a quantity of Kubernetes: {hint}"
        elif is_memory and text.endswith("m"):
            yield (
                (*path, str(key)),
                f"{show(value)} is less than {text[:-1]} bytes, m means thousandths: write {text[:-1]}Mi",
            )
        elif is_memory and text.isdigit() and int(text) < SMALL:
            yield (
                (*path, str(key)),
                f"{text} bytes are too few: append a unit, such as {text}{'Gi' if int(text) < 64 else 'Mi'}",
            )


def _container_problems(containers, path, level):
    for i, container in enumerate(containers):
        given = container.get("securityContext") if isinstance(container, dict) else None
        context = given if isinstance(given, dict) else {}
        is_restricted = context.get("allowPrivilegeEscalation") is False and "ALL" in _drops(context)
        if context.get("privileged") is True:
            yield (*path, i, "securityContext", "privileged"), "the namespace forbids privileged containers: remove it"
        elif level == "restricted" and (context.get("runAsUser") == 0 or context.get("runAsNonRoot") is False):
            text = "the namespace forbids root in containers (Pod Security: restricted): use another user"
            yield (*path, i, "securityContext"), text
        elif level == "restricted" and isinstance(container, dict) and not is_restricted:
            yield (*path, i), f"the namespace requires of each container (Pod Security): securityContext: {CONTEXT}"


def _drops(context):
    capabilities = context.get("capabilities")
    return (capabilities.get("drop") if isinstance(capabilities, dict) else None) or ()


def _volume_problems(volumes, path, level):
    for i, volume in enumerate(volumes):
        kinds = [kind for kind in FORBIDDEN[level] if isinstance(volume, dict) and kind in volume]
        for kind in kinds:
            hint = "write hub_mounts and mounts of hub_profiles instead" if kind == "nfs" else "use a claim instead"
            yield (*path, i, kind), f"the namespace forbids this kind of volume (Pod Security: {level}): {hint}"


def _rule_problems(path, rule, peers):
    if not isinstance(rule, dict):
        return
    if not rule.get(peers) and not rule.get("ports"):
        yield path, f"an empty rule admits everything: write {peers}: [{{ipBlock: {{cidr: 10.30.0.0/24}}}}]"
    for i, peer in enumerate(rule.get(peers) if isinstance(rule.get(peers), list) else ()):
        block = peer.get("ipBlock") if isinstance(peer, dict) else None
        if peers == "to" and isinstance(block, dict) and _contains_metadata(block):
            correct = {"cidr": block["cidr"], "except": [*(block.get("except") or []), f"{METADATA}/32"]}
            text = f"{show(block['cidr'])} contains the cloud's metadata service, which holds secrets of the nodes"
            yield (*path, peers, i, "ipBlock"), f"{text}: write {written(correct)}"


def _contains_metadata(block):
    try:
        networks = [ipaddress.ip_network(str(each)) for each in (block.get("cidr"), *(block.get("except") or ()))]
    except (TypeError, ValueError):
        return False
    return METADATA in networks[0] and not any(METADATA in each for each in networks[1:])


def _list_at(values, path):
    for key in path:
        values = values.get(key) if isinstance(values, dict) else None
    return values if isinstance(values, list) else ()
