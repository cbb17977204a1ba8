"""What must hold between several values. Each module says so for one topic.

A rule takes the parsed variables (a dict by name; what could not be parsed is None) and yields Mistakes.
"""


def entries(found):
    """(index, entry) of the list FOUND, without entries that could not be read."""
    return [(i, entry) for i, entry in enumerate(found or []) if entry is not None]


def again(listed, key):
    """(index, value) of each KEY's value that an earlier one of the entries LISTED has, too; None aside."""
    seen = set()
    for i, entry in listed:
        if entry[key] is not None and entry[key] in seen:
            yield i, entry[key]
        seen.add(entry[key])
