"""Kubernetes quantities, as text because Helm turns large numbers into floating point."""


def memory(size):
    """SIZE bytes, in the largest unit that divides it."""
    for unit, power in (("Gi", 30), ("Mi", 20), ("Ki", 10)):
        if size and size % 2**power == 0:
            return f"{size >> power}{unit}"
    return str(size)


def cpu(count):
    """COUNT CPUs, in thousandths if need be; never 0, which Kubernetes would take for absent."""
    milli = max(1, round(count * 1000))
    return f"{milli}m" if milli % 1000 else str(milli // 1000)


def resources(figures):
    """Of a container; figures: {"cpu", "memory", "memory_limit"} in CPUs and bytes. CPUs have no limit."""
    return {
        "requests": {"cpu": cpu(figures["cpu"]), "memory": memory(figures["memory"])},
        "limits": {"memory": memory(figures["memory_limit"])},
    }
