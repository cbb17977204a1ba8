"""The variables of a site as Ansible would read them, without Ansible, whose import takes longer than validation.

Covers what nearly all sites consist of: one hosts.yml, variables for all hosts, references such as "{{ vault_x }}".
For anything else it raises NeedsAnsible, and ansible_values reads the site. A test compares the two.
"""

import os
import re
from pathlib import Path
from typing import NamedTuple

import yaml

from openstack_hub.schema import specification
from openstack_hub.site import files, vault
from openstack_hub.validation.yaml_source import LOADER

NAME = r"[A-Za-z_]\w*"
REFERENCE = re.compile(rf"\{{\{{\s*({NAME})\s*(?:\|\s*default\((?:''|\"\")\)\s*)?\}}\}}")
WITH_DEFAULT = re.compile(r"\|\s*default\(")
MARKS = ("{{", "{%", "{#")
# Settings of Ansible that change what it reads.
ENVIRONMENT = (
    "ANSIBLE_VAULT_IDENTITY_LIST",
    "ANSIBLE_ASK_VAULT_PASS",
    "ANSIBLE_HASH_BEHAVIOUR",
    "ANSIBLE_INVENTORY_IGNORE",
)


MOST = 100_000  # values of a site


LONGEST = 1_000_000  # characters of a value


class TooLong(Exception):
    """Templates that repeat each other make a text that nobody means."""


class NeedsAnsible(Exception):
    """The site uses something that only Ansible can read; the text says what."""


class Values(NamedTuple):
    """given: variables of the product by name. groups: name -> hosts. decrypt: path of a vault -> its text.

    has_defaults: whether the defaults files are there. role_values: names of variables of roles -> dict of those set.
    others: folders of further inventories. in_inventory: as program_findings takes it, None for a plain hosts.yml.
    """

    given: dict
    groups: dict
    decrypt: object
    has_defaults: bool
    role_values: object
    others: list = ()
    in_inventory: dict | None = None


class Unsafe(str):
    """Text with the tag !unsafe, which is no template."""


def read(folder):
    """The Values of the site FOLDER, an absolute Path. Raises NeedsAnsible."""
    if set(ENVIRONMENT) & set(os.environ):
        raise NeedsAnsible("settings in the environment")
    reader = Reader(folder)
    groups = groups_of(folder)
    values = reader.variables(groups)
    templates = Templates(folder, values)
    given = {name: templates.evaluate(values[name]) for name in specification.variables() if name in values}
    prefixes = tuple(f"{path.name}_" for path in (files.PROJECT / "roles").iterdir())
    names = [name for name in reader.own - specification.variables().keys() if str(name).startswith(prefixes)]
    of_roles = {name: templates.evaluate(values[name]) for name in names}

    def role_values(names):
        return {name: of_roles[name] for name in names if name in of_roles}

    return Values(given, groups, reader.decrypt, "openstack_hub_model" in values, role_values)


def groups_of(folder):
    """Name of a group -> its hosts, from hosts.yml."""
    paths = list(files.inventory_files(folder))
    if len(paths) != 1 or paths[0].suffix not in (".yml", ".yaml") or paths[0].stat().st_mode & 0o111:
        raise NeedsAnsible("an inventory that is not one YAML file")
    try:
        root = yaml.load(paths[0].read_text(), Loader=LOADER)
    except (yaml.YAMLError, ValueError) as error:
        raise NeedsAnsible("hosts.yml") from error
    groups = {"all": [], "ungrouped": []}
    _add_groups(root, groups)
    groups["all"] = list(dict.fromkeys(host for hosts in groups.values() for host in hosts))
    if "localhost" not in groups.get("controller", []):
        raise NeedsAnsible("no controller, or another")
    return groups


def _add_groups(entries, groups):
    if not isinstance(entries, dict):
        raise NeedsAnsible("a group that is not a map")
    for name, group in entries.items():
        parts = group or {}
        if not isinstance(name, str) or not re.fullmatch(NAME, name) or not isinstance(parts, dict):
            raise NeedsAnsible("the name of a group")
        hosts, below = parts.get("hosts") or {}, parts.get("children") or {}
        settings = (
            [parts.get("vars") or {}, *(entry or {} for entry in hosts.values())] if isinstance(hosts, dict) else [0]
        )
        if parts.keys() - {"hosts", "vars", "children"} or (below and (hosts or name != "all")):
            raise NeedsAnsible("nested groups")
        for setting in settings:
            if not isinstance(setting, dict) or not all(str(key).startswith("ansible_") for key in setting):
                raise NeedsAnsible("variables in hosts.yml")
        if not all(isinstance(host, str) and re.fullmatch(r"[\w.-]+", host) for host in hosts):
            raise NeedsAnsible("a range of hosts")
        known = groups.setdefault(name, [])
        known += [host for host in hosts if host not in known]
        _add_groups(below, groups)


class Reader:
    """Reads the files of variables and their vaults."""

    def __init__(self, folder):
        self.folder, self.texts, self.own = folder, {}, set()

    def variables(self, groups):
        """Every variable by name, with its templates. Later files take precedence, as in Ansible."""
        mine = {"localhost", *(name for name, hosts in groups.items() if "localhost" in hosts)} - {"all"}
        paths = list(files.variable_files(self.folder))
        labels = [path.relative_to(self.folder).parts for path in paths]
        if others := mine & {Path(label[1]).stem for label in labels}:
            raise NeedsAnsible(f"variables of {', '.join(sorted(others))}")
        shared = self.folder / files.SHARED
        found = [(label, path) for label, path in zip(labels, paths, strict=True) if Path(label[1]).stem == "all"]
        found += [((*Path(files.SHARED).parts, path.name), path) for path in files.entries(shared)]
        result = {}
        for _, path in sorted(found):
            content = self.load(path)
            result |= content
            self.own |= content.keys() if path in paths else set()
        return result

    def load(self, path):
        if path.suffix == ".json":
            raise NeedsAnsible("JSON")
        try:
            text = path.read_text()
            content = yaml.load(self.decrypt(path) if text.startswith("$ANSIBLE_VAULT") else text, Loader=self.loader())
        except (yaml.YAMLError, OSError, ValueError, RecursionError) as error:
            raise NeedsAnsible(f"{path.name}: {type(error).__name__}") from error
        if content is None:
            return {}
        if not isinstance(content, dict):
            raise NeedsAnsible("a file without variables")
        return content

    def decrypt(self, path):
        """The text of the vault PATH."""
        if path not in self.texts:
            self.texts[path] = self._decrypted(path.read_text())
        return self.texts[path]

    def _decrypted(self, text):
        file = self.folder / vault.PASSWORD
        try:
            if file.stat().st_mode & 0o111:
                raise NeedsAnsible("a program that prints the vault's password")
            return vault.decrypted(text, file.read_bytes().strip())
        except (OSError, ValueError) as error:
            raise NeedsAnsible("a vault") from error

    def loader(self):
        """A class that constructs values as Ansible does."""
        if not hasattr(self, "_loader"):
            self._loader = type("Loader", (LOADER,), {})
            self._loader.add_constructor("!unsafe", lambda loader, node: Unsafe(loader.construct_scalar(node)))
            self._loader.add_constructor("!vault", lambda loader, node: self._decrypted(loader.construct_scalar(node)))
        return self._loader


class Templates:
    """Evaluates references between VALUES, which may be nested; other templates need Ansible."""

    def __init__(self, folder, values):
        self.values, self.magic, self.pending = values, {"inventory_dir": str(folder)}, set()
        self.count, self.results = 0, {}

    def evaluate(self, value):
        self.count += 1
        if self.count > MOST:
            raise RecursionError  # aliases that repeat each other; yaml_check says so
        if isinstance(value, dict):
            return {str(key): self.evaluate(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self.evaluate(entry) for entry in value]
        if isinstance(value, Unsafe) or not isinstance(value, str) or not any(mark in value for mark in MARKS):
            return value[:] if isinstance(value, Unsafe) else value
        if whole := REFERENCE.fullmatch(value):
            return self.refer(whole)
        rest = REFERENCE.sub("", value)
        if any(mark in rest for mark in MARKS) or value.endswith("\n"):
            raise NeedsAnsible("a template")
        result = REFERENCE.sub(self.text, value)
        if len(result) > LONGEST:
            raise TooLong
        return result

    def text(self, match):
        value = self.refer(match)
        if not isinstance(value, str):
            raise NeedsAnsible("a reference to something else than text")
        return value

    def refer(self, match):
        name = match[1]
        if name in self.magic:
            return self.magic[name]
        if name not in self.values:
            if WITH_DEFAULT.search(match[0]):
                return ""
            raise NeedsAnsible("an undefined name")
        if name in self.results:
            return self.results[name]
        if name in self.pending:
            raise NeedsAnsible("a loop")
        self.pending.add(name)
        self.results[name] = self.evaluate(self.values[name])
        self.pending.discard(name)
        return self.results[name]
