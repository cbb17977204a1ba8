"""Values as plain Python: Ansible's own types carry tags, are filled in late, and no YAML writer knows them."""

import datetime


def plain(value):
    """VALUE and all in it as dict, list, str, bool, int, float, date or None."""
    if isinstance(value, dict):
        return {plain(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return datetime.date(value.year, value.month, value.day)
    for kind in (str, bool, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value
