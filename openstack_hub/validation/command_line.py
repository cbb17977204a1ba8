"""Variables on the command line (-e)."""

import json

import yaml

from openstack_hub.schema import specification
from openstack_hub.schema.structure import read
from openstack_hub.validation.problems import Problem, match
from openstack_hub.validation.variable_names import own_prefixes, plainly, unknown_names

LISTED = "everybody on this machine sees it in the list of processes: put it into the vault (make vault-edit)"


def command_line_problems(given, roles, words, in_files=()):
    """[Problem] of the variables GIVEN on the command line.

    roles: as for unknown_names. words: those of the playbooks, which read further variables. in_files: names from
    files (-e @FILE).
    """
    known, given = specification.variables(), {str(name): value for name, value in given.items()}
    problems = []
    for name in (name for name in given if name not in words and name not in roles):
        if name in known or plainly(name) in known or name.startswith(own_prefixes({})):
            found = [text for _, _, text, _ in unknown_names([name], {}, words)]
        else:
            found = [f"unknown variable; did you mean {near}?"] if (near := match(name, known)) else []
        problems += [Problem((name,), text) for text in found]
    for name, value in given.items():
        is_secret = name[:6] == "vault_" or any(_has_secret(known.get(name), value))
        if is_secret and name not in in_files:
            problems.append(Problem((name,), f"a secret on the command line, where {LISTED}"))
    return problems


def _has_secret(spec, value):
    """Yields for each secret in VALUE that is no template."""
    if spec and spec["type"] == "secret" and value and "{{" not in str(value):
        yield True
    for key, sub in specification.children(spec) if spec else ():
        entries = (
            value if key == "[]" and isinstance(value, list) else [value.get(key)] if isinstance(value, dict) else ()
        )
        for entry in entries:
            yield from _has_secret(sub, entry)


def correction(name, value, platform):
    """The message for the text VALUE that -e name=value gives where another type is needed, or ""."""
    spec = specification.variables().get(name)
    if spec is None or not isinstance(value, str):
        return ""
    try:
        parsed = yaml.safe_load(value)
    except yaml.YAMLError:
        return ""
    if isinstance(parsed, str) or [problem for problem in read(spec, (name,), parsed, platform)[1] if problem.text]:
        return ""
    return f"-e {name}=... gives text: write -e '{json.dumps({name: parsed}, ensure_ascii=False, default=str)}'"
