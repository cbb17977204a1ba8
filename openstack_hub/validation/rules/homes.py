"""Sizes of homes by group."""

from openstack_hub.schema.units import format_size
from openstack_hub.validation.problems import Problem, show
from openstack_hub.validation.rules import duplicates, entries


def home_problems(v):
    home = v["hub_home"] or {}
    sizes, least = entries(home.get("group_sizes")), home.get("size")
    for i, group in duplicates(sizes, "group"):
        text = f"{show(group)} already has a size: remove one of the two"
        yield Problem(("hub_home", "group_sizes", i, "group"), text)
    for i, entry in sizes:
        if least and entry["size"] and entry["size"] <= least:
            text = f"{format_size(entry['size'])} is not more than hub_home.size, {format_size(least)}, which all have"
            yield Problem(("hub_home", "group_sizes", i, "size"), f"{text}: raise it or remove the entry")
