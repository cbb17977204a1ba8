"""Files of a site with typing errors."""

import yaml
from hypothesis import strategies as st
from mutations import PROJECT, SECRET, SITES

from openstack_hub.schema import specification

TYPED = [
    "\t", " ", "    ", "\n", "\n\n", ":", ": ", " #", "#", "-", "- ", "-x", "=", "?", "? ", ",", "'", '"', "`", "@",
    "%", "&a ", "*a", "*b", "[", "]", "{", "}", "{{", "{{ x }}", "}}", "{%", "|", ">-", "|2", "!", "! ", "!!",
    "!!set ", "!!int ", "!!float ", "!!binary ", "!!omap ", "!!timestamp ", "!!python/name:os.system ", "!vault ",
    "!unsafe ", "!x ", "---", "--- ", "...", "%YAML 9.9\n", "<<: ", "<<: *a", "no", "yes", "on", "~", "null", ".nan",
    "-.inf", "1:30", "12:30:45", "007", "0x1F", "0o7", "1_000", "1e3", "2027-02-30", "2027-01-01",
    "2027-01-01 25:61:61", "<<<<<<< HEAD", "=======", "hub_idle: 1h\n", "hub_domian: x\n", "vault_x: 1\n",
    "$ANSIBLE_VAULT;1.1", "é", "🐍", "\r", "\r\n", "\x00", "\x07", "\x1b", "\x7f", "\x85", "\xa0", "\u2028", "\ufeff",
    "\ufffd", "\ufffe", "x" * 200, "[" * 60, "{a: " * 30,
]  # fmt: skip
FOLDER = PROJECT / "inventories/example/group_vars/all"
FILES = {
    "group_vars/all/jupyterhub.yml": (FOLDER / "jupyterhub.yml").read_text(),
    "group_vars/all/vault.yml": "".join(f"vault_{name}: {SECRET}\n" for name in specification.secrets()),
    "group_vars/all/openstack.yml": yaml.safe_dump(SITES[2], sort_keys=False),
}


@st.composite
def files(draw):
    """(label, text)"""
    label = draw(st.sampled_from(sorted(FILES)))
    text = FILES[label]
    for _ in range(draw(st.integers(1, 4))):
        lines = text.split("\n")
        at = draw(st.integers(0, max(0, len(lines) - 1)))
        if draw(st.booleans()):
            lines[at : at + 1] = draw(st.sampled_from(EDITS))(lines[at])
            text = "\n".join(lines)
        else:
            begin = draw(st.integers(0, len(lines[at])))
            end = draw(st.sampled_from([begin, begin, begin + 1, len(lines[at])]))
            lines[at] = lines[at][:begin] + draw(st.sampled_from(TYPED)) + lines[at][end:]
            text = "\n".join(lines)
    return label, text


EDITS = [
    lambda line: [],
    lambda line: [line, line],
    lambda line: [f" {line}"],
    lambda line: [f"\t{line}"],
    lambda line: [line[1:]],
    lambda line: [line.lstrip()],
    lambda line: [line.replace(": ", ":")],
    lambda line: [line.replace('"', "")],
    lambda line: [line[: len(line) // 2]],
    lambda line: [f"- {line}"],
    lambda line: [f"# {line}"],
]
