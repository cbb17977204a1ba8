"""Reading a site folder. With the commands beside it the only place of this package that touches files."""

import os
from pathlib import Path

import yaml

from openstack_hub.schema import specification
from openstack_hub.validation.problems import Mistake
from openstack_hub.validation.yaml_source import LOADER, Source, examples_left, secrets_in_clear

PROJECT = Path(__file__).resolve().parents[2]
EXTENSIONS = ("", ".yml", ".yaml", ".json")  # of files with variables, to Ansible
SHIPPED = ("inventories/example", "inventories/example-cloud", "inventories/demo", "molecule/inventory")


def is_shipped(folder):
    """Whether the inventory FOLDER is one of the project's own: examples may stay there. A site may lie beside them."""
    return Path(folder).resolve() in [PROJECT / path for path in SHIPPED]


def sources(folder):
    """The Sources below FOLDER in the order in which Ansible reads them; links to the manual are not followed."""
    found = []
    for part in ("group_vars", "host_vars"):
        for where, folders, names in os.walk(Path(folder, part)):
            folders.sort(key=lambda name: (name != "all", name))
            for path in (Path(where, name) for name in sorted(names) if name[0] != "."):
                if path.suffix in EXTENSIONS and not path.is_symlink():
                    found.append(Source(str(path.relative_to(folder)), path.read_text(errors="replace")))
    return found


def inventory(folder):
    """The Sources of the files that name the machines."""
    return [Source(path.name, path.read_text(errors="replace")) for path in sorted(Path(folder).glob("*.y*ml"))]


def mistakes_of(found, shipped):
    """(source, Mistake) of what can be seen in the files alone."""
    for source in found:
        texts = [*source.mistakes, *secrets_in_clear(source)]
        for mistake in texts if shipped else [*texts, *examples_left(source)]:
            yield source, mistake
    yield from stated_twice(found)


def astray(inventory, found):
    """(source, Mistake) of variables where not every machine reads them: in hosts.yml and in other group_vars."""
    known = specification.variables()
    for source in (source for source in found if not source.is_for_all()):
        for name in (name for name in source.nodes if name in known):
            text = f"only some machines read this file: move it to group_vars/all/{known[name]['file']}.yml"
            yield source, Mistake((name,), text)
    for source in inventory:
        paths = (path[: i + 1] for path, _ in source.scalars() for i, part in enumerate(path) if part in known)
        for path in dict.fromkeys(paths):
            home = f"group_vars/all/{known[path[-1]]['file']}.yml"
            yield source, Mistake(path, f"the manual's default wins over what stands here: move it to {home}")


def lost_manual(folder):
    """The Mistake of a site folder without its link to the manual."""
    link, manual = "group_vars/all/00-shared", PROJECT / "group_vars/all"
    return Mistake((link,), f"must be a link to {manual}: make site DIR={folder} makes it")


def stated_twice(found):
    """A variable in two files of one group or machine: the later one wins, and the other is read by people."""
    first = {}
    for source in found:
        folder = tuple(part.removesuffix(".yml") for part in Path(source.label).parts[:2])
        for name, (line, _) in source.nodes.items():
            if (folder, name) in first:
                other, at = first[folder, name]
                yield source, Mistake((name,), f"stands in {other.label}:{at}, too: leave one of the two out")
            first.setdefault((folder, name), (source, line))


def role_variables():
    """Variable of a role -> the value that group_vars/all/wiring.yml gives it, or None."""
    paths = (PROJECT / "group_vars/all/wiring.yml", *sorted(PROJECT.glob("roles/*/meta/argument_specs.yml")))
    wiring, *specs = (yaml.load(path.read_text(), Loader=LOADER) for path in paths)
    declared = dict.fromkeys(name for entry in specs for name in entry["argument_specs"]["main"]["options"])
    return declared | wiring
