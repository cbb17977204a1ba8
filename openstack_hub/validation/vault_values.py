"""Values of a vault that YAML or Ansible reads differently than they look. No message shows a part of one."""

import re
import unicodedata

from openstack_hub.schema import specification
from openstack_hub.validation.problems import Problem
from openstack_hub.validation.yaml_source import has_typographic_quotes, is_secret

EDIT = "(make vault-edit)"


def vault_value_problems(source, used, names):
    """[Problem] of the decrypted vault SOURCE. used: names in our secrets. names: all that the site defines."""
    ours = {f"vault_{name}" for name in specification.secrets()} | used
    return [
        Problem(path[:1], f"{text} {EDIT}")
        for path, node in source.scalars()
        if path[0] in ours or (path[0][:6] != "vault_" and is_secret(path))
        if (text := _problem(node, source.lines[node.start_mark.line], names))
    ]


def _problem(node, line, names):
    """What is wrong with the scalar of a secret in this LINE, or ""."""
    return next((text for is_wrong, text in _checks(node, line, names) if is_wrong), "")


def _checks(node, line, names):
    """(whether it is so, message)"""
    value, plain = node.value, not node.style
    rest = line[node.end_mark.column :] if node.start_mark.line == node.end_mark.line else ""
    if node.tag.endswith(":null"):
        yield re.search(r":\s+[#&]\S", line), "the secret is empty: a value that begins with # or & must be in quotes"
        return
    yield (
        plain and re.search(r":\s+&\S+\s+\S", line),
        "YAML takes the part of the secret after & for a name: put the secret in quotes",
    )
    yield (
        plain and re.match(r"\s+#[^\s#]", rest),
        "YAML takes the end of the secret, from #, for a comment: put the secret in quotes",
    )
    yield (
        node.tag != "!unsafe" and re.search(r"\{\{|\{%|\{#", value) and not _is_template(value, names),
        "Ansible takes the braces in the secret for a template: write !unsafe before the value, in quotes",
    )
    yield (
        value.endswith("\n"),
        "the secret ends with a line break (from | or >): write it after the colon, in quotes",
    )
    yield value != value.strip(), "the secret begins or ends with a space: remove it"
    yield (
        plain and has_typographic_quotes(value),
        "the typographic quotes are part of the secret: write straight ones",
    )
    is_invisible = any(unicodedata.category(c) in ("Cf", "Cc") or c == "\u00a0" for c in value)
    yield is_invisible, "the secret contains an invisible character: type it again"


def _is_template(value, names):
    """Whether the braces in VALUE are meant as a template, which refers to one of NAMES."""
    template = re.fullmatch(r"\s*\{\{([^{}]*)\}\}\s*", value)
    return bool(template) and ("lookup(" in value or bool({*re.findall(r"\w+", template[1])} & names))
