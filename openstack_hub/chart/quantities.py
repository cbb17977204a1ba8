"""Kubernetes quantities, as text because Helm turns large numbers into floating point."""


def memory(size):
    """SIZE bytes, in the largest unit that divides it."""
    for unit, power in (("Gi", 30), ("Mi", 20), ("Ki", 10)):
        if size and size % 2**power == 0:
            return f"{size >> power}{unit}"
    return str(size)


def cpu(count):
    """COUNT CPUs as a quantity, in thousandths if need be; at least one of them."""
    milli = max(1, round(count * 1000))
    return f"{milli}m" if milli % 1000 else str(milli // 1000)


def resources(figures):
    """Requests and limits of a container; figures: {"cpu", "memory", "memory_limit"} in CPUs and bytes."""
    return {
        "requests": {"cpu": cpu(figures["cpu"]), "memory": memory(figures["memory"])},
        "limits": {"memory": memory(figures["memory_limit"])},
    }
