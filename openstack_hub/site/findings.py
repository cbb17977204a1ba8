"""All problems of a site: of its files, names, values, inventory and command line."""

import re
from pathlib import Path

import yaml

from openstack_hub.schema import specification
from openstack_hub.site import files
from openstack_hub.site.unread import duplicate_variables, inventory_names, misplaced_variables, unread_problems
from openstack_hub.validation import check
from openstack_hub.validation.command_line import command_line_problems
from openstack_hub.validation.layout import layout_problems
from openstack_hub.validation.problems import Problem, Unknown
from openstack_hub.validation.rules.inventory import example_host_problems, inventory_problems
from openstack_hub.validation.variable_names import unknown_names, words_of_templates
from openstack_hub.validation.vault_values import vault_value_problems
from openstack_hub.validation.yaml_source import example_problems, is_secret, secrets_in_clear

BRACES = "cannot be evaluated: if a secret has braces, write !unsafe before it, in quotes (make vault-edit)"


class SiteFiles:
    """The files of a site folder as Sources. unread: (Source, Problem) of those that Ansible ignores."""

    def __init__(self, folder, groups=None, hosts=None, decrypt=None):
        self.folder, self.shipped = folder, files.is_shipped(folder)
        self.unread = list(unread_problems(folder, groups, hosts, decrypt))
        ignored = {source.label for source, _ in self.unread}
        self.variables = [source for source in files.sources(folder, decrypt) if source.label not in ignored]
        self.inventory = [s for s in files.inventory_sources(folder, decrypt) if s.label not in ignored]
        self.used = words_of_templates([*self.inventory, *self.variables])
        self.roles = files.role_variables()
        secrets = (node for source in self.variables if source.encrypted for _, node in source.scalars())
        self.has_braces = any("{" in node.value and node.tag != "!unsafe" for node in secrets)

    def all(self):
        """In the order of the report."""
        return [*self.inventory, *{id(source): source for source, _ in self.unread}.values(), *self.variables]

    def names(self, for_all=False):
        return {name for s in self.variables if s.is_for_all() or not for_all for name in s.nodes}


def site_findings(site, given, groups, extra, in_files=()):
    """(Source in which it was seen or None, Problem) of a whole site.

    site: its SiteFiles. given: variables by name. groups: name of a group -> its hosts. extra: variables of the command
    line, in_files: those of them that are from files (-e @FILE).
    """
    found = [*site.unread, *misplaced_variables(site.inventory, site.variables)]
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
    for source in (source for source in site.variables if source.encrypted):
        for problem in vault_value_problems(source, site.used):
            found.append((source, problem))
            meant.add(problem.path[0])
    meant = {name.removeprefix("vault_") for name in meant} - (site.names(for_all=True) - {"vault_"} - set(placed))
    given = {name: visible(site, (name,), value) for name, value in given.items()}
    given |= dict.fromkeys((meant | incomplete) & specification.variables().keys(), Unknown())
    found += [(None, problem) for problem in _value_problems(site, given, placed)]
    found += [(None, problem) for problem in _authority_problems(given.get("hub_iam_ca"))]
    found += [(None, problem) for problem in _command_line(site, extra, in_files)]
    found += list(_inventory(site, given, groups))
    found += file_problems([*site.inventory, *site.variables], site.shipped)
    return [*found, *duplicate_variables(site.variables)]


def _value_problems(site, given, placed):
    names = sorted(site.names() - set(placed))
    maps = {name: node for source in site.variables for name, (_, node) in source.nodes.items()}
    keys = {name: _keys(node) for name, node in maps.items()}
    common = set() if site.shipped else site.names(for_all=True)
    return check.site_problems(
        given, names, _is_file, site.shipped, site.roles, used=site.used, keys=keys, common=common
    )


def _authority_problems(path):
    if not path:
        return ()
    from openstack_hub.authorities import authority_problems  # slow to import, and rarely needed

    return authority_problems("hub_iam_ca", path)


def _is_file(path):
    return Path(path).expanduser().is_file()


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
    shown = undefined and (undefined[1][:6] == "vault_" or undefined[1] in site.used)
    return value if shown or not (is_secret(path) or site.has_braces) else Unknown("" if site.has_braces else BRACES)


def _keys(node):
    return [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
