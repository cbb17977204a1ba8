"""Files of a site folder whose variables Ansible ignores, or applies only to some hosts."""

import re
from pathlib import Path

from openstack_hub.schema import specification
from openstack_hub.site.files import EXTENSIONS, is_defaults, read, stem, variable_files
from openstack_hub.validation.problems import Problem, match
from openstack_hub.validation.variable_names import own_prefixes
from openstack_hub.validation.yaml_source import secrets_in_clear

VARIABLE_FILES = ("jupyterhub", "openstack", "vault")
NO_VARIABLES = (".md", ".txt", ".rst", ".swp", ".pyc")
FOLDERS = ("group_vars", "host_vars")
MISNAMED = re.compile(r"(group|host)s?[ _.-]?var(iable)?s?", re.IGNORECASE)


def unread_problems(folder, groups=None, hosts=None, decrypt=None):
    """(Source, Problem) of each file with variables of ours that Ansible does not read.

    groups, hosts: their names in the inventory, if they are known. A problem that is an error means that the variables
    of the Source count as set, so that they are not reported as missing too.
    """
    folder = Path(folder)
    existing = set(variable_files(folder))
    for path, text in (*_in_variable_folders(folder, existing, groups, hosts), *_in_misnamed_folders(folder)):
        source = read(path, folder, decrypt)
        if concerns_us(source):
            copied = path.name[-1:] == "~" or path.suffix not in EXTENSIONS
            original = path.with_name(path.name.removesuffix("~") if path.name[-1] == "~" else path.stem)
            is_clear = any(secrets_in_clear(source))
            more = "; it holds secrets in clear text" if is_clear else ""
            yield source, Problem((), text + more, warning=copied and original in existing and not is_clear)


def concerns_us(source):
    """Whether SOURCE sets variables of ours, or would if Ansible could read it."""
    ours = specification.variables()
    prefixes = ("vault_", *own_prefixes(()))
    name = Path(source.label).name.split(".")[0]
    words = (re.match(r"\s*(\w+)\s*[:=]", line) for line in source.lines) if source.broken else ()
    names = {*source.nodes, *(word[1] for word in words if word)}
    return any(n in ours or n.startswith(prefixes) for n in names) or (
        name in VARIABLE_FILES and bool(source.broken or source.encrypted)
    )


def _in_variable_folders(folder, existing, groups, hosts):
    for part, names in zip(FOLDERS, (groups, hosts), strict=True):
        kind = part.partition("_")[0]
        for path in _all_files(folder / part):
            first = folder / part / path.relative_to(folder / part).parts[0]
            winner = next((p for p in existing if (folder / part / stem(first)) in (p, *p.parents)), None)
            if path.suffix in NO_VARIABLES:
                continue
            if names is not None and stem(first) not in names:
                yield path, f"nothing reads this file: no {kind} is called {stem(first)}; {_home(part, first, names)}"
            elif path.name[-1] == "~" or path.suffix not in EXTENSIONS:
                yield path, f"nothing reads this file: Ansible reads names that end in .yml; {_rename(path, existing)}"
            elif path not in existing and first == path and winner:
                yield path, f"nothing reads this file beside {part}/{stem(first)}/: move it into that folder"
            elif path not in existing:
                yield (
                    path,
                    "nothing reads this file: Ansible enters no folder with a dot in its name; rename the folder",
                )


def _home(part, first, names):
    near = match(stem(first).lower(), [name.lower() for name in names])
    if near and part == "group_vars":
        return f"rename {part}/{first.name} to {part}/{near}{first.suffix if first.suffix in EXTENSIONS else ''}"
    return "move it to group_vars/all/" if part == "group_vars" else f"hosts are: {', '.join(sorted(names))}"


def _rename(path, existing):
    new = path.name.removesuffix("~") if path.name[-1] == "~" else path.stem
    is_copy = path.with_name(new) in existing
    return f"remove the copy of {new}" if is_copy else f"rename it to {new.partition('.')[0]}.yml"


def _in_misnamed_folders(folder):
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in FOLDERS and MISNAMED.fullmatch(path.name):
            right = f"{path.name[:5].lower().rstrip('_-')}_vars" if path.name[:5].lower() == "group" else "host_vars"
            for file in _all_files(path):
                yield file, f"nothing reads this file: rename the folder {path.name} to {right}"


def _all_files(folder, parents=()):
    """The files below FOLDER, through symlinks, without hidden files and the defaults files."""
    if folder.is_dir() and folder.resolve() not in parents:
        for path in sorted(folder.iterdir()):
            if path.name[0] != "." and not is_defaults(path):
                yield from _all_files(path, (*parents, folder.resolve())) if path.is_dir() else [path]


def misplaced_variables(inventory_sources, sources):
    """(source, Problem) of variables that do not apply to all hosts: in inventory files and in other group_vars."""
    known = specification.variables()
    for source in (source for source in sources if not source.is_for_all()):
        for name in (name for name in source.nodes if name in known):
            text = f"this file applies only to some hosts: move the line to group_vars/all/{known[name]['file']}.yml"
            yield source, Problem((name,), text)
    for source in inventory_sources:
        if concerns_us(source) and not source.is_ini:
            text = "Ansible reads this file as a list of hosts: move it to group_vars/all/"
            yield source, Problem((), text)
            continue
        paths = (path[: i + 1] for path, _ in source.scalars() for i, part in enumerate(path) if part in known)
        for path in dict.fromkeys(paths):
            text = "set in an inventory file, where it does not apply to all hosts: move it to group_vars/all/"
            yield source, Problem(path, f"{text}{known[path[-1]]['file']}.yml")


def inventory_names(source):
    """The paths of the variables in an inventory file, as far as it has the structure of one."""
    if source.is_ini:
        return [path for path, _ in source.scalars()]
    paths = dict.fromkeys(path[: i + 2] for path, _ in source.scalars() for i, part in enumerate(path[:-1])
                          if part == "vars" or (i and path[i - 1] == "hosts"))  # fmt: skip
    return list(paths)


def duplicate_variables(sources):
    """(source, Problem) of variables in two files of one group or host, of which only the later applies.

    A file may replace what comes from elsewhere through a symlink.
    """
    first = {}
    for source in sources:
        group = tuple(stem(Path(part)) for part in Path(source.label).parts[:2])
        for name, (line, _) in source.nodes.items():
            other, other_line = first.setdefault((group, name), (source, line))
            if other is not source and not other.is_linked:
                yield source, Problem((name,), f"also set in {other.label}:{other_line}: remove one of the two")
