"""group_vars/all/<file>.yml, the manual: every variable with its default and what it means, made from the spec."""

import textwrap

import yaml

from openstack_hub import spec

WIDTH = 118
HEAD = {
    "openstack": "Number and size of machines: the cloud and the cluster.",
    "jupyterhub": "The hub: address, sign-in, profiles, storage.",
}
EXPLAINED = """\
Every variable stands here with its default. This file comes with the product and is replaced by its updates: write what
differs into {file}.yml of your site folder. docs/variables.md says more. Made by `make docs`.
"""


def manual(file):
    """The text of the manual for FILE, openstack or jupyterhub."""
    parts = ["---", *comment(HEAD[file]), *comment(EXPLAINED.format(file=file))]
    for section in spec.sections():
        if section["file"] == file:
            parts += ["", f"# --- {section['title']} ".ljust(WIDTH, "-"), *comment(section.get("text", ""))]
            for name, variable in section["variables"].items():
                parts += ["", *entry(name, variable)]
    return "\n".join(parts) + "\n"


def entry(name, variable):
    lines = comment(" ".join(filter(None, [*marks(variable), variable["text"], choices(variable)])))
    for key, sub in variable.get("items", variable).get("keys", {}).items():
        lines += comment(f"{key}: {' '.join(filter(None, [*marks(sub, key=True), sub['text'], choices(sub)]))}", "  ")
    if "example" in variable and not variable.get("default"):
        lines += yaml_lines({name: variable["example"]}, "# ")
    return lines + yaml_lines({name: default(name, variable)}, "")


def default(name, variable):
    """What stands in the manual: a secret's default is its place in the vault."""
    if variable["kind"] == "secret":
        return f"{{{{ vault_{name} | default('') }}}}"
    return variable.get("default")


def marks(variable, key=False):
    """Words before the text: whether it must be set, and where it works."""
    needed = variable.get("required") if key else not {"default", "optional"} & set(variable)
    if needed and (key or variable["kind"] != "secret"):
        yield "Required."
    if "platforms" in variable:
        yield f"[{', '.join(variable['platforms'])}]"
    if "planned" in variable:
        yield "(Not in this version yet.)"


def choices(variable):
    """`host: everything on one machine; slurm: ...` for what there is to choose."""
    found = variable.get("items", variable).get("choices", {})
    told = (f"{word} ({about})" if (about := _about(choice)) else word for word, choice in found.items())
    return f"One of: {', '.join(told)}." if found else ""


def _about(choice):
    return ", ".join(filter(None, [choice.get("text"), "not yet" if "planned" in choice else ""]))


def comment(text, indent=""):
    return [
        f"# {indent}{line}"
        for line in textwrap.wrap(text, WIDTH - 2 - len(indent), subsequent_indent="  " if indent else "")
    ]


def yaml_lines(value, prefix):
    """VALUE as YAML with each line after PREFIX; what fits in one line stands in one."""
    ((name, entry),) = value.items()
    flat = f"{name}: {show_flat(entry)}"
    if len(flat) <= WIDTH - len(prefix):
        return [prefix + flat]
    return [f"{prefix}{name}:", *(f"{prefix}  - {show_flat(item)}" for item in entry)]


class Dumper(yaml.SafeDumper):
    """YAML in which a text that needs quotes has double ones, as everywhere in Ansible."""

    def choose_scalar_style(self):
        style = super().choose_scalar_style()
        return '"' if style == "'" else style


def show_flat(value):
    text = yaml.dump(value, Dumper=Dumper, default_flow_style=True, width=10000, sort_keys=False, allow_unicode=True)
    return text.removesuffix("...\n").strip()
