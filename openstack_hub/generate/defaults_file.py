"""The defaults files group_vars/all/<file>.yml: every variable with its default and description."""

import textwrap

from openstack_hub.generate import describe
from openstack_hub.schema import specification

WIDTH = 118
HEAD = {
    "openstack": "Cloud and cluster: networks, nodes, sizes.",
    "jupyterhub": "The hub: address, sign-in, profiles, storage.",
}
INTRODUCTION = """\
All variables with their defaults; null means not set. `make docs` generates this file and updates replace it: set
variables in {file}.yml of your site folder instead, only those that differ. Details are in docs/variables.md.

[kubernetes]: only on this platform, refused on others.
"""


def defaults_file(file):
    """The text of group_vars/all/FILE.yml; file: openstack or jupyterhub."""
    lines = ["---", *_comment(HEAD[file])]
    for paragraph in INTRODUCTION.format(file=file).split("\n\n"):
        lines += _comment(paragraph)
    for section in specification.sections():
        if section["file"] == file:
            lines += _section(section)
    return "\n".join(lines) + "\n"


def _section(section):
    """The lines of a section; platforms that all its variables share are marked once, at its head."""
    variables = section["variables"]
    platforms = [variable.get("platforms") for variable in variables.values()]
    shared = {"platforms": platforms[0]} if all(each == platforms[0] for each in platforms) else {}
    yield from ("", f"# --- {section['title']} ".ljust(WIDTH, "-"))
    yield from _comment(" ".join([*_marks(shared), section.get("text", "")]))
    for name, variable in variables.items():
        yield ""
        yield from _entry(name, {**variable, "platforms": None} if shared else variable)


def _entry(name, variable):
    """The lines of one variable: description, choices or keys, an example, the default."""
    choices = describe.choices(variable)
    yield from _comment(_meaning(variable, describe.required(variable), f"{_of(variable)}:" if choices else ""))
    rows = [(word, " ".join([*_marks(about, word), about.get("text", "")])) for word, about in choices.items()]
    rows += _rows(variable)
    width = max((len(word) for word, _ in rows), default=0)
    for word, meaning in rows:
        yield from _comment(meaning, f"  {word:{width}}  ")
    if "example" in variable and not variable.get("default"):
        yield from _yaml(name, variable["example"], "# ")
    yield from _yaml(name, default(name, variable), "")


def default(name, variable):
    """The value in the defaults file; for a secret a reference to the vault."""
    if variable["type"] == "secret":
        return f"{{{{ vault_{name} | default('') }}}}"
    return variable.get("default")


def _rows(variable, indent=""):
    """(key, description) of the keys of VARIABLE, each followed by its own keys."""
    for key, sub in describe.keys(variable).items():
        choices = [" ".join([word, *_marks(about)]) for word, about in describe.choices(sub).items()]
        more = [f"{_of(sub)} {', '.join(choices)}."] if choices else []
        more += [f"Default: {describe.in_line(sub['default'])}."] if sub.get("default") else []
        yield indent + key, _meaning(sub, describe.required(sub, key=True), *more)
        yield from _rows(sub, indent + "  ")


def _meaning(variable, required, *more):
    """The description, preceded by marks, followed by bounds and MORE."""
    parts = (
        *["Required."] * required,
        *_marks(variable),
        variable["text"],
        describe.sentence(describe.bounds(variable)),
        *more,
    )
    return " ".join(filter(None, parts))


def _of(variable):
    return "Any of" if variable["type"] == "list" else "One of"


def _marks(variable, word=""):
    platforms = [f"[{', '.join(variable['platforms'])}]"] if variable.get("platforms") else []
    return platforms + ["(not yet)"] * describe.is_planned(word)


def _comment(text, first=""):
    """TEXT as comment lines; the first is prefixed with FIRST, the others are indented to match."""
    lines = textwrap.wrap(text, WIDTH - 2 - len(first)) or ([""] if first else [])
    return [f"# {' ' * len(first) if i else first}{line}".rstrip() for i, line in enumerate(lines)]


def _yaml(name, value, prefix):
    """The lines of `name: VALUE`, each prefixed with PREFIX; one line if it fits, else one per entry."""
    flat = f"{prefix}{name}: {describe.in_line(value)}"
    if len(flat) <= WIDTH or not isinstance(value, list):
        return [flat]
    return [f"{prefix}{name}:", *(f"{prefix}  - {describe.in_line(item)}" for item in value)]
