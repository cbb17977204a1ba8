"""What the spec says about a value, in words and as YAML: shared by the manual, the reference and the schemas."""

import yaml

from openstack_hub.schema import specification, types

KINDS = {
    "size": "size",
    "time": "time",
    "number": "number",
    "count": "whole number",
    "flag": "true or false",
    "text": "text",
    "host": "host name",
    "group": "group name",
    "cidr": "network",
    "date": "date",
    "version": "exact version",
    "image": "image with an exact tag",
    "secret": "secret",
    "anything": "anything",
    "name": "name (a-z, 0-9, -)",
    "cloud_name": "name (letters, digits, _ . -)",
    "email": "e-mail address",
    "url": "https:// or http:// address",
    "issuer": "https:// address",
    "path": "absolute path",
    "file": "path of a file where Ansible runs",
    "map": "map",
}


def value(variable):
    """`whole number, 1 to 3000`: what may stand after the colon."""
    kind = variable["kind"]
    if kind == "choice":
        told = f"one of {', '.join(variable['choices'])}"
    elif kind == "list":
        told = f"list of {variable.get('what') or types.PLURALS[variable['items']['kind']]}"
    elif kind == "mapping":
        told = f"map of {types.PLURALS[variable['values']['kind']]} with keys of your own"
    else:
        told = KINDS[kind]
    return ", ".join(filter(None, [told, bounds(variable)]))


def bounds(variable):
    """`1 to 3000`, `from 1m, or 0 (never)`, `64 hexadecimal digits`."""
    if "hex" in variable:
        return f"{variable['hex']} hexadecimal digits (openssl rand -hex {variable['hex'] // 2})"
    low, high = variable.get("min"), variable.get("max")
    told = f"{low} to {high}" if high is not None else f"from {low}" if low is not None else ""
    return told + (f", or 0 ({variable['or_zero']})" if "or_zero" in variable else "")


def required(variable, key=False):
    """Whether there is no way around writing it. key: it belongs to a map."""
    return bool(variable.get("required")) if key else not {"default", "optional"} & set(variable)


def choices(variable):
    """Word -> its spec, of what there is to choose."""
    return variable.get("items", variable).get("choices", {})


def keys(variable):
    """Key -> its spec, of a map or of the maps in a list."""
    return variable.get("items", variable).get("keys", {})


def is_planned(variable, word=""):
    """Whether it is not in this version yet; WORD is the name of a choice."""
    return "planned" in variable or word in set(specification.PLATFORMS) - set(specification.BUILT)


def states(variable, word=""):
    """Where and whether it works, in sentences without their full stop."""
    if variable.get("platforms"):
        yield f"only on platform {' or '.join(variable['platforms'])}"
    if is_planned(variable, word):
        yield "not in this version yet" + (f" ({variable['planned']})" if "planned" in variable else "")


def sentence(text):
    """`1 to 7` -> `1 to 7.`, with a capital."""
    return f"{text[0].upper()}{text[1:]}." if text else ""


class Dumper(yaml.SafeDumper):
    """YAML in which a text that needs quotes has double ones, as everywhere in Ansible, and lists are indented."""

    def choose_scalar_style(self):
        style = super().choose_scalar_style()
        return '"' if style == "'" else style

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data):
        return True


def in_line(value):
    """VALUE as YAML in one line."""
    return _dump(value, True).removesuffix("...\n").strip()


def in_lines(value):
    """VALUE as YAML, an entry in each line."""
    return _dump(value, False)


def _dump(value, flow):
    return yaml.dump(value, Dumper=Dumper, default_flow_style=flow, width=10000, sort_keys=False, allow_unicode=True)
