"""Every mistake in the variables at once."""

import re

from openstack_hub import spec
from openstack_hub.mistakes import Mistake, match, nearest
from openstack_hub.rules import address, cluster, people, profiles, sign_in, slurm, storage
from openstack_hub.shape import read

TOPICS = (address, sign_in, profiles, cluster, slurm, storage, people)


class Parsed(dict):
    """The parsed variables by name. What is wrong is None and stands in `broken`."""

    def __init__(self, values, broken):
        super().__init__(values)
        self.broken = broken

    def absent(self, *names):
        """Whether none of NAMES was given a value that is wrong: then None means that it is not there."""
        return not self.broken & set(names)


def check(given):
    """(Parsed, [Mistake]) of the variables GIVEN, a dict by name; absent ones take their defaults."""
    variables = spec.variables()
    mistakes, values, platform = [], {}, None
    for name in ("hub_platform", *(name for name in variables if name != "hub_platform")):
        value = given.get(name, variables[name].get("default"))
        values[name], wrong = read(variables[name], (name,), value, platform)
        platform = values["hub_platform"]
        mistakes += wrong
    parsed = Parsed(values, {mistake.path[0] for mistake in mistakes})
    mistakes += [mistake for topic in TOPICS for mistake in topic.rules(parsed)]
    if platform and platform not in spec.BUILT:
        text = f"this version only checks its variables; it installs platform {' and '.join(spec.BUILT)}"
        mistakes.append(Mistake(("hub_platform",), text, warning=True))
    return parsed, mistakes


def site(given, names, is_file, shipped, roles):
    """[Mistake] of a whole site.

    given: variables by name. names: every name that stands in the site's files. is_file: whether a path is one, on the
    machine that runs Ansible. shipped: an example, whose files need not be there. roles: name of each role's variable
    -> the value that the wiring gives it, or None.
    """
    parsed, mistakes = check(given)
    known = spec.variables()
    meant = {spec.renamed().get(name) or match(name, list(known)) for name in names if name not in known}
    told = [m for m in mistakes if not (m.path[0] in meant and m.text.startswith("missing"))]
    missing = (
        Mistake(path, f"there is no file {value} on the machine that runs Ansible", warning=shipped)
        for name, value in parsed.items()
        for path, value in files(known[name], (name,), value)
        if not is_file(value)
    )
    return [*unknown(names, roles), *told, *missing]


def files(at, path, value):
    """(path, value) of each file that VALUE names."""
    if value is None:
        return
    if at["kind"] == "file":
        yield path, value
    for part, below in spec.children(at):
        parts = enumerate(value) if part == "[]" else [(part, value.get(part))]
        for key, entry in parts:
            yield from files(below, (*path, key), entry)


def unknown(names, roles):
    """Names with our prefixes that nobody reads, and those that are not for a site to set."""
    known, renamed = list(spec.variables()), spec.renamed()
    prefixes = tuple({f"{name.split('_')[0]}_" for name in (*known, *roles)} | {"openstack_hub_"})
    for name in names:
        if name in renamed:
            yield Mistake((name,), f"this variable is now called {renamed[name]}")
        elif roles.get(name) is not None:
            sources = dict.fromkeys(re.findall(rf"\b(?:{'|'.join(known)})\b", str(roles[name])))
            yield Mistake((name,), f"it follows from {' and '.join(sources) or 'other variables'}: leave it out")
        elif name not in known and name not in roles and name.startswith(prefixes):
            yield Mistake((name,), f"there is no such variable{nearest(name, known)}")
