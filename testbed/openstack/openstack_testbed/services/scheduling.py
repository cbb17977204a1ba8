"""Whether a pod can be scheduled on a node: the scheduler's rules, for plain data of the Kubernetes API."""

import re
from decimal import Decimal

# Exact numbers: 3.9 cores less 200m have room for 3700m.
UNITS = {"m": Decimal("0.001"), "": Decimal(1)}
UNITS |= {letter: Decimal(1000) ** n for n, letter in enumerate("kMGTPE", 1)}
UNITS |= {f"{letter}i": Decimal(1024) ** n for n, letter in enumerate("KMGTPE", 1)}


def quantity(text):
    """A quantity of Kubernetes as a number: `250m` is 0.25, `1Gi` is 1073741824."""
    number, unit = re.fullmatch(r"([-+0-9.]+(?:[eE][-+]?[0-9]+)?)([A-Za-z]*)", str(text)).groups()
    return Decimal(number) * UNITS[unit]


def requests(pod):
    """The resources that a pod requests: {"cpu": cores, "memory": bytes, "nvidia.com/gpu": 1, "pods": 1}.

    Containers run in parallel, after the init containers, which run one after the other.
    """
    asked = {"pods": Decimal(1)}
    for container in pod["spec"].get("containers") or []:
        for name, amount in _requested(container).items():
            asked[name] = asked.get(name, 0) + amount
    for container in pod["spec"].get("initContainers") or []:
        for name, amount in _requested(container).items():
            asked[name] = max(asked.get(name, 0), amount)
    return asked


def has_room(free, asked):
    """Whether FREE resources of a node suffice for those ASKED; it has none of a resource that it does not list."""
    return all(amount <= free.get(name, 0) for name, amount in asked.items() if amount)


def may_be_on(pod, labels, taints):
    """Whether a pod may be on a node with these labels ({name: value}) and taints, its size aside."""
    selector = pod["spec"].get("nodeSelector") or {}
    return (
        selector.items() <= labels.items()
        and _meets_affinity(pod, labels)
        and all(_tolerates(pod, taint) for taint in taints if taint["effect"] != "PreferNoSchedule")
    )


def _requested(container):
    resources = container.get("resources") or {}
    # The API server completes requests from limits; so do we, for pods as their author wrote them.
    return {
        name: quantity(text)
        for name, text in ((resources.get("limits") or {}) | (resources.get("requests") or {})).items()
    }


def _meets_affinity(pod, labels):
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    # Terms are alternatives; all expressions of one must match.
    return required is None or any(_meets(term, labels) for term in required["nodeSelectorTerms"])


def _meets(term, labels):
    expressions = term.get("matchExpressions") or []
    fields = term.get("matchFields") or []
    known = {"metadata.name": labels.get("kubernetes.io/hostname")}
    return bool(expressions or fields) and (
        all(_matches(expression, labels) for expression in expressions)
        and all(_matches(field, known) for field in fields)
    )


def _matches(expression, labels):
    value, values = labels.get(expression["key"]), expression.get("values") or []
    exists = value is not None
    match expression["operator"]:
        case "In" | "NotIn" as how:
            return (value in values) is (how == "In")
        case "Exists" | "DoesNotExist" as how:
            return exists is (how == "Exists")
        case "Gt":
            return exists and int(value) > int(values[0])
        case "Lt":
            return exists and int(value) < int(values[0])
    return False


def _tolerates(pod, taint):
    def covers(toleration):
        same = toleration.get("operator") == "Exists" or toleration.get("value", "") == taint.get("value", "")
        return (
            toleration.get("key") in (None, "", taint["key"])
            and toleration.get("effect") in (None, "", taint["effect"])
            and same
        )

    return any(covers(toleration) for toleration in pod["spec"].get("tolerations") or [])
