"""Every mistake in the variables at once."""

import re

from openstack_hub.schema import specification
from openstack_hub.schema.structure import read
from openstack_hub.validation.problems import Mistake, Unknown, match, meant
from openstack_hub.validation.rules import address, chart, cloud, cluster, people, profiles, sign_in, slurm, storage

TOPICS = (address, sign_in, profiles, cloud, cluster, chart, slurm, storage, people)


class Parsed(dict):
    """The parsed variables by name. What is wrong is None; `broken` are the paths of all that is."""

    def __init__(self, values, mistakes):
        super().__init__(values)
        self.broken = {mistake.path for mistake in mistakes}

    def absent(self, *names):
        """Whether in none of the variables NAMES is anything wrong: then None means that it is not there."""
        return not {path[0] for path in self.broken} & set(names)

    def sound(self, *path):
        """Whether what stands at PATH, or does not, is right: then None means that it is not there."""
        return path not in self.broken


def check(given):
    """(Parsed, [Mistake]) of the variables GIVEN, a dict by name; absent ones take their defaults."""
    variables = specification.variables()
    mistakes, values, platform = [], {}, None
    for name in ("hub_platform", *(name for name in variables if name != "hub_platform")):
        value = given.get(name, variables[name].get("default"))
        values[name], wrong = read(variables[name], (name,), value, platform)
        platform = values["hub_platform"]
        mistakes += wrong
    parsed = Parsed(values, mistakes)
    mistakes += [mistake for topic in TOPICS for mistake in topic.rules(parsed)]
    if platform and platform not in specification.BUILT:
        text = f"this version only checks its variables; it installs platform {' and '.join(specification.BUILT)}"
        mistakes.append(Mistake(("hub_platform",), text, warning=True))
    return parsed, [mistake for mistake in mistakes if mistake.text]


def site(given, names, is_file, shipped, roles):
    """[Mistake] of a whole site.

    given: variables by name. names: every name that stands in the site's files. is_file: whether a path is one, on the
    machine that runs Ansible. shipped: an example, whose files need not be there. roles: name of each role's variable
    -> the value that the wiring gives it, or None.
    """
    known = specification.variables()
    strange = {name: (near, text) for name, near, text in unknown(names, roles)}
    told = {near for near, _ in strange.values() if near and near not in names}
    parsed, mistakes = check(given | dict.fromkeys(told, Unknown()))
    mistakes = [
        m._replace(text=f"{m.text}, and leave this line out")
        if m.path[0] in names and m.text.startswith("nothing is set")
        else m
        for m in mistakes
    ]
    missing = (
        Mistake(path, f"there is no file {value} on the machine that runs Ansible", warning=shipped)
        for name, value in parsed.items()
        for path, value in files(known[name], (name,), value)
        if not is_file(value)
    )
    return [*(Mistake((name,), text) for name, (_, text) in strange.items()), *mistakes, *missing]


def files(at, path, value):
    """(path, value) of each file that VALUE names."""
    if value is None:
        return
    if at["kind"] == "file":
        yield path, value
    for part, below in specification.children(at):
        parts = enumerate(value) if part == "[]" else [(part, value.get(part))]
        for key, entry in parts:
            yield from files(below, (*path, key), entry)


def unknown(names, roles):
    """(name, variable that is probably meant or None, sentence) of names that nobody reads or that a site must not set.

    Names with other prefixes than ours are the site's own, unless they resemble a variable of ours that stands nowhere.
    """
    known, renamed = list(specification.variables()), specification.renamed()
    prefixes = tuple({f"{name.split('_')[0]}_" for name in (*known, *roles)} | {"openstack_hub_"})
    for name in names:
        if name in renamed:
            yield name, renamed[name], f"this variable is now called {renamed[name]}: rename it here"
        elif roles.get(name) is not None:
            sources = dict.fromkeys(re.findall(rf"\b(?:{'|'.join(known)})\b", str(roles[name])))
            told = f"it follows from {' and '.join(sources)}" if sources else "it is not for a site to set"
            yield name, None, f"{told}: leave it out"
        elif name not in known and name not in roles and not name.startswith("vault_"):
            near = (meant if name.startswith(prefixes) else match)(name, known)
            if name.startswith(prefixes) or (near and near not in names):
                hint = f"; did you mean {near}?" if near else ": docs/variables.md lists all"
                yield name, near, f"there is no such variable{hint}"
