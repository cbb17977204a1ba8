"""docs/variables.md, the reference: every variable with what is allowed, keys of maps, examples; made from the spec."""

import re

from openstack_hub.generate import describe
from openstack_hub.schema import specification

HEAD = """\
# Variables

Made by `make docs` from [openstack_hub/variables](../openstack_hub/variables). The manual is the same in short, as YAML
with all defaults: [openstack.yml](../group_vars/all/openstack.yml), [jupyterhub.yml](../group_vars/all/jupyterhub.yml).

- **Where to write.** In `group_vars/all/openstack.yml` and `jupyterhub.yml` of your site folder; they win over the
  manual. Write what differs and nothing else: then a default that an update improves reaches you.
- **Sizes** are `512M`, `1.5G`, `2T` (K, M, G, T in steps of 1024; a bare number is bytes). **Times** are `90s`, `15m`,
  `4h`, `1d`; a bare number is refused, but for 0.
- **Secrets** stand in the encrypted `vault.yml` as `vault_` and the variable's name, never in the two files.
- **Templates** such as `"{{ inventory_dir }}/certificates/hub.crt"` may stand for any value, in double quotes.
- **Platforms.** What `hub_platform` cannot do is refused, not ignored; so is what is not in this version yet. The
  number beside it is a line of [coverage.md](coverage.md).
- **In an editor** that knows JSON Schema (VS Code with the YAML extension, Neovim, JetBrains) names are completed and
  mistakes shown as you write. The first line of the two files leads to the schema, as `make site` writes it:
  `# yaml-language-server: $schema=…/schemas/jupyterhub.schema.json`. Values that are encrypted in place want
  `"yaml.customTags": ["!vault scalar"]` in VS Code's settings. `make validate` sees more: the rules between values.
"""
ROLES = """\
## Variables of the roles

For who uses a role alone. The playbooks give them their values in [wiring.yml](../group_vars/all/wiring.yml); those
with a star a site may set itself.
"""
ROLE_KINDS = {
    "str": "text",
    "path": "path",
    "int": "whole number",
    "bool": "true or false",
    "list": "list",
    "dict": "map",
}


def reference(roles, free):
    """The text of docs/variables.md. roles: name -> its argument spec; free: what a site may set of their variables."""
    parts = [HEAD, *_contents(roles)]
    for section in specification.sections():
        parts.append(f"## {section['title']}\n")
        parts += [f"{_prose(section['text'])}\n"] if "text" in section else []
        for name, variable in section["variables"].items():
            parts += [f"### {name}\n", *_entry(name, variable)]
    parts.append(ROLES)
    for role, about in roles.items():
        rows = _option_rows(about["options"], free)
        parts += [f"### Role {role}\n", f"{about['short_description']}.\n", _table("variable", rows)]
    return "\n".join(parts).rstrip() + "\n"


def _contents(roles):
    """A list of sections, each with links to its variables."""
    yield "## Contents\n"
    for section in specification.sections():
        names = " · ".join(f"[{name}](#{name})" for name in section["variables"])
        yield f"- [{section['title']}](#{_anchor(section['title'])}): {names}"
    names = " · ".join(f"[{role}](#role-{role})" for role in roles)
    yield f"- [Variables of the roles](#variables-of-the-roles): {names}\n"


def _anchor(title):
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _entry(name, variable):
    """The paragraphs of one variable: meaning, facts, choices or keys, an example in lines of YAML."""
    yield f"{_prose(variable['text'])}\n"
    yield f"{' · '.join(_facts(name, variable))}\n"
    if choices := describe.choices(variable):
        yield "".join(f"- {_choice(word, about, ': ')}\n" for word, about in choices.items())
    if describe.keys(variable):
        yield _table("key", _rows(variable))
    block = variable["default"] if _is_long(variable.get("default")) else variable.get("example")
    if isinstance(block, dict | list):
        yield f"```yaml\n{describe.in_lines({name: block})}```\n"


def _is_long(default):
    """Whether it is shown as lines of YAML."""
    return isinstance(default, dict | list) and len(describe.in_line(default)) > 60


def _facts(name, variable):
    """What is allowed, what holds otherwise, where it works."""
    default, example = variable.get("default"), variable.get("example")
    yield f"*{describe.value(variable)}*"
    if describe.required(variable):
        yield "**required**"
    if variable["kind"] == "secret":
        yield f"in the vault `vault_{name}`"
    if default and not _is_long(default):
        yield f"default `{describe.in_line(default)}`"
    if example and example != default and not isinstance(example, dict | list):
        yield f"such as `{describe.in_line(example)}`"
    yield from _states(variable)


def _states(variable, word=""):
    for state in describe.states(variable, word):
        yield re.sub(r" \((\w+)\)$", r", [\1](coverage.md)", state)


def _choice(word, about, between, after=""):
    told = "; ".join([*([about["text"]] if "text" in about else []), *_states(about, word)])
    return f"`{word}`{between}{told}{after}" if told else f"`{word}`"


def _rows(variable, path=""):
    """The cells of the keys inside VARIABLE, each followed by its own keys."""
    for key, sub in describe.keys(variable).items():
        choices = ", ".join(_choice(word, about, " (", ")") for word, about in describe.choices(sub).items())
        meaning = [_prose(sub["text"]), *map(describe.sentence, _states(sub)), choices and f"Choices: {choices}."]
        yield f"`{path}{key}`", _value(sub, describe.value(sub), sub.get("required")), " ".join(filter(None, meaning))
        yield from _rows(sub, f"{path}{key}{'[]' if sub['kind'] == 'list' else ''}.")


def _option_rows(options, free, path=""):
    for name, option in options.items():
        value = _value(option, ROLE_KINDS[option.get("type", "str")], option.get("required"))
        yield f"`{path}{name}`{' *' if name in free else ''}", value, _escape(option["description"])
        yield from _option_rows(option.get("options", {}), free, f"{path}{name}.")


def _value(entry, kind, required):
    default = f"default `{describe.in_line(entry['default'])}`" if entry.get("default") else ""
    return ", ".join(filter(None, [kind, required and "**required**", default]))


def _table(head, rows):
    lines = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([f"| {head} | value | meaning |", "|---|---|---|", *lines, ""])


def _escape(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def _prose(text):
    """TEXT for Markdown, in which names of variables lead to them."""
    names = "|".join(specification.variables())
    return re.sub(rf"(?<![\w/<])({names})(?![\w/>])", r"[\1](#\1)", _escape(text))
