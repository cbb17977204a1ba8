"""A YAML file with its lines, its syntax errors, and values that YAML reads differently than they look."""

import re
from pathlib import PurePath

import yaml

from openstack_hub.schema import specification, types
from openstack_hub.validation.problems import Problem, show

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
QUOTE = 'a value that begins with {{ must be in double quotes: "{{ ... }}"'
COLON = "an extra colon, or wrong indentation: put text that contains a colon and a space in quotes"
ENCODING = "a character that is not valid UTF-8: save the file in UTF-8"
ALL = [("group_vars", f"all{end}") for end in ("", ".yml", ".yaml", ".json")]
OTHER_BASE = re.compile(r"[-+]?\d+(:[0-5]?\d)+(\.\d*)?|[-+]?0[0-7_]+")  # 60 and 8
# Pattern of a line -> what is wrong with it. Tried at the line of the syntax error and at the line above.
LINE_ERRORS = (
    (re.compile(r"[ ]*\t"), "a tab in the indentation: use spaces"),
    (re.compile(r"[^'\"#]*[:\-\[{,]\s*\{\{"), QUOTE),
    (
        re.compile(r"(<{7}|={7}|>{7})( |$)"),
        "an unresolved Git conflict: choose one of the two versions and remove the markers",
    ),
    (re.compile(r"\s*(- +)?[A-Za-z_]\w*:[^\s/:]"), "a space is missing after the colon"),
    (
        re.compile(r"\s*(- +)?[A-Za-z_]\w*\s*=(\s|$)"),
        "an equals sign instead of a colon: write `name: value`",
    ),
    (re.compile(r"\s*-[A-Za-z_/]"), "a space is missing after the dash"),
    (re.compile(r"\s*(- +)?([A-Za-z_]\w*:\s+)?[@`%*]"), "a value that begins with @, `, % or * must be in quotes"),
)
# Error of the YAML parser -> message for the admin.
YAML_ERRORS = (
    ("mapping values are not allowed", COLON),
    ("unexpected end of stream", "the quotes that open here are never closed"),
    ("expected ',' or", "the bracket that opens here is never closed"),
    ("another document", "--- is allowed only at the top of the file"),
    ("expected (key|<block end>)", "this does not match the lines above: check indentation and quotes"),
    ("expected '?<document start>", "this is indented less than the lines above"),
)


class Source:
    """One file of a site.

    label: its path for messages. nodes: variable -> (line of its name, YAML node). problems: what is wrong with names.
    misread: path -> (text, what YAML reads). broken: (line, message) if the file as a whole cannot be used, or None.
    """

    def __init__(self, label, text):
        self.label, self.encrypted = label, text.startswith("$ANSIBLE_VAULT")
        self.nodes, self.problems, self.misread, self.broken = {}, [], {}, None
        if self.encrypted:
            return
        if "\ufffd" in text:  # the replacement of a byte that cannot be decoded
            self.broken = (text.count("\n", 0, text.index("\ufffd")) + 1, ENCODING)
            return
        try:
            root = yaml.compose(text, Loader=LOADER)
        except yaml.YAMLError as error:
            self.broken = _syntax_error(error, text)
            return
        if isinstance(root, yaml.MappingNode):
            for key, node in self._pairs(root, ()):
                line = key.start_mark.line + 1
                try:
                    self._inspect(node, (key.value,))
                    self.nodes[key.value] = (line, node)
                except RecursionError:
                    self.broken = (line, "an alias (*) inside its own anchor (&): write the value out")
        elif root is not None and not root.tag.endswith(":null"):
            self.broken = (
                root.start_mark.line + 1,
                "not variables: write `name: value`, with a space after the colon",
            )

    def _inspect(self, node, path):
        """Records values that YAML reads differently than they look, at any depth."""
        if isinstance(node, yaml.MappingNode):
            for key, value in self._pairs(node, path):
                self._inspect(value, (*path, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for i, value in enumerate(node.value):
                self._inspect(value, (*path, i))
        elif isinstance(node, yaml.ScalarNode) and node.tag.endswith(":timestamp") and not _is_day(node.value):
            self.broken = (node.start_mark.line + 1, f"{node.value} is not an existing date: correct it")
        elif isinstance(node, yaml.ScalarNode) and not is_secret(path) and (read_as := _misread(node)):
            self.misread[path] = (node.value, read_as)
            if OTHER_BASE.fullmatch(node.value) and path[0] in specification.variables():
                text = f"{self.reading(path)}: write {read_as} if that is intended"
                self.problems.append(Problem(path, text))

    def reading(self, path):
        """`YAML reads no as false`, if YAML reads the value at PATH differently than it looks, else ""."""
        return "YAML reads {} as {}".format(*self.misread[path]) if path in self.misread else ""

    def _pairs(self, node, path):
        """The (key, value) nodes of a map; records keys that are duplicate or unusable."""
        lines = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                lines.setdefault(key.value, []).append(key.start_mark.line + 1)
            else:  # YAML reads {{ name }} as a map whose key is a map
                self.broken = (key.start_mark.line + 1, QUOTE)
        for name, numbers in lines.items():
            if len(numbers) > 1 and name != "<<":
                text = (
                    f"set {len(numbers)} times, in lines {' and '.join(map(str, numbers))}: keep one (the last applies)"
                )
                self.problems.append(Problem((*path, str(name)), text))
        return [(key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]

    def find(self, path):
        """(line, node or None) of PATH or of its nearest parent; None if this file does not set the variable."""
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
        """Whether it applies to all hosts."""
        return PurePath(self.label).parts[:2] in ALL

    def is_vault(self):
        """Whether all its variables are those of a vault."""
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
    """What YAML reads for a scalar, if that differs from its text, else ""."""
    if node.style or not node.tag.endswith((":bool", ":int", ":float")):
        return ""
    try:
        read_as = show(yaml.load(node.value, Loader=LOADER))
    except (yaml.YAMLError, ValueError):  # !!int = and the like
        return ""
    return "" if read_as == node.value else read_as


def _child(node, part):
    """(line, node) of PART below NODE."""
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):
            if key.value == part:
                return key.start_mark.line + 1, value
    return None


def _syntax_error(error, content):
    """(line, message) of a YAML ERROR."""
    if isinstance(error, yaml.reader.ReaderError):
        return content.count("\n", 0, error.position) + 1, ENCODING
    mark, lines = error.problem_mark or error.context_mark, [*content.splitlines(), ""]
    near = [number for number in (mark.line, mark.line - 1) if 0 <= number < len(lines) and lines[number].strip()]
    if lines[min(mark.line, len(lines) - 1)][mark.column : mark.column + 1] == "\t":
        return mark.line + 1, LINE_ERRORS[0][1]
    for pattern, text in LINE_ERRORS:
        for number in near:
            if pattern.match(lines[number]):
                return number + 1, text
    for pattern, text in YAML_ERRORS:
        if re.search(pattern, str(error.problem)):
            return (error.context_mark if "never closed" in text else mark).line + 1, text
    return mark.line + 1, f"invalid YAML: {error.problem}"


def secrets_in_clear(source):
    """Problems of secrets in a file that is not encrypted; only one if the whole file is such a vault."""
    paths = [path for path, node in source.scalars() if is_literal(node) and is_secret(path)]
    if paths and source.is_vault():
        yield Problem(paths[0], f"this vault is not encrypted: run ansible-vault encrypt {source.label}")
        return
    for path in paths:
        name = "" if path[0].startswith("vault_") else f" as {'_'.join(('vault', *map(str, path)))}"
        yield Problem(path, f"a secret in clear text: move it to the encrypted vault.yml{name} (make vault-edit)")


def is_literal(node):
    """Whether a scalar is a value of its own: not empty, no template, not encrypted."""
    return node.value and "{{" not in node.value and not node.tag.endswith(("!vault", ":null"))


def is_secret(path):
    """Whether the value at PATH is a secret, by the specification or by the prefix vault_."""
    if path[0].startswith("vault_"):
        return True
    spec = specification.variables().get(path[0])
    for part in path[1:]:
        spec = dict(specification.children(spec)).get("[]" if isinstance(part, int) else part) if spec else None
    return bool(spec) and spec["type"] == "secret"


def example_problems(source):
    """Problems of example values that were not replaced; only one for a whole vault of them."""
    known = specification.variables()
    random = [path for path, node in source.scalars() if "lookup(" in node.value and "/dev/null" in node.value]
    if random and source.is_vault():
        yield Problem(random[0], "the secrets of the example change at every run: replace them all with your own")
        return
    for path, node in source.scalars():
        if path in random and is_secret(path):
            yield Problem(
                path, "this secret of the example changes at every run: add one to the vault (make vault-edit)"
            )
        elif path[0] in known and (
            types.EXAMPLE_DOMAIN.search(node.value)
            or ("example" in node.value and node.value == known[path[0]].get("example"))
        ):
            yield Problem(path, f"{show(node.value)} is an example: replace it with your own")
