"""Descriptions of values in the specification, shared by the defaults files, the reference and the schemas."""

import yaml

from openstack_hub import platforms
from openstack_hub.schema import types

TYPES = {
    "size": "size",
    "time": "time",
    "number": "number",
    "count": "whole number",
    "flag": "true or false",
    "text": "text",
    "word": "text without spaces",
    "host": "host name",
    "server": "host name or address",
    "group": "group name",
    "cidr": "network",
    "date": "date",
    "version": "exact version",
    "image": "image with an exact tag",
    "secret": "secret",
    "anything": "anything",
    "name": "name (a-z, 0-9, -)",
    "kubernetes_name": "name (a-z, 0-9, - .)",
    "cloud_name": "name (letters, digits, _ . -)",
    "email": "e-mail address",
    "url": "https:// or http:// address",
    "issuer": "https:// address",
    "urn": "namespace of URNs",
    "path": "absolute path",
    "file": "path of a file on the controller",
    "map": "map",
}


def value(variable):
    """The allowed values: `whole number, 1 to 3000`."""
    name = variable["type"]
    if name == "choice":
        text = f"one of {', '.join(variable['choices'])}"
    elif name == "list":
        text = f"list of {variable.get('what') or types.PLURALS[variable['items']['type']]}"
    elif name == "mapping":
        text = f"map of {types.PLURALS[variable['values']['type']]} with keys of your choice"
    else:
        text = TYPES[name]
    return ", ".join(filter(None, [text, bounds(variable)]))


def bounds(variable):
    """`1 to 3000`, `from 1m, or 0 (never)`, `64 hexadecimal digits`."""
    if "hex" in variable:
        return f"{variable['hex']} hexadecimal digits (openssl rand -hex {variable['hex'] // 2})"
    low, high = variable.get("min"), variable.get("max")
    text = f"{low} to {high}" if high is not None else f"from {low}" if low is not None else ""
    return text + (f", or 0 ({variable['or_zero']})" if "or_zero" in variable else "")


def required(variable, key=False):
    """Whether it must be set. key: VARIABLE is a key of a map."""
    return bool(variable.get("required")) if key else not {"default", "optional"} & set(variable)


def choices(variable):
    """Choice -> its spec."""
    return variable.get("items", variable).get("choices", {})


def keys(variable):
    """Key -> its spec, for a map or a list of maps."""
    return variable.get("items", variable).get("keys", {})


def is_planned(word):
    """Whether WORD is a platform that this version does not install yet."""
    return word in set(platforms.PLATFORMS) - set(platforms.INSTALLED)


def states(variable, word=""):
    """On which platforms and whether it is supported, as sentences without the final full stop."""
    if variable.get("platforms"):
        yield f"only on platform {' or '.join(variable['platforms'])}"
    if is_planned(word):
        yield "not in this version yet"


def sentence(text):
    """`from 1m` -> `From 1m.`"""
    return f"{text[0].upper()}{text[1:]}." if text else ""


class DocumentationDumper(yaml.SafeDumper):
    """YAML as usual in Ansible: text that needs quotes has double quotes, and lists are indented."""

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
    """VALUE as YAML, one entry per line."""
    return _dump(value, False)


def _dump(value, flow):
    return yaml.dump(
        value, Dumper=DocumentationDumper, default_flow_style=flow, width=10000, sort_keys=False, allow_unicode=True
    )
