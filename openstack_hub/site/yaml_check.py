"""Finds what stops Ansible before the task hub_validate runs, such as YAML errors; `make validate` runs it first."""

import itertools
import os
import shlex
import sys
from pathlib import Path

import yaml

from openstack_hub.site import files, vault
from openstack_hub.site.files import inventory_files
from openstack_hub.site.findings import SiteFiles
from openstack_hub.site.vault import PASSWORD

OTHER_PASSWORD_SOURCES = (
    "ANSIBLE_VAULT_PASSWORD_FILE",
    "ANSIBLE_VAULT_IDENTITY_LIST",
    "ANSIBLE_ASK_VAULT_PASS",
    "ANSIBLE_CONFIG",
)


def folder_error(folder):
    """Why FOLDER is no site folder, or ""."""
    quoted = shlex.quote(str(folder))
    if not folder.is_dir():
        return f"the folder {folder} does not exist: create it with make site DIR={quoted}"
    if not any(inventory_files(folder)):
        return f"{folder} is not a site folder, hosts.yml is missing: create it with make site DIR={quoted}"
    return ""


def folder_errors(folder):
    """Messages about the files of FOLDER, each with file and line."""
    if error := folder_error(folder):
        return [error]
    errors = []
    site = SiteFiles(folder, decrypt=lambda path: decrypted(folder, path, errors))
    unusable = (s for s in site.all() if s.broken and not s.is_ini and (folder / s.label).exists())
    broken = (f"{s.label}:{s.broken[0]}: {s.broken[1]}" for s in unusable)
    return errors + list(dict.fromkeys([*broken, *inventory_errors(site)]))


def inventory_errors(site):
    """Messages about inventory files that Ansible does not read, or in which no play finds the controller."""
    usable = [source for source in site.inventory if not source.broken]
    in_yaml = [source for source in usable if not source.is_ini]
    for source in in_yaml:
        for path, node in source.children(("hosts",)):
            if isinstance(node, yaml.SequenceNode):
                text = f"{'.'.join(path)} is a list: write each host without a dash, with a colon behind its name"
                yield f"{source.label}:{source.find(path)[0]}: {text}"
    groups = {}  # name -> names of the groups in it
    for label, key, parent, kind in itertools.chain.from_iterable(map(_entities, in_yaml)):
        place = f"{label}:{key.start_mark.line + 1}: {kind} {key.value or 'without a name'}"
        if not key.tag.endswith(":str"):
            yield f"{place} is not text: put the name in quotes"
        elif kind == "group":
            groups.setdefault(parent, set()).add(key.value)
            if parent in _at_and_below(key.value, groups):
                yield f"{place} is below itself: remove it from children of {parent}"
    is_complete = usable == site.inventory and not files.inventory_programs(site.folder)
    if is_complete and not any(source.line_of("controller") for source in usable):
        text = "group controller is missing: add the lines that make site writes, with the host localhost"
        yield f"{usable[0].label}:1: {text}"


def _entities(source):
    """(label of the file, node of its name, group in which it is, kind) of each host and group in a group of SOURCE."""
    stack = [(name, node) for name, (_, node) in source.nodes.items()]
    while stack:
        group, node = stack.pop()
        for key, below in node.value if isinstance(node, yaml.MappingNode) else ():
            kind = {"hosts": "host", "children": "group"}.get(key.value)
            for name, entry in below.value if kind and isinstance(below, yaml.MappingNode) else ():
                yield source.label, name, group, kind
                stack += [(name.value, entry)] if kind == "group" else []


def _at_and_below(group, groups):
    found, stack = set(), [group]
    while stack:
        name = stack.pop()
        stack += groups.get(name, set()) - found
        found.add(name)
    return found


def decrypted(folder, path, errors):
    """The text of the vault PATH; as it is, with a message in ERRORS, if it cannot be decrypted."""
    label, text = path.relative_to(folder), path.read_text()
    if not (folder / PASSWORD).is_file():
        if not any(name in os.environ for name in OTHER_PASSWORD_SOURCES):
            errors.append(f"{label}: encrypted, but {PASSWORD} is missing: write the vault's password to this file")
        return text
    try:
        return vault.opened(folder, text)
    except Exception as error:  # several types of Ansible's errors
        errors.append(f"{label}: cannot be decrypted with {PASSWORD} ({str(error).splitlines()[0]})")
        return text


def check_folder(path):
    folder = Path(path).expanduser()
    errors = folder_errors(folder.parent if folder.is_file() else folder)
    print("\n".join(errors), file=sys.stderr, end="\n" * bool(errors))
    return bool(errors)


if __name__ == "__main__":
    sys.exit(check_folder(sys.argv[1]))
