"""From a node group of Magnum's to the nodes it should have: names, labels, taints, sizes. Plain data, no cluster.

The cluster's label `testbed_driver` (default capi-helm) chooses the labels that nodes carry. No known driver applies
the node_labels and node_taints of API 1.14, so nodes get them only with the last one.

    testbed_driver   stands for             labels of its workers
    capi-helm    magnum-capi-helm 1.4   capi.stackhpc.com/node-group (its name sanitized)
    cluster-api  magnum-cluster-api     node.cluster.x-k8s.io/nodegroup, node-role.kubernetes.io/worker
    heat         Magnum's, to 2025      magnum.openstack.org/nodegroup, magnum.openstack.org/role
    api-1.14     none yet               what node_labels asks for; and node_taints

Nodes of the control plane carry node-role.kubernetes.io/control-plane and its taint; with cluster-api
node-role.kubernetes.io/master, too, with heat its own two labels, too.
"""

import re
from dataclasses import dataclass

CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
DEFAULT = "capi-helm"


@dataclass(frozen=True)
class DesiredNodes:
    """The COUNT nodes of a group, named PREFIX and a number; the first REAL are real, others simulated."""

    group: str
    prefix: str
    count: int
    real: int
    labels: dict
    taints: list
    cpus: int
    memory_mb: int
    resources: dict


def capi_helm(group):
    return {} if group.role == "master" else {"capi.stackhpc.com/node-group": sanitized(group.name)}


def cluster_api(group):
    if group.role == "master":
        return {"node-role.kubernetes.io/master": ""}
    return {f"node-role.kubernetes.io/{group.role}": "", "node.cluster.x-k8s.io/nodegroup": group.name}


def heat(group):
    return {"magnum.openstack.org/nodegroup": group.name, "magnum.openstack.org/role": group.role}


def api_1_14(group):
    return dict(group.node_labels or {})


DRIVERS = {DEFAULT: capi_helm, "cluster-api": cluster_api, "heat": heat, "api-1.14": api_1_14}


def driver_of(cluster):
    """The driver whose labels a cluster's nodes carry. Raises ValueError if its label names no driver."""
    name = (cluster.labels or {}).get("testbed_driver", DEFAULT)
    if name not in DRIVERS:
        raise ValueError(f"label testbed_driver={name}: it is one of {', '.join(DRIVERS)}")
    return DRIVERS[name]


def desired_nodes(cluster, group, count, flavor):
    """The nodes of a group; FLAVOR is (vCPUs, MiB of memory, {resource: number})."""
    driver, master = driver_of(cluster), group.role == "master"
    labels, taints = driver(group), []
    if master:
        labels, taints = {CONTROL_PLANE: "", **labels}, [{"key": CONTROL_PLANE, "effect": "NoSchedule"}]
    elif driver is api_1_14:
        taints = [{key: taint[key] for key in ("key", "value", "effect") if taint.get(key)}
                  for taint in group.node_taints or []]  # fmt: skip
    # The programs of the control plane do not run on its nodes, which are only objects.
    real = 0 if master else int(label(cluster, group, "testbed_real_nodes", 1))
    return DesiredNodes(group.name, prefix(cluster, group), count, real, labels, taints, *flavor)


def label(cluster, group, name, default):
    """A label of the group, else of its cluster."""
    return (group.labels or {}).get(name, (cluster.labels or {}).get(name, default))


def prefix(cluster, group):
    """How names of a group's nodes begin; another group of the same name has another."""
    return f"{sanitized(cluster.name)[:20]}-{sanitized(group.name)[:20]}-{group.uuid[:5]}-"


def sanitized(name):
    """The name as magnum-capi-helm writes it: lower case, with single dashes for other characters."""
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")


def node_changes(groups, names, victims=()):
    """(names of the nodes to remove, [(name, whether it is real, group), ...] to add) for the existing nodes NAMES.

    Of a group with too many nodes the VICTIMS are removed first, then those with the highest numbers.
    """
    surplus, missing, ours = [], [], set()
    for group in groups:
        have = {int(name.removeprefix(group.prefix)): name for name in names if belongs_to(group.prefix, name)}
        ours |= set(have.values())
        last = sorted(have, key=lambda number: (have[number] not in victims, -number))
        surplus += [have[number] for number in last[: max(len(have) - group.count, 0)]]
        free = (number for number in range(len(have) + group.count) if number not in have)
        numbers = [next(free) for _ in range(group.count - len(have))]
        missing += [(f"{group.prefix}{number}", number < group.real, group) for number in numbers]
    return surplus + sorted(set(names) - ours), missing


def belongs_to(prefix, name):
    """Whether a node belongs to the group whose nodes' names begin so."""
    return name.startswith(prefix) and name.removeprefix(prefix).isdigit()
