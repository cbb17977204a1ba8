"""Reads the files of a site folder."""

import os
from pathlib import Path

import yaml

from openstack_hub.schema import specification
from openstack_hub.validation.problems import Problem
from openstack_hub.validation.yaml_source import LOADER, Source, example_problems, secrets_in_clear

PROJECT = Path(__file__).resolve().parents[2]
EXTENSIONS = ("", ".yml", ".yaml", ".json")  # of the files from which Ansible reads variables
SHIPPED = ("inventories/example", "inventories/example-cloud", "inventories/demo", "molecule/inventory")


def is_shipped(folder):
    """Whether the inventory FOLDER is one of the project's own, which may keep example values."""
    return Path(folder).resolve() in [PROJECT / path for path in SHIPPED]


def sources(folder):
    """The Sources below FOLDER in the order in which Ansible reads them, without symlinks (the defaults files)."""
    result = []
    for part in ("group_vars", "host_vars"):
        for parent, folders, names in os.walk(Path(folder, part)):
            folders.sort(key=lambda name: (name != "all", name))
            for path in (Path(parent, name) for name in sorted(names) if name[0] != "."):
                if path.suffix in EXTENSIONS and not path.is_symlink():
                    result.append(Source(str(path.relative_to(folder)), path.read_text(errors="replace")))
    return result


def inventory_sources(folder):
    """The Sources of the inventory files, such as hosts.yml."""
    return [Source(path.name, path.read_text(errors="replace")) for path in sorted(Path(folder).glob("*.y*ml"))]


def file_problems(sources, shipped):
    """(source, Problem) of everything that the files alone show. shipped: an example, which may keep example values."""
    for source in sources:
        problems = [*source.problems, *secrets_in_clear(source)]
        for problem in problems if shipped else [*problems, *example_problems(source)]:
            yield source, problem
    yield from duplicate_variables(sources)


def misplaced_variables(inventory_sources, sources):
    """(source, Problem) of variables that do not apply to all hosts: in hosts.yml and in other group_vars."""
    known = specification.variables()
    for source in (source for source in sources if not source.is_for_all()):
        for name in (name for name in source.nodes if name in known):
            text = f"this file applies only to some hosts: move the line to group_vars/all/{known[name]['file']}.yml"
            yield source, Problem((name,), text)
    for source in inventory_sources:
        paths = (path[: i + 1] for path, _ in source.scalars() for i, part in enumerate(path) if part in known)
        for path in dict.fromkeys(paths):
            home = f"group_vars/all/{known[path[-1]]['file']}.yml"
            yield source, Problem(path, f"the default overrides a value in the inventory file: move it to {home}")


def missing_defaults(folder):
    """The Problem of a site folder without its symlink to the defaults files."""
    link, defaults = "group_vars/all/00-shared", PROJECT / "group_vars/all"
    return Problem((link,), f"must be a symlink to {defaults}: create it with make site DIR={folder}")


def duplicate_variables(sources):
    """(source, Problem) of variables in two files of one group or host, of which only the later applies."""
    first = {}
    for source in sources:
        group = tuple(part.removesuffix(".yml") for part in Path(source.label).parts[:2])
        for name, (line, _) in source.nodes.items():
            if (group, name) in first:
                other, other_line = first[group, name]
                yield source, Problem((name,), f"also set in {other.label}:{other_line}: remove one of the two")
            first.setdefault((group, name), (source, line))


def role_variables():
    """Name of a role variable -> the value that group_vars/all/wiring.yml gives it, or None."""
    paths = (PROJECT / "group_vars/all/wiring.yml", *sorted(PROJECT.glob("roles/*/meta/argument_specs.yml")))
    wiring, *specs = (yaml.load(path.read_text(), Loader=LOADER) for path in paths)
    declared = dict.fromkeys(name for entry in specs for name in entry["argument_specs"]["main"]["options"])
    return declared | wiring
