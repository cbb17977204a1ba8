"""Reads the files of a site folder: all from which Ansible takes variables, and no others."""

import re
from pathlib import Path

import yaml

from openstack_hub.validation.ini_source import IniSource
from openstack_hub.validation.problems import Problem
from openstack_hub.validation.yaml_source import LOADER, Source

PROJECT = Path(__file__).resolve().parents[2]
DEFAULTS = PROJECT / "group_vars/all"
SHARED = "group_vars/all/00-shared"
EXTENSIONS = ("", ".yml", ".yaml", ".json")  # of the files from which Ansible reads variables, in its order
SHIPPED = (
    "inventories/example", "inventories/example-cloud", "inventories/demo", "inventories/demo-cloud",
    "molecule/inventory", "molecule/kubernetes/inventory",
)  # fmt: skip
# Names in a folder that Ansible does not take for an inventory; a test compares them with Ansible's and ansible.cfg.
NO_INVENTORY = re.compile(
    r"^\.|^(host_vars|group_vars|vars_plugins|certificates)$"
    r"|(\.pyc|\.pyo|\.swp|\.bak|~|\.rpm|\.md|\.txt|\.rst|\.orig|\.cfg|\.retry)$"
)


def is_shipped(folder):
    """Whether the inventory FOLDER is one of the project's own, which may keep example values."""
    return Path(folder).resolve() in [PROJECT / path for path in SHIPPED]


def is_defaults(path):
    """Whether PATH is the symlink of a site to the defaults files, or in its place."""
    return path.name == Path(SHARED).name or (path.is_symlink() and path.resolve() == DEFAULTS)


def sources(folder, decrypt=None, is_other=False):
    """The Sources in group_vars and host_vars in the order in which Ansible reads them, without the defaults files.

    decrypt: path of a vault -> its text. is_other: the folder is not that of the site, but of a further inventory.
    """
    folder = Path(folder)
    return [named(read(path, folder, decrypt), folder, is_other) for path in variable_files(folder)]


def named(source, folder, is_other):
    """SOURCE; of another folder than the site's it has its whole path for messages, and may be replaced by the site."""
    if is_other:
        source.label, source.is_linked = str(folder / source.label), True
    return source


def variable_files(folder):
    """The paths below group_vars and host_vars that Ansible reads."""
    for part in ("group_vars", "host_vars"):
        stems = {}
        for path in entries(folder / part):
            stems.setdefault(stem(path), []).append(path)
        for name in sorted(stems, key=lambda name: (name != "all", name)):
            first = min(stems[name], key=lambda path: EXTENSIONS.index(path.name.removeprefix(name)))
            yield from below(first, ((folder / part).resolve(),))


def stem(path):
    """The name of the group or host whose variables PATH may hold."""
    return path.stem if path.suffix in EXTENSIONS else path.name


def below(path, parents=()):
    """The files at or below PATH that Ansible reads, through symlinks."""
    if not path.is_dir():
        yield path
    elif path.resolve() not in parents:
        for entry in entries(path):
            if entry.suffix in ("", *EXTENSIONS) and not (entry.is_dir() and entry.suffix):
                yield from below(entry, (*parents, path.resolve()))


def entries(folder):
    """What is in FOLDER, by name, without hidden and backup files and without the defaults files."""
    found = sorted(folder.iterdir()) if folder.is_dir() else ()
    return [path for path in found if path.name[0] != "." and path.name[-1] != "~" and not is_defaults(path)]


def read(path, folder, decrypt=None, kind=Source):
    """The Source of the file PATH of the site FOLDER, of class KIND."""
    label = str(path.relative_to(folder))
    try:
        text = path.read_text(errors="replace")
    except OSError as error:
        source = kind(label, "")
        what = "a symlink to a file that does not exist" if path.is_symlink() else f"cannot be read: {error.strerror}"
        source.broken = (1, f"{what}: correct or remove it")
        return source
    encrypted = text.startswith("$ANSIBLE_VAULT")
    source = kind(label, decrypt(path) if encrypted and decrypt else text, encrypted)
    relative = path.relative_to(folder)
    source.is_linked = any((folder / parent).is_symlink() for parent in (relative, *relative.parents))
    return source


def inventory_sources(folder, decrypt=None, is_other=False):
    """The Sources of the files from which Ansible takes hosts, such as hosts.yml; none of programs and of TOML."""
    folder = Path(folder)
    found = [source for path in inventory_files(folder) if (source := _inventory(path, folder, decrypt))]
    return [named(source, folder, is_other) for source in found]


def inventory_programs(folder):
    """The labels of the inventory files that only Ansible can read, such as programs."""
    folder = Path(folder)
    return [str(path.relative_to(folder)) for path in inventory_files(folder) if not _inventory(path, folder, None)]


def inventory_files(folder):
    for path in sorted(folder.iterdir()):
        if not NO_INVENTORY.search(path.name):
            yield from inventory_files(path) if path.is_dir() else [path]


def _inventory(path, folder, decrypt):
    """The Source of an inventory file, in the format that Ansible would read, or None."""
    if path.suffix in (".yml", ".yaml", ".json"):
        source = read(path, folder, decrypt)
        if path.parent != folder:  # playbooks and the like, which are no inventories
            source.broken = None
        return source
    if path.suffix == ".toml" or not path.is_file() or path.stat().st_mode & 0o111:
        return None
    if not path.suffix:
        source = read(path, folder, decrypt)
        if not source.broken:
            return source
    return read(path, folder, decrypt, IniSource)


def missing_defaults(folder):
    """The Problem of a site folder without its symlink to the defaults files."""
    return Problem((SHARED,), f"must be a symlink to {DEFAULTS}: create it with make site DIR={folder}")


def other_defaults(folder):
    """[Problem] of a site folder that takes the defaults from elsewhere than from this checkout."""
    path = Path(folder, SHARED)
    if path.is_symlink() and path.exists() and path.resolve() != DEFAULTS:
        text = f"leads to {path.resolve()}, which may be of another version: run ln -sfn {DEFAULTS} {path}"
        return [Problem((SHARED,), text, warning=True)]
    if path.exists() and not path.is_symlink():
        text = f"a copy that updates do not reach: remove it, then run make site DIR={folder}"
        return [Problem((SHARED,), text)]
    return []


def role_variables():
    """Name of a role variable -> the value that group_vars/all/wiring.yml gives it, or None."""
    paths = (PROJECT / "group_vars/all/wiring.yml", *sorted(PROJECT.glob("roles/*/meta/argument_specs.yml")))
    wiring, *specs = (yaml.load(path.read_text(), Loader=LOADER) for path in paths)
    declared = dict.fromkeys(name for entry in specs for name in entry["argument_specs"]["main"]["options"])
    return declared | wiring


def playbook_words():
    """The words of the playbooks, among them the names of all variables that they take from the command line."""
    return {word for path in PROJECT.glob("playbooks/*.yml") for word in re.findall(r"\w+", path.read_text())}
