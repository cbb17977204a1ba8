"""A YAML file with its lines, its syntax errors, and values that YAML reads differently than they look."""

import itertools
import re
from pathlib import PurePath

import yaml

from openstack_hub.schema import corrections, specification, types
from openstack_hub.validation.problems import Problem, shortened, show
from openstack_hub.validation.yaml_errors import (
    BEGINS,
    DASHES,
    ENCODING,
    QUOTE,
    syntax_error,
    text_error,
    vault_error,
)

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ALL = [("group_vars", f"all{end}") for end in ("", ".yml", ".yaml", ".json")]
STANDARD = "tag:yaml.org,2002:"
TYPES = ("binary", "bool", "float", "int", "map", "merge", "null", "omap", "pairs", "seq", "set", "str", "timestamp")
TAGS = ("!vault", "!vault-encrypted", "!unsafe", *(f"{STANDARD}{name}" for name in TYPES))
QUOTES = "its typographic quotes are part of the value: write straight ones"
CUT = "YAML takes the end of the text, from #, for a comment: put the text in quotes, or write a space after the #"
CLOSED_LATER = "the quotes that open here close after the variable of a later line: close them here"
MERGE = "<< takes the keys of another map, by its alias: write <<: *NAME, or remove this line"
LIST_OF_VARIABLES = "a list, not variables: remove the dashes, and write `name: value`"
OTHER_BASE = re.compile(r"[-+]?\d+(:[0-5]?\d)+(\.\d*)?|[-+]?0[0-7_]+")  # 60 and 8


ENDLESS = "an alias (*) that leads to itself or repeats without end: write the value out"
MOST = 100_000  # values of a file, with aliases written out


class Source:
    """One file of a site.

    label: its path for messages. nodes: variable -> (line of its name, YAML node). problems: what is wrong with names
    and values. hints: path -> (value as messages show it, what its author may not have seen). broken: (line, message)
    if the file as a whole cannot be used, or None. encrypted: a vault; its names are known once it is decrypted.
    is_linked: it is read through a symlink. anchors: variables to whose values others refer by an alias.
    """

    is_linked, is_ini = False, False

    def __init__(self, label, text, encrypted=False):
        self.label, self.encrypted = label, encrypted or text.startswith("$ANSIBLE_VAULT")
        self.anchors, self._variables, self._visited = set(), {}, 0
        self.nodes, self.problems, self.hints, self.broken, self.lines = {}, [], {}, None, text.split("\n")
        if text.startswith("$ANSIBLE_VAULT"):
            return
        if "\ufffd" in text:  # the replacement of a byte that cannot be decoded
            self.broken = (text.count("\n", 0, text.index("\ufffd")) + 1, ENCODING)
            return
        self.broken = vault_error(text)
        if not self.broken:
            self._read(text)

    def _read(self, text):
        try:
            root = yaml.compose(text, Loader=LOADER)
        except yaml.YAMLError as error:
            self.broken = syntax_error(error, text)
            return
        if isinstance(root, yaml.MappingNode):
            for key, node in self._pairs(root, ()):
                line = key.start_mark.line + 1
                try:
                    self._inspect(node, (key.value,))
                    self.nodes[key.value] = (line, node)
                except RecursionError:
                    self.broken = (line, ENDLESS)
        elif root is not None and not root.tag.endswith(":null"):
            is_text = isinstance(root, yaml.ScalarNode)
            self.broken = (root.start_mark.line + 1, text_error(root.value) if is_text else LIST_OF_VARIABLES)

    def _inspect(self, node, path):
        """Records values that are not what they look like, at any depth. Raises RecursionError for endless aliases."""
        self._visited += 1
        if self._visited > MOST:
            raise RecursionError
        first = self._variables.setdefault(id(node), path[0])
        if first != path[0]:
            self.anchors.add(first)
        if node.tag not in TAGS:
            self.broken = (node.start_mark.line + 1, BEGINS)
        elif isinstance(node, yaml.MappingNode):
            for key, value in self._pairs(node, path):
                self._inspect(value, (*path, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for i, value in enumerate(node.value):
                self._inspect(value, (*path, i))
        elif node.tag.startswith(STANDARD) and not _is_readable(node):
            shown = "this" if self.encrypted or is_secret(path) else shortened(node.value)
            what = "an existing date" if node.tag.endswith(":timestamp") else f"of type {node.tag[len(STANDARD) :]}"
            self.broken = (node.start_mark.line + 1, f"{shown} is not {what}: correct it")
        elif text := self._later_lines(node):
            self.broken = (node.start_mark.line + 1, text)
        elif not (self.encrypted or is_secret(path)):
            self._note(node, path)

    def _note(self, node, path):
        """Records the hint about a scalar, and the problem if no type can find it."""
        is_ours = path[0] in specification.variables()
        if read_as := _misread(node):
            self.hints[path] = (read_as, f"YAML reads {node.value} as {read_as}")
            if OTHER_BASE.fullmatch(node.value) and is_ours:
                self.problems.append(Problem(path, f"{self.reading(path)}: write {read_as} if that is intended"))
        elif is_ours and (hint := look_alike(node)):
            self.hints[path] = (show(node.value), hint)
            if hint == QUOTES:
                self.problems.append(Problem(path, f"{show(node.value)} is not in quotes: {QUOTES}"))
        elif (spec_of(path) or {}).get("type") == "text" and self._is_cut(node):
            self.problems.append(Problem(path, CUT, warning=True))

    def _is_cut(self, node):
        """Whether YAML takes the end of a text without quotes for a comment, although none begins so."""
        line = self.lines[node.end_mark.line] if node.end_mark.line < len(self.lines) else ""
        return not node.style and bool(re.match(r"\s+#[^\s#!]", line[node.end_mark.column :]))

    def _later_lines(self, node):
        """The message for a scalar without quotes that holds dashes of a list, or with quotes that holds variables."""
        lines = self.lines[node.start_mark.line + 1 : node.end_mark.line + 1]
        if not node.style and any(re.match(r"\s*- ", line) for line in lines):
            return DASHES
        names = [name[1] for line in lines if (name := re.match(r"\s*(?:- +)?(\w+):( |$)", line))]
        is_open = node.style in ("'", '"') and any(n[:6] == "vault_" or n in specification.variables() for n in names)
        return CLOSED_LATER if is_open else ""

    def reading(self, path):
        """`YAML reads no as false`, or another hint about the value at PATH, or ""."""
        return self.hints[path][1] if path in self.hints else ""

    def _pairs(self, node, path):
        """The (key, value) nodes of a map; records keys that are duplicate or unusable."""
        lines, is_list = {}, bool(path) and (spec_of(path) or {}).get("type") == "list"
        for key, value in node.value:
            if key.tag.endswith(":merge") and not _is_map(value):
                self.broken = (key.start_mark.line + 1, MERGE)
            if isinstance(key, yaml.ScalarNode):
                lines.setdefault(key.value, []).append(key.start_mark.line + 1)
            else:  # YAML reads {{ name }} as a map whose key is a map
                self.broken = (key.start_mark.line + 1, QUOTE)
        for name, numbers in lines.items():
            if len(numbers) > 1 and name != "<<":
                repair = "begin each entry with a dash" if is_list else "keep one (the last applies)"
                text = f"set {len(numbers)} times, in lines {' and '.join(map(str, numbers))}: {repair}"
                is_shown = not path or not (self.encrypted or is_secret(path))
                self.problems.append(Problem((*path, str(name)) if is_shown else path[:1], text))
        return [(key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]

    def line_of(self, key):
        """The line that begins with KEY, a group or a host of an inventory, or else contains it; None if none does."""
        for pattern in (rf"\s*\[?{re.escape(key)}(?![\w.-])", rf".*(?<![\w.-]){re.escape(key)}(?![\w.-])"):
            for number, line in enumerate(self.lines, 1):
                if re.match(pattern, line) and not line.lstrip().startswith("#"):
                    return number
        return None

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
        parts = PurePath(self.label).parts
        return any(pair in ALL for pair in itertools.pairwise(parts))

    def is_vault(self):
        """Whether all its variables are those of a vault."""
        return all(name.startswith("vault_") for name in self.nodes)

    def children(self, names):
        """(path, node) of each key at any depth that is one of NAMES."""
        stack = [((name,), node) for name, (_, node) in self.nodes.items()]
        while stack:
            path, node = stack.pop()
            if path[-1] in names:
                yield path, node
            elif isinstance(node, yaml.MappingNode):
                stack += [((*path, str(key.value)), value) for key, value in node.value]

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


def _is_map(node):
    """Whether NODE is a map or a list of maps."""
    parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return all(isinstance(part, yaml.MappingNode) for part in parts)


def look_alike(node):
    """What the author of a scalar without quotes may not have seen, or ""."""
    if node.style:
        return ""
    if has_typographic_quotes(node.value):
        return QUOTES
    if re.match("[\u2010-\u2015\u2022\u2212] ", node.value):
        return "a list is written with the dash of the keyboard: -"
    if node.value.endswith((",", ";")):
        return f"remove the {node.value[-1]} at its end"
    return "a comment begins with # after a space" if re.search(r"\S#|\s//", node.value) else ""


def has_typographic_quotes(text):
    """Whether TEXT begins and ends with one."""
    return len(text) > 1 and text[0] in corrections.QUOTES and text[-1] in corrections.QUOTES


def _is_readable(node):
    """Whether the text of a scalar is a value of its type: 2026-02-30 is no date, and Python has a longest number."""
    try:
        yaml.constructor.SafeConstructor().construct_object(node)
    except (ValueError, KeyError, yaml.YAMLError):
        return False
    return True


def _misread(node):
    """What YAML reads for a scalar, if that differs from its text, else ""."""
    if node.style or not node.tag.endswith((":bool", ":int", ":float")):
        return ""
    try:
        read_as = show(yaml.load(node.value, Loader=LOADER))
    except (yaml.YAMLError, ValueError):  # !!int = and the like
        return ""
    return "" if read_as == shortened(node.value) else read_as


def _child(node, part):
    """(line, node) of PART below NODE."""
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):
            if key.value == part:
                return key.start_mark.line + 1, value
    return None


def secrets_in_clear(source):
    """Problems of secrets in a file that is not encrypted; only one if the whole file is such a vault."""
    paths = [path for path, node in source.scalars() if is_literal(node) and is_secret(path)]
    if source.encrypted:
        return
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
    spec = spec_of(path)
    return bool(spec) and spec["type"] == "secret"


def spec_of(path):
    """The specification of the value at PATH, or None."""
    spec = specification.variables().get(path[0])
    for part in path[1:]:
        spec = dict(specification.children(spec)).get("[]" if isinstance(part, int) else part) if spec else None
    return spec


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
        elif (
            path[0] in known
            and not source.encrypted
            and (
                types.EXAMPLE_DOMAIN.search(node.value)
                or ("example" in node.value and node.value == known[path[0]].get("example"))
            )
        ):
            yield Problem(path, f"{show(node.value)} is an example: replace it with your own")
