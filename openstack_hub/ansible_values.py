"""Ansible's values as plain Python: its own types carry tags, are evaluated lazily, and YAML dumpers reject them."""

import datetime
import re


def plain_data(value):
    """VALUE, at any depth, as dict, list, str, bool, int, float, date or None."""
    if isinstance(value, dict):
        return {plain_data(key): plain_data(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(entry) for entry in value]
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return datetime.date(value.year, value.month, value.day)
    for scalar in (str, bool, int, float):
        if isinstance(value, scalar):
            return scalar(value)
    return value


def template_problem(error):
    """The message for a template that Ansible cannot evaluate. error: Ansible's message."""
    reason = error.splitlines()[0].removeprefix("Syntax error in template: ")
    if undefined := re.fullmatch(r"'(\w+)' is undefined", reason):
        name = undefined[1]
        hint = (
            "add it to the vault (make vault-edit)" if name.startswith("vault_") else "define it, or correct its name"
        )
        return f"refers to {name}, which is not defined: {hint}"
    return f"invalid template: {reason}"
