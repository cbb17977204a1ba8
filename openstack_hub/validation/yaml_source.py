"""A YAML file as its author sees it: lines, and what YAML makes of what stands there."""

import re
from pathlib import PurePath

import yaml

from openstack_hub.schema import specification, types
from openstack_hub.validation.problems import Mistake, show

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
QUOTE = 'a value that begins with {{ must be in double quotes: "{{ ... }}"'
COLON = "a colon too many, or wrong indentation: put a text that holds a colon and a space in quotes"
ENCODING = "a character that is not one of UTF-8: save the file in that encoding"
ALL = [("group_vars", f"all{end}") for end in ("", ".yml", ".yaml", ".json")]
BASE_60 = re.compile(r"[-+]?\d+(:[0-5]?\d)+(\.\d*)?")
# What a line looks like -> what is wrong with it. Looked for where YAML stumbled and in the line above.
SLIPS = (
    (re.compile(r"[ ]*\t"), "a tab stands where YAML wants spaces"),
    (re.compile(r"[^'\"#]*[:\-\[{,]\s*\{\{"), QUOTE),
    (re.compile(r"(<{7}|={7}|>{7})( |$)"), "what Git leaves of a conflict: decide between the two and remove this"),
    (re.compile(r"\s*(- +)?[A-Za-z_]\w*:[^\s/:]"), "a space is missing after the colon"),
    (
        re.compile(r"\s*(- +)?[A-Za-z_]\w*\s*=(\s|$)"),
        "an equals sign stands where a colon belongs: write `name: value`",
    ),
    (re.compile(r"\s*-[A-Za-z_/]"), "a space is missing after the dash"),
    (re.compile(r"\s*(- +)?([A-Za-z_]\w*:\s+)?[@`%*]"), "a value that begins with @, `, % or * must be in quotes"),
)
# What YAML says -> what that means for people.
PROBLEMS = (
    ("mapping values are not allowed", COLON),
    ("unexpected end of stream", "the quotation marks that open here are never closed"),
    ("expected ',' or", "the bracket that opens here is never closed"),
    ("another document", "--- may stand only at the top of the file"),
    ("expected (key|<block end>)", "this does not fit the lines above: look at indentation and quotation marks"),
    ("expected '?<document start>", "this is indented less than the lines above"),
)


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
                line = key.start_mark.line + 1
                try:
                    self._look(node, (key.value,))
                    self.nodes[key.value] = (line, node)
                except RecursionError:
                    self.broken = (line, "this holds itself, by & and *: write it out")
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
        elif isinstance(node, yaml.ScalarNode) and node.tag.endswith(":timestamp") and not _is_day(node.value):
            self.broken = (node.start_mark.line + 1, f"{node.value} looks like a date, but there is no such day")
        elif isinstance(node, yaml.ScalarNode) and not is_secret(path) and (seen := _misread(node)):
            self.misread[path] = (node.value, seen)
            if BASE_60.fullmatch(node.value) and path[0] in specification.variables():
                text = f"{self.reading(path)}: write {seen} if that is what you mean"
                self.mistakes.append(Mistake(path, text))

    def reading(self, path):
        """`YAML reads no as false`, where YAML makes another value of what stands at PATH, else ""."""
        return "YAML reads {} as {}".format(*self.misread[path]) if path in self.misread else ""

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
                    f"stands here {len(at)} times, in lines {' and '.join(map(str, at))}: leave one (the last counts)"
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

    def is_for_all(self):
        """Whether every machine reads it."""
        return PurePath(self.label).parts[:2] in ALL

    def is_vault(self):
        """Whether all that stands here belongs to a vault."""
        return all(name.startswith("vault_") for name in self.nodes)

    def scalars(self):
        """(path, node) of each scalar, from the top of the file."""
        stack = [((name,), node) for name, (_, node) in self.nodes.items()][::-1]
        while stack:
            path, node = stack.pop()
            if isinstance(node, yaml.ScalarNode):
                yield path, node
            elif isinstance(node, yaml.MappingNode):
                stack += [((*path, str(key.value)), value) for key, value in reversed(node.value)]
            else:
                stack += [((*path, i), value) for i, value in enumerate(node.value)][::-1]


def _is_day(text):
    try:
        return bool(yaml.load(text, Loader=LOADER))
    except ValueError:
        return False


def _misread(node):
    """What YAML makes of a scalar, when that is not what stands there, else ""."""
    if node.style or not node.tag.endswith((":bool", ":int", ":float")):
        return ""
    try:
        seen = show(yaml.load(node.value, Loader=LOADER))
    except (yaml.YAMLError, ValueError):  # !!int = and the like
        return ""
    return "" if seen == node.value else seen


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
    mark, lines = error.problem_mark or error.context_mark, [*text.splitlines(), ""]
    near = [at for at in (mark.line, mark.line - 1) if 0 <= at < len(lines) and lines[at].strip()]
    if lines[min(mark.line, len(lines) - 1)][mark.column : mark.column + 1] == "\t":
        return mark.line + 1, SLIPS[0][1]
    for slip, sentence in SLIPS:
        for at in near:
            if slip.match(lines[at]):
                return at + 1, sentence
    for problem, sentence in PROBLEMS:
        if re.search(problem, str(error.problem)):
            return (error.context_mark if "never closed" in sentence else mark).line + 1, sentence
    return mark.line + 1, f"this is not YAML: {error.problem}"


def secrets_in_clear(source):
    """Mistakes for secrets that stand in a file which is not encrypted; one for a vault that is not."""
    found = [path for path, node in source.scalars() if _is_written(node) and is_secret(path)]
    if found and source.is_vault():
        yield Mistake(found[0], f"this file is not encrypted: ansible-vault encrypt {source.label}")
        return
    for path in found:
        place = "" if path[0].startswith("vault_") else f" as {'_'.join(('vault', *map(str, path)))}"
        yield Mistake(path, f"a secret in clear text: move it into the encrypted vault.yml{place} (make vault-edit)")


def _is_written(node):
    """Whether a scalar is more than a reference to something that stands elsewhere."""
    return node.value and "{{" not in node.value and not node.tag.endswith(("!vault", ":null"))


def is_secret(path):
    if path[0].startswith("vault_"):
        return True
    at = specification.variables().get(path[0])
    for part in path[1:]:
        at = dict(specification.children(at)).get("[]" if isinstance(part, int) else part) if at else None
    return bool(at) and at["kind"] == "secret"


def examples_left(source):
    """Mistakes for values that were meant to be replaced; one for a vault full of them."""
    known = specification.variables()
    drawn = [path for path, node in source.scalars() if "lookup(" in node.value and "/dev/null" in node.value]
    if drawn and source.is_vault():
        yield Mistake(
            drawn[0], "these are the example's secrets, drawn anew at every run: write your own in their place"
        )
        return
    for path, node in source.scalars():
        if path in drawn and is_secret(path):
            yield Mistake(path, "the example draws a new value at every run: put one into the vault (make vault-edit)")
        elif path[0] in known and (
            types.EXAMPLE_DOMAIN.search(node.value)
            or ("example" in node.value and node.value == known[path[0]].get("example"))
        ):
            yield Mistake(path, f"{show(node.value)} is an example: write your own")
