"""A YAML file as its author sees it: lines, and what YAML makes of what stands there."""

import re

import yaml

from openstack_hub import kinds, spec
from openstack_hub.mistakes import Mistake, show

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
QUOTE = 'a value that begins with {{ must be in double quotes: "{{ ... }}"'
ENCODING = "a character that is not one of UTF-8: save the file in that encoding"
BASE_60 = re.compile(r"[-+]?\d+(:[0-5]?\d)+(\.\d*)?")


class Source:
    """One file of a site. label: its name in messages; nodes: variable -> (line of its name, node)."""

    def __init__(self, label, text):
        self.label, self.encrypted = label, text.startswith("$ANSIBLE_VAULT")
        self.nodes, self.mistakes, self.misread, self.broken = {}, [], {}, None
        if self.encrypted:
            return
        if "\ufffd" in text:  # what decoding puts where a character cannot be read
            self.broken = (text.count("\n", 0, text.index("\ufffd")) + 1, ENCODING)
            return
        try:
            root = yaml.compose(text, Loader=LOADER)
        except yaml.YAMLError as error:
            self.broken = _syntax(error, text)
            return
        if isinstance(root, yaml.MappingNode):
            for key, node in self._pairs(root, ()):
                self.nodes[key.value] = (key.start_mark.line + 1, node)
                self._look(node, (key.value,))
        elif root is not None and not root.tag.endswith(":null"):
            self.broken = (
                root.start_mark.line + 1,
                "variables are missing: write `name: value`, with a space after the colon",
            )

    def _look(self, node, path):
        """Notes what YAML reads in another way than it looks, all the way down."""
        if isinstance(node, yaml.MappingNode):
            for key, value in self._pairs(node, path):
                self._look(value, (*path, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for i, value in enumerate(node.value):
                self._look(value, (*path, i))
        elif isinstance(node, yaml.ScalarNode) and (hint := _misread(node)):
            self.misread[path] = hint

    def _pairs(self, node, path):
        lines = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                lines.setdefault(key.value, []).append(key.start_mark.line + 1)
            else:  # a map as a key: that is how YAML reads {{ name }}
                self.broken = (key.start_mark.line + 1, QUOTE)
        for name, at in lines.items():
            if len(at) > 1 and name != "<<":
                text = (
                    f"stands here {len(at)} times, in lines {' and '.join(map(str, at))}: YAML silently takes the last"
                )
                self.mistakes.append(Mistake((*path, str(name)), text))
        return [(key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]

    def find(self, path):
        """(line, node or None) of PATH, or of what is nearest above it; None when the variable is not in this file."""
        if path[0] not in self.nodes:
            return None
        line, node = self.nodes[path[0]]
        for part in path[1:]:
            below = _child(node, part)
            if below is None:
                return line, None
            line, node = below
        return line, node

    def scalars(self):
        """(path, node) of each scalar."""
        stack = [((name,), node) for name, (_, node) in self.nodes.items()]
        while stack:
            path, node = stack.pop()
            if isinstance(node, yaml.ScalarNode):
                yield path, node
            elif isinstance(node, yaml.MappingNode):
                stack += [((*path, str(key.value)), value) for key, value in node.value]
            else:
                stack += [((*path, i), value) for i, value in enumerate(node.value)]


def _misread(node):
    """`YAML reads no as false: ...` when YAML makes another value of a scalar than stands there, else ""."""
    if node.style or node.tag.endswith((":str", ":null", ":timestamp")) or not node.tag.startswith("tag:yaml.org"):
        return ""
    seen = show(yaml.load(node.value, Loader=LOADER))
    if BASE_60.fullmatch(node.value):
        return f"YAML reads {node.value} as the number {seen}: write a time like 90m, or put it in quotes"
    return "" if seen == node.value else f"YAML reads {node.value} as {seen}: put it in quotes, '{node.value}'"


def _child(node, part):
    """(line, node) of PART below NODE."""
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):
            if key.value == part:
                return key.start_mark.line + 1, value
    return None


def _syntax(error, text):
    """(line, sentence) for what is no YAML at all."""
    if isinstance(error, yaml.reader.ReaderError):
        return text.count("\n", 0, error.position) + 1, ENCODING
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1
    written = text.splitlines()[mark.line] if mark.line < len(text.splitlines()) else ""
    if written[mark.column : mark.column + 1] == "\t":
        return line, "a tab stands where YAML wants spaces"
    if re.search(r":\s+\{\{", written) or (error.context_mark and "{{" in text.splitlines()[error.context_mark.line]):
        return line, QUOTE
    if "mapping values are not allowed" in str(error.problem):
        return line, "a colon too many, or wrong indentation: put a text that holds a colon and a space in quotes"
    return line, f"this is not YAML: {error.problem}"


def secrets_in_clear(source):
    """Mistakes for secrets that stand in a file which is not encrypted."""
    for path, node in source.scalars():
        if node.value and "{{" not in node.value and node.tag != "!vault" and is_secret(path):
            yield Mistake(path, "a secret in clear text: move it into the encrypted vault.yml (make vault-edit)")


def is_secret(path):
    if path[0].startswith("vault_"):
        return True
    at = spec.variables().get(path[0])
    for part in path[1:]:
        at = dict(spec.children(at)).get("[]" if isinstance(part, int) else part) if at else None
    return bool(at) and at["kind"] == "secret"


def examples_left(source):
    """Mistakes for values that were meant to be replaced."""
    known = spec.variables()
    for path, node in source.scalars():
        if path[0] in known and kinds.EXAMPLE_DOMAIN.search(node.value):
            yield Mistake(path, f"{show(node.value)} is an example: write your own")
        elif (
            "lookup(" in node.value
            and "/dev/null" in node.value
            and path[0] in (*known, *(f"vault_{name}" for name in spec.secrets()))
        ):
            yield Mistake(path, "the example draws a new value at every run: put one into the vault (make vault-edit)")
