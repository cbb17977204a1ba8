"""Machines now, at their minimum and at their maximum against the quota, as aligned lines of text."""

from openstack_hub.cloud.machines import flavor_of, now, taken, wanted
from openstack_hub.cloud.quotas import amount, limits

RESOURCES = {"instances": "machines", "cores": "cores", "RAM": "memory", "GPUs": "GPUs"}


def capacity(v, facts):
    """Lines: each kind of machines with what one has, then all together against the quota."""
    machines, quotas = wanted(v), limits(v, facts)
    rows = [["", "flavor", "now", "min", "max", "cores", "memory", "GPUs"]]
    for kind, count in zip(machines, now(v, machines, facts), strict=True):
        one = taken([kind], facts, [1]) if flavor_of(kind, facts) else {}
        sizes = [amount(name, one[name]) if name in one else "?" for name in ("cores", "RAM", "GPUs")]
        rows.append([kind.title, kind.flavor, str(count), str(kind.low), str(kind.high), *sizes])
    sums = {
        "at the minimum": taken(machines, facts, [kind.low for kind in machines]),
        "at the maximum": taken(machines, facts, [kind.high for kind in machines]),
        "the quota": {name: quota.limit for name, quota in quotas.items()},
        "used by others": {name: quota.others for name, quota in quotas.items()},
        "left for this site": {name: quota.free for name, quota in quotas.items()},
    }
    totals = [["", *RESOURCES.values()]]
    for title, found in sums.items():
        totals.append([title, *(amount(name, found[name]) if name in found else "-" for name in RESOURCES)])
    return [*aligned(rows, texts=(0, 1)), "", *aligned(totals, texts=(0,))]


def aligned(rows, texts):
    """ROWS as lines; the columns TEXTS stand to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(_cell, row, widths, [i in texts for i in range(len(row))])).rstrip() for row in rows]


def _cell(text, width, left):
    return text.ljust(width) if left else text.rjust(width)
