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


VAULT_NAMES = re.compile(r"\bvault_\w+")
REFERENCE = re.compile(r"\s*\{\{\s*\w+\s*(\|\s*default\(''\)\s*)?\}\}\s*")
# A template as a whole: {{ lookup(...) }}, {{ name }}, {{ name.key }}, {{ name | filter }}.
WHOLE = re.compile(r"\s*\{\{\s*([A-Za-z_]\w*)\b((?!\{\{).)*\}\}\s*", re.DOTALL)
BRACES = re.compile(r"\{[{%#]")
UNSAFE = "contains {{, {% or {#, which Ansible takes for a template: write !unsafe before it in the vault"


def braces_problem(template, values):
    """The message for a TEMPLATE that refers to a secret with braces in it, which Ansible would evaluate; else "".

    values: name of a variable -> its value before Ansible evaluates it. A value that is one template as a whole is
    meant as one if it calls something, or names something that exists.
    """
    for name in VAULT_NAMES.findall(template):
        value = values.get(name)
        if not isinstance(value, str) or not BRACES.search(value) or is_unsafe(value):
            continue
        whole = WHOLE.fullmatch(value)
        if not whole or (whole[1] not in values and "(" not in value):
            return f"{name} {UNSAFE} (make vault-edit), as in {name}: !unsafe '...'"
    return ""


def is_unsafe(value):
    """Whether Ansible takes VALUE as it is."""
    from ansible.template import is_trusted_as_template  # slow to import, and not always needed

    return not is_trusted_as_template(value)


def template_problem(error, template, is_secret=False):
    """The message for a TEMPLATE that Ansible cannot evaluate. error: Ansible's message.

    Ansible also evaluates what a template refers to, and shows it. So nothing of the error is shown that is not in the
    template itself, or that may be part of a secret.
    """
    reason = error.splitlines()[0].removeprefix("Syntax error in template: ")
    undefined = re.fullmatch(r"'(\w+)' is undefined", reason)
    if is_secret and not REFERENCE.fullmatch(template):
        return f"the secret {UNSAFE.removesuffix(' in the vault')}, and move it to the vault (make vault-edit)"
    vault_names = [name for name in VAULT_NAMES.findall(template) if not undefined or name != undefined[1]]
    if vault_names and not (undefined and re.search(rf"\b{undefined[1]}\b", template)):
        return f"{' or '.join(vault_names)} {UNSAFE} (make vault-edit), as in {vault_names[0]}: !unsafe '...'"
    if undefined:
        name = undefined[1]
        if not re.search(rf"\b{name}\b", template):
            return "refers to a variable that itself refers to one that is not defined: correct that one"
        hint = (
            "add it to the vault (make vault-edit)" if name.startswith("vault_") else "define it, or correct its name"
        )
        return f"refers to {name}, which is not defined: {hint}"
    if REFERENCE.fullmatch(template):  # the error is in what it refers to
        return "refers to a variable with an invalid template: correct that one"
    return f"invalid template: {reason}"
