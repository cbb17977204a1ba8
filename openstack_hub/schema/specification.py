"""What variables there are: read once from the YAML files in variables/ (their README says what the keys mean)."""

from functools import cache
from pathlib import Path

import yaml

PLATFORMS = ("host", "kubernetes", "slurm")
BUILT = ("host", "kubernetes")  # platforms that playbooks/hub.yml can install today
FILES = ("openstack", "jupyterhub")  # what an admin edits: group_vars/all/<file>.yml


@cache
def sections():
    """The sections of the manual in their order: title, file, text, variables (name -> spec)."""
    found = []
    for path in sorted((Path(__file__).parents[1] / "variables").glob("*.yml")):
        for section in yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            for name, spec in section["variables"].items():
                spec |= {"name": name, "file": section["file"]}
            found.append(section)
    return found


@cache
def variables():
    """Every variable by name."""
    return {name: spec for section in sections() for name, spec in section["variables"].items()}


@cache
def renamed():
    """Old name -> present name, of variables."""
    return {old: name for name, spec in variables().items() for old in spec.get("was", [])}


def secrets():
    """Names of the variables whose values belong into a vault."""
    return [name for name, spec in variables().items() if spec["kind"] == "secret"]


def children(spec):
    """(part of a path, spec) below SPEC: the keys of a map, `[]` for the items of a list."""
    if spec["kind"] == "map":
        return list(spec["keys"].items())
    return [("[]", spec["items"])] if spec["kind"] == "list" else []
