"""Existing, smallest and largest number of instances against the quota, as aligned lines of text."""

from openstack_hub.cloud.instances import current_counts, desired, flavor_of, total_usage
from openstack_hub.cloud.quotas import format_amount, limits

RESOURCES = {"instances": "instances", "cores": "cores", "RAM": "memory", "GPUs": "GPUs"}


def capacity(v, facts):
    """Lines: each group of instances with the size of one, then all together against the quota."""
    groups, quotas = desired(v), limits(v, facts)
    rows = [["", "flavor", "now", "min", "max", "cores", "memory", "GPUs"]]
    for group, count in zip(groups, current_counts(v, groups, facts), strict=True):
        one = total_usage([group], facts, [1]) if flavor_of(group, facts) else {}
        sizes = [format_amount(name, one[name]) if name in one else "?" for name in ("cores", "RAM", "GPUs")]
        rows.append([group.title, group.flavor, str(count), str(group.low), str(group.high), *sizes])
    sums = {
        "at the minimum": total_usage(groups, facts, [group.low for group in groups]),
        "at the maximum": total_usage(groups, facts, [group.high for group in groups]),
        "the quota": {name: quota.limit for name, quota in quotas.items()},
        "used by others": {name: quota.others for name, quota in quotas.items()},
        "left for this site": {name: quota.free for name, quota in quotas.items()},
    }
    totals = [["", *RESOURCES.values()]]
    for title, amounts in sums.items():
        totals.append([title, *(format_amount(name, amounts[name]) if name in amounts else "-" for name in RESOURCES)])
    return [*aligned(rows, texts=(0, 1)), "", *aligned(totals, texts=(0,))]


def aligned(rows, texts):
    """ROWS as lines; the columns TEXTS are aligned left, the others right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(_cell, row, widths, [i in texts for i in range(len(row))])).rstrip() for row in rows]


def _cell(text, width, left):
    return text.ljust(width) if left else text.rjust(width)
