"""Rules between several values, one module per topic.

A rule takes the parsed variables (a dict by name; values that could not be parsed are None) and yields Problems.
"""

from openstack_hub.validation.problems import show


def entries(values):
    """(index, entry) of the list VALUES, without entries that could not be parsed."""
    return [(i, entry) for i, entry in enumerate(values or []) if entry is not None]


def duplicates(indexed, key):
    """(index, value) of each value of KEY that an earlier entry of INDEXED also has; None is ignored."""
    seen = set()
    for i, entry in indexed:
        if entry[key] is not None and entry[key] in seen:
            yield i, entry[key]
        seen.add(entry[key])


def duplicate_name(name, what):
    return f"{show(name)} is already the name of another {what}: choose another name"
