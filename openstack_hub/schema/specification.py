"""The specification of the variables, read once from the YAML files in variables/ (their README explains the keys)."""

from functools import cache
from pathlib import Path

import yaml

from openstack_hub import platforms

FILES = ("openstack", "jupyterhub")  # what an admin edits: group_vars/all/<file>.yml


@cache
def sections():
    """The sections in the order of the defaults files: dicts of title, file, text, variables (name -> spec)."""
    result = []
    for path in sorted((Path(__file__).parents[1] / "variables").glob("*.yml")):
        for section in yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            for name, spec in section["variables"].items():
                spec |= {"name": name, "file": section["file"]}
            _add_platforms(section["variables"])
            result.append(section)
    return result


def _add_platforms(variables):
    """Adds from openstack_hub/platforms.py the choices of hub_platform and the platforms of profile options."""
    if hub_platform := variables.get("hub_platform"):
        choices = {name: {"text": platform.summary} for name, platform in platforms.PLATFORMS.items()}
        hub_platform |= {"choices": choices, "default": platforms.DEFAULT}
    for option, spec in variables["hub_profiles"]["items"]["keys"].items() if "hub_profiles" in variables else ():
        if names := platforms.implementing(option):
            spec["platforms"] = names


@cache
def variables():
    """Every variable by name."""
    return {name: spec for section in sections() for name, spec in section["variables"].items()}


@cache
def renamed():
    """Former name -> present name of each renamed variable."""
    return {old: name for name, spec in variables().items() for old in spec.get("was", [])}


def secrets():
    """Names of the variables whose values belong in a vault."""
    return [name for name, spec in variables().items() if spec["type"] == "secret"]


def children(spec):
    """(part of a path, spec) below SPEC: the keys of a map, `[]` for the items of a list."""
    if spec["type"] == "map":
        return list(spec["keys"].items())
    return [("[]", spec["items"])] if spec["type"] == "list" else []
