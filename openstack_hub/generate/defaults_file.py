"""group_vars/all/<file>.yml, the manual: every variable with its default and what it means, made from the spec."""

import textwrap

from openstack_hub.generate import describe
from openstack_hub.schema import specification

WIDTH = 118
HEAD = {
    "openstack": "Number and size of machines: the cloud and the cluster.",
    "jupyterhub": "The hub: address, sign-in, profiles, storage.",
}
EXPLAINED = """\
Every variable stands here with its default; null is not set. This file comes with the product, made by `make docs`, and
an update replaces it: write what differs into {file}.yml of your site folder. More is in docs/variables.md.

[kubernetes]: refused on other platforms. (not yet): refused in this version, it will come.
"""


def manual(file):
    """The text of the manual for FILE, openstack or jupyterhub."""
    lines = ["---", *_comment(HEAD[file])]
    for paragraph in EXPLAINED.format(file=file).split("\n\n"):
        lines += _comment(paragraph)
    for section in specification.sections():
        if section["file"] == file:
            lines += _section(section)
    return "\n".join(lines) + "\n"


def _section(section):
    """The lines of a section; platforms that all its variables share are said once, at its head."""
    variables = section["variables"]
    platforms = [variable.get("platforms") for variable in variables.values()]
    shared = {"platforms": platforms[0]} if all(each == platforms[0] for each in platforms) else {}
    yield from ("", f"# --- {section['title']} ".ljust(WIDTH, "-"))
    yield from _comment(" ".join([*_marks(shared), section.get("text", "")]))
    for name, variable in variables.items():
        yield ""
        yield from _entry(name, {**variable, "platforms": None} if shared else variable)


def _entry(name, variable):
    """The lines of one variable: meaning, what stands inside, an example, the default."""
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
    """What stands in the manual: a secret's default is its place in the vault."""
    if variable["kind"] == "secret":
        return f"{{{{ vault_{name} | default('') }}}}"
    return variable.get("default")


def _rows(variable, indent=""):
    """(key, meaning) of the keys inside VARIABLE, each followed by its own keys."""
    for key, sub in describe.keys(variable).items():
        told = [" ".join([word, *_marks(about)]) for word, about in describe.choices(sub).items()]
        more = [f"{_of(sub)} {', '.join(told)}."] if told else []
        more += [f"Default: {describe.in_line(sub['default'])}."] if sub.get("default") else []
        yield indent + key, _meaning(sub, describe.required(sub, key=True), *more)
        yield from _rows(sub, indent + "  ")


def _meaning(variable, required, *more):
    """The text, before it what must be known first, after it what is allowed."""
    told = (
        *["Required."] * required,
        *_marks(variable),
        variable["text"],
        describe.sentence(describe.bounds(variable)),
        *more,
    )
    return " ".join(filter(None, told))


def _of(variable):
    return "Any of" if variable["kind"] == "list" else "One of"


def _marks(variable, word=""):
    platforms = [f"[{', '.join(variable['platforms'])}]"] if variable.get("platforms") else []
    return platforms + ["(not yet)"] * describe.is_planned(variable, word)


def _comment(text, first=""):
    """TEXT as lines of comment, the first one after FIRST, the others below it."""
    lines = textwrap.wrap(text, WIDTH - 2 - len(first)) or ([""] if first else [])
    return [f"# {' ' * len(first) if i else first}{line}".rstrip() for i, line in enumerate(lines)]


def _yaml(name, value, prefix):
    """`name: VALUE`, each line after PREFIX; in one line when it fits, else one for each entry."""
    flat = f"{prefix}{name}: {describe.in_line(value)}"
    if len(flat) <= WIDTH or not isinstance(value, list):
        return [flat]
    return [f"{prefix}{name}:", *(f"{prefix}  - {describe.in_line(item)}" for item in value)]
