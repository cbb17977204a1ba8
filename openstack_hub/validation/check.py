"""Finds all problems in the variables at once."""

import re
from importlib import import_module

from openstack_hub.platforms import INSTALLED, PLATFORMS
from openstack_hub.schema import specification
from openstack_hub.schema.structure import read
from openstack_hub.validation.certificate_files import certificate_file_problems
from openstack_hub.validation.problems import Problem, Unknown, match, meant, not_set, renamed
from openstack_hub.validation.rules.access import access_problems
from openstack_hub.validation.rules.address import address_problems
from openstack_hub.validation.rules.advisories import advisory_problems
from openstack_hub.validation.rules.profiles import profile_problems
from openstack_hub.validation.rules.repositories import repository_problems
from openstack_hub.validation.rules.sign_in import sign_in_problems
from openstack_hub.validation.rules.storage import storage_problems

# What they allow or order is done by one run: on the command line, and never again by what a file says.
ONE_RUN = (
    "accounts_disable", "accounts_enable", "accounts_reset", "audit_confirmation", "audit_erase", "cluster_recreate",
    "destroy_address", "destroy_cluster", "destroy_homes", "destroy_hub", "people_issuer", "people_move",
    "people_subject",
)  # fmt: skip
# Role variables that playbooks/destroy.yml sets.
DESTRUCTION = (
    "cloud_delete_address", "cluster_delete_homes", "destroy_given", "hub_kubernetes_cluster_removed",
    "hub_kubernetes_delete_homes", "hub_systemd_remove_homes",
)  # fmt: skip
# Of every platform
TOPICS = (
    address_problems, sign_in_problems, access_problems, profile_problems, repository_problems, storage_problems,
    advisory_problems,
)  # fmt: skip


class Parsed(dict):
    """The parsed variables by name; wrong values are None. broken: the paths of the wrong values."""

    def __init__(self, values, problems):
        super().__init__(values)
        self.broken = {problem.path for problem in problems}

    def is_valid(self, *names):
        """Whether nothing in the variables NAMES is wrong, so that None means absent."""
        return not {path[0] for path in self.broken} & set(names)

    def is_valid_at(self, *path):
        """Whether the value at PATH is not wrong, so that None means absent."""
        return path not in self.broken


def platform_topics(platform):
    """The functions with the rules of PLATFORM alone, such as `cloud_problems` of rules/cloud.py."""
    modules = {name: import_module(f"openstack_hub.validation.rules.{name}") for name in PLATFORMS[platform].rules}
    return [getattr(module, f"{name}_problems") for name, module in modules.items()]


def check(given):
    """(Parsed, [Problem]) of the variables GIVEN, a dict by name; absent ones take their defaults."""
    variables = specification.variables()
    problems, values, platform = [], {}, None
    for name in ("hub_platform", *(name for name in variables if name != "hub_platform")):
        value = given.get(name, variables[name].get("default"))
        values[name], errors = read(variables[name], (name,), value, platform)
        platform = values["hub_platform"]
        problems += errors
    parsed = Parsed(values, problems)
    topics = (*TOPICS, *(platform_topics(platform) if platform else ()))
    problems += [problem for topic in topics for problem in topic(parsed)]
    if platform and platform not in INSTALLED:
        text = f"this version only validates platform {platform}; it installs {' and '.join(INSTALLED)}"
        problems.append(Problem(("hub_platform",), text, warning=True))
    return parsed, [problem for problem in problems if problem.text]


def parse(given):
    """The Parsed variables GIVEN. Raises ValueError with one line per error: `hub_idle: '1w' is not a time: ...`."""
    parsed, problems = check(given)
    if errors := [str(problem) for problem in problems if not problem.warning]:
        raise ValueError("\n".join(errors))
    return parsed


def site_problems(given, names, is_file, shipped, roles, *, read_file=None):
    """[Problem] of a whole site.

    given: variables by name. names: every name that the site's files set. is_file: whether a path is a file on the
    machine that runs Ansible. shipped: an example, whose files need not exist. roles: name of each role variable -> the
    value that the wiring gives it, or None. read_file: path -> (bytes, mode), or OSError; without it certificates are
    not checked.
    """
    known = specification.variables()
    unknown = {name: (near, text) for name, near, text in unknown_names(names, roles)}
    misspelled = {near for near, _ in unknown.values() if near and near not in names}
    parsed, problems = check(given | dict.fromkeys(misspelled, Unknown()))
    problems = [
        problem._replace(text=f"{problem.text}, and remove this line")
        if problem.path[0] in names and problem.text == not_set(problem.path[0])
        else problem
        for problem in problems
    ]
    missing_files = (
        Problem(path, f"{value} does not exist on the controller: create the file", warning=shipped)
        for name, value in parsed.items()
        for path, value in named_files(known[name], (name,), value)
        if not is_file(value)
    )
    unsuitable = certificate_file_problems(parsed, is_file, read_file) if read_file and not shipped else ()
    return [*(Problem((name,), text) for name, (_, text) in unknown.items()), *problems, *missing_files, *unsuitable]


def named_files(spec, path, value):
    """(path, value) of each file that VALUE names."""
    if value is None:
        return
    if spec["type"] == "file":
        yield path, value
    for part, sub in specification.children(spec):
        entries = enumerate(value) if part == "[]" else [(part, value.get(part))]
        for key, entry in entries:
            yield from named_files(sub, (*path, key), entry)


def unknown_names(names, roles):
    """(name, variable that is probably meant or None, message) of NAMES that nothing reads or that a site must not set.

    Names with other prefixes are the site's own, unless they resemble a declared variable that is not set.
    """
    known, former = list(specification.variables()), specification.renamed()
    prefixes = tuple({f"{name.split('_')[0]}_" for name in (*known, *roles)} | {"openstack_hub_"})
    for name in names:
        if name in ONE_RUN:
            yield name, None, f"only counts on the command line of one run, -e {name}=...: remove this line"
        elif name in DESTRUCTION:
            yield name, None, "decided by the command line of playbooks/destroy.yml: remove it"
        elif name in former:
            yield name, former[name], renamed("variable", former[name], former[name] in names)
        elif roles.get(name) is not None:
            sources = dict.fromkeys(re.findall(rf"\b(?:{'|'.join(known)})\b", str(roles[name])))
            reason = f"derived from {' and '.join(sources)}" if sources else "not for a site to set"
            yield name, None, f"{reason}: remove it"
        elif name not in known and name not in roles and not name.startswith("vault_"):
            near = (meant if name.startswith(prefixes) else match)(name, known)
            if name.startswith(prefixes) or (near and near not in names):
                hint = f"; did you mean {near}?" if near else ": docs/variables.md lists all"
                yield name, near, f"unknown variable{hint}"
