"""Values as plain Python: Ansible's own types carry tags, are filled in late, and no YAML writer knows them."""

import datetime
import re


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


def unfilled(error):
    """A sentence from what Ansible says about a template that it cannot fill in."""
    why = error.splitlines()[0].removeprefix("Syntax error in template: ")
    if name := re.fullmatch(r"'(\w+)' is undefined", why):
        where = (
            "put it into the vault (make vault-edit)" if name[1].startswith("vault_") else "set it, or mend its name"
        )
        return f"refers to {name[1]}, which is set nowhere: {where}"
    return f"cannot be filled in: {why}"
