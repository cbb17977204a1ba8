"""What must hold between several values. Each module says so for one topic.

A rule takes the parsed variables (a dict by name; what could not be parsed is None) and yields Mistakes.
"""


def entries(variables, name):
    """(index, entry) of the list NAME, without entries that could not be read."""
    return [(i, entry) for i, entry in enumerate(variables[name] or []) if entry is not None]


def repeated(values):
    """The values that stand more than once, each once; None and unhashable ones aside."""
    seen = [value for value in values if value is not None]
    return [value for value in dict.fromkeys(seen) if seen.count(value) > 1]
