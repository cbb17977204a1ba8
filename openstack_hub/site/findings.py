"""All problems of a site: of its files, names, values, inventory and command line."""

import re
from pathlib import Path

import yaml

from openstack_hub.locks import lock_problems
from openstack_hub.schema import specification
from openstack_hub.site import files
from openstack_hub.site.unread import duplicate_variables, inventory_names, misplaced_variables, unread_problems
from openstack_hub.validation import check
from openstack_hub.validation.command_line import command_line_problems
from openstack_hub.validation.layout import layout_problems
from openstack_hub.validation.problems import Problem, Unknown, match
from openstack_hub.validation.rules.inventory import example_host_problems, inventory_problems
from openstack_hub.validation.variable_names import unknown_names, words_of_templates
from openstack_hub.validation.vault_values import vault_value_problems
from openstack_hub.validation.yaml_source import Source, example_problems, is_secret, secrets_in_clear

MISSING = "does not exist on the controller: create the file"
WIRING = {"openstack_hub_model", "web_server_name"}  # in group_vars/all/wiring.yml
BRACES = "cannot be evaluated: if a secret has braces, write !unsafe before it, in quotes (make vault-edit)"


class SiteFiles:
    """The files of a site folder as Sources. unread: (Source, Problem) of those that Ansible ignores.

    others: folders of further inventories (-i).
    """

    def __init__(self, folder, groups=None, hosts=None, decrypt=None, *, others=()):
        self.folder, self.shipped = folder, files.is_shipped(folder)
        self.unread = list(unread_problems(folder, groups, hosts, decrypt))
        ignored = {source.label for source, _ in self.unread}
        self.variables = [source for source in files.sources(folder, decrypt) if source.label not in ignored]
        self.inventory = [s for s in files.inventory_sources(folder, decrypt) if s.label not in ignored]
        for other in others:
            self.variables += files.sources(other, decrypt, is_other=True)
            self.inventory += files.inventory_sources(other, decrypt, is_other=True)
        self.copies = [source for source in self.variables if source.nodes.keys() >= WIRING]
        self.variables = [source for source in self.variables if source not in self.copies]
        self.used = words_of_templates([*self.inventory, *self.variables])
        self.used |= {name for source in self.variables for name in source.anchors}
        self.clear_words = words_of_templates(source for source in self.variables if not source.encrypted)
        self.roles = files.role_variables()
        self.reported = set()
        secrets = (node for source in self.variables if source.encrypted for _, node in source.scalars())
        self.has_braces = any(re.search(r"\{[{%#]", node.value) and node.tag != "!unsafe" for node in secrets)

    def all(self):
        """In the order of the report."""
        unread = {id(source): source for source, _ in self.unread}
        return [*self.inventory, *unread.values(), *self.copies, *self.variables]

    def names(self, for_all=False):
        return {name for s in self.variables if s.is_for_all() or not for_all for name in s.nodes}


def site_findings(site, given, groups, extra, *, in_files=(), role_values=None):
    """(Source in which it was seen or None, Problem) of a whole site.

    site: its SiteFiles. given: variables by name. groups: name of a group -> its hosts. extra: variables of the command
    line, in_files: those of them that are from files (-e @FILE). role_values: variables of roles that the site sets.
    """
    copied = "a copy of a file of this project, which updates do not reach: remove it"
    found = [(None, problem) for problem in files.other_defaults(site.folder)]
    found += [(source, Problem((), copied)) for source in site.copies]
    found += [*site.unread, *misplaced_variables(site.inventory, site.variables)]
    meant = {name for source, problem in site.unread if not problem.warning for name in source.nodes}
    meant |= {problem.path[-1] for _, problem in found if problem.path}
    meant |= {name for source, problem in found if not problem.path and not problem.warning for name in source.nodes}
    placed, incomplete = {}, set()
    for source in site.variables:
        for problem, names in layout_problems(source, site.used):
            found.append((source, problem))
            placed[problem.path[0]] = names
            incomplete |= names & site.names()
            meant |= names
    of_secrets = words_of_templates(site.variables, is_secret)
    for source in (source for source in site.variables if source.encrypted):
        for problem in vault_value_problems(source, of_secrets, site.names()):
            found.append((source, problem))
            site.reported.add(problem.path[0])
    meant |= site.reported
    meant = {name.removeprefix("vault_") for name in meant} - (site.names(for_all=True) - {"vault_"} - set(placed))
    given = {name: visible(site, (name,), value) for name, value in given.items()}
    given |= dict.fromkeys((meant | incomplete) & specification.variables().keys(), Unknown())
    found += [(None, problem) for problem in _value_problems(site, given, placed)]
    found += [(None, problem) for problem in _command_line(site, extra, in_files)]
    found += [*_role_problems(given, role_values or {}), *_inventory(site, given, groups)]
    found += file_problems([*site.inventory, *site.variables], site.shipped)
    return [*found, *duplicate_variables(site.variables)]


def _value_problems(site, given, placed):
    names = sorted(site.names() - set(placed))
    maps = {name: node for source in site.variables for name, (_, node) in source.nodes.items()}
    keys = {name: _keys(node) for name, node in maps.items()}
    common = set() if site.shipped else site.names(for_all=True)
    about = {"read_file": _read_file, "used": site.used, "keys": keys, "common": common}
    return check.site_problems(given, names, _is_file, site.shipped, site.roles, **about)


def _role_problems(given, role_values):
    """(Source or None, Problem) that the roles' own checks would find later, without the line of the file."""
    accepted = given.get("hub_accepted_advisories") or {}
    for name, path in role_values.items():
        if name.endswith("_requirements") and isinstance(path, str):
            file = Path(path).expanduser()
            texts = lock_problems(file.read_text(), path, accepted) if file.is_file() else [f"{path} {MISSING}"]
            for text in texts:
                yield None, Problem((name,), text)


def _is_file(path):
    return Path(path).expanduser().is_file()


def _read_file(path):
    """(bytes, mode)"""
    file = Path(path).expanduser()
    return file.read_bytes(), file.stat().st_mode


def _command_line(site, extra, in_files):
    problems = command_line_problems(extra, site.roles, files.playbook_words() | site.used, in_files) if extra else []
    return [p for p in problems if not (site.shipped and "a secret on the command line" in p.text)]


def _inventory(site, given, groups):
    """(Source, Problem) of the groups and hosts of the inventory, and of names of ours that are mistakes in it."""
    problems = inventory_problems(given.get("hub_platform"), groups, bool(given.get("cloud_web_server")))
    for key, problem in [*problems, *([] if site.shipped else example_host_problems(groups))]:
        places = ((source, line) for source in site.inventory if (line := source.line_of(key)))
        source, line = next(places, (site.inventory[0] if site.inventory else None, 1))
        yield source, problem._replace(path=(), line=line) if source else problem
    for source in site.inventory:
        for path in inventory_names(source):
            for _, _, text, _ in unknown_names([path[-1]], site.roles, site.used):
                yield source, Problem(path, text)


def program_findings(site, variables):
    """(Source, Problem) of variables from an inventory that only Ansible can read, such as a program.

    variables: name of a group or host -> name of a variable -> the file from which Ansible read it, or None.
    """
    known, label = specification.variables(), next(iter(files.inventory_programs(site.folder)), "inventory")
    source, found = Source(label, ""), {path[-1] for s in site.inventory for path in inventory_names(s)}
    for entity, names in variables.items():
        for name in sorted(names.keys() - found):
            if names[name] and not names[name].endswith(f"/{label}"):
                continue
            texts = [text for _, _, text, _ in unknown_names([name], site.roles, site.used)]
            if name in known:
                home = f"group_vars/all/{known[name]['file']}.yml"
                texts = [f"set in an inventory file, where it does not apply to all hosts: move it to {home}"]
            for text in texts:
                yield source, Problem((entity, name), text)
    site.inventory.append(source)


def file_problems(sources, shipped):
    """(Source, Problem) of everything that the files alone show. shipped: examples, which may keep example values."""
    for source in sources:
        broken = [Problem((), source.broken[1], line=source.broken[0])] if source.broken and not source.is_ini else []
        problems = [*broken, *source.problems, *secrets_in_clear(source)]
        for problem in problems if shipped else [*problems, *example_problems(source)]:
            yield source, problem


def visible(site, path, value):
    """VALUE, whose Unknown parts say nothing that may be a part of a secret."""
    if isinstance(value, dict):
        return {key: visible(site, (*path, key), entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [visible(site, (*path, i), entry) for i, entry in enumerate(value)]
    if not isinstance(value, Unknown) or not value.text:
        return value
    undefined = re.match(r"refers to (\w+),", value.text)
    is_of_site = undefined and undefined[1] in site.clear_words and not is_secret(path)
    if undefined and (undefined[1][:6] == "vault_" or is_of_site):
        near = match(undefined[1], [name for name in site.names() if name[:6] == undefined[1][:6]])
        return Unknown(f"{value.text.partition(':')[0]}; did you mean {near}?") if near else value
    if "decrypt" in value.text or not (is_secret(path) or site.has_braces):
        return value
    return Unknown("" if f"vault_{'_'.join(map(str, path))}" in site.reported else BRACES)


def _keys(node):
    return [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
