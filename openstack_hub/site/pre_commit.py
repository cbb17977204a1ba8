"""Rejects commits that contain secrets in clear text: the pre-commit hook of a site folder runs it."""

import itertools
import re
import subprocess
import sys
from pathlib import PurePosixPath

import yaml

from openstack_hub.site.secret_lines import ALLOWED, SECRET_KEY, is_value, secret_lines
from openstack_hub.validation.problems import dotted
from openstack_hub.validation.secret_patterns import PRIVATE_KEY
from openstack_hub.validation.yaml_source import LOADER, MOST, Source, is_literal, is_secret

KEY = re.compile(rf"{PRIVATE_KEY}|^PuTTY-User-Key-File|\bAGE-SECRET-KEY-1", re.MULTILINE)
KEY_FILES = (".key", ".p12", ".pfx", ".ppk", ".jks", ".keystore", ".kdbx")
LARGEST = 1_000_000  # characters; in larger files, which nobody writes by hand, only keys are searched
KUBERNETES = re.compile(r"^(apiVersion|clusters|clouds|auths):", re.MULTILINE)
ENCRYPTED = re.compile(r"\$ANSIBLE_VAULT;[^\n]*\n[0-9a-fA-F\s]*")


def refusals(name, text):
    """Messages why the file NAME with this TEXT must not be committed."""
    path = PurePosixPath(name)
    if re.match(r"\.?vault[-_]pass", path.name):
        yield f"{name}: the password of the vault: remove it from the commit"
    elif path.parts[0] == ".accounts":
        yield f"{name}: a one-time password: remove it from the commit"
    elif path.suffix in KEY_FILES or KEY.search(text):
        yield f"{name}: a private key: remove it from the commit"
    elif ENCRYPTED.fullmatch(text) or "\0" in text or len(text) > LARGEST:
        return
    elif re.fullmatch(r"vault.*\.ya?ml|vault", path.name):
        yield f"{name}: a vault that is not encrypted: run ansible-vault encrypt {name}"
    else:
        yield from secrets_in(path, text)


def secrets_in(path, text):
    """Messages for secrets in clear text, and for syntax errors of files of variables, which may hide some."""
    is_yaml = path.suffix in (".yml", ".yaml", ".json")
    in_group = bool({"group_vars", "host_vars"} & {*path.parts}) and path.suffix in ("", ".yml", ".yaml", ".json")
    found, is_read = {}, False
    if is_yaml or in_group or KUBERNETES.search(text):
        try:
            found, is_read = literals(text), True
        except (yaml.YAMLError, RecursionError, ValueError):
            broken = Source(str(path), text).broken
            if broken and (in_group or (is_yaml and path.stem == "hosts")):
                yield f"{path}:{broken[0]}: {broken[1]}"
    lines = dict(secret_lines(str(path), text))
    for line in sorted({*found, *lines}):
        if line in found:
            yield from (
                f"{path}:{line}: {where}: a secret in clear text: move it to the vault" for where in found[line]
            )
        elif not (is_read and lines[line].endswith("a secret in clear text")):  # YAML knows names and values better
            yield f"{path}:{line}: {lines[line]}: remove it from the commit"


def literals(text):
    """Line -> [path] of the secrets in clear text in the YAML or JSON documents of TEXT."""
    found, lines = {}, text.splitlines()
    for root in yaml.compose_all(text, Loader=LOADER):
        is_secret_object = _child(root, "kind") == "Secret"
        for path, node in itertools.islice(scalars(root, ()), MOST):
            names = [part for part in path if isinstance(part, str)]
            is_declared = any(is_secret(path[i:]) for i, part in enumerate(path) if isinstance(part, str))
            is_text = node.tag == "tag:yaml.org,2002:str" and is_value(node.value)
            is_likely = is_text and bool(names) and (
                SECRET_KEY.search(names[-1])
                or (is_secret_object and names[0] in ("data", "stringData"))
                or (names[-1] == "auth" and "auths" in names)
            )  # fmt: skip
            line = node.start_mark.line + 1
            is_allowed = ALLOWED in "".join(lines[line - 1 : line]) and not is_declared
            if (is_declared or is_likely) and is_literal(node) and not is_allowed:
                first, *rest = path if isinstance(path[0], str) else ("", *path)
                found.setdefault(line, []).append(dotted((first, *rest)))
    return found


def _child(node, name):
    """The text below the key NAME of a map, or None."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value.value for key, value in pairs if key.value == name), None)


def scalars(node, path):
    """(path, node) of each scalar value below NODE. Raises RecursionError for an alias inside its own anchor."""
    if isinstance(node, yaml.MappingNode):
        named = _child(node, "name")  # the value of {name: A, value: b} is that of A
        for key, value in node.value:
            part = named if key.value == "value" and isinstance(named, str) else str(key.value)
            yield from scalars(value, (*path, part))
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            yield from scalars(value, (*path, i))
    elif node is not None and path:
        yield path, node


def staged_files():
    """(name, text) of each file that the commit adds or changes, without symlinks and submodules."""
    fields = _git("diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--diff-filter=d").split("\0")
    for about, name in zip(fields[::2], fields[1::2], strict=False):
        _, mode, _, blob, _ = about.split()
        if mode.startswith("100"):
            yield name, _git("cat-file", "blob", blob)


def _git(*arguments):
    return subprocess.run(["git", *arguments], capture_output=True, check=True).stdout.decode(errors="replace")


def check_commit():
    messages = [message for name, text in staged_files() for message in refusals(name, text)]
    if messages:
        hint = f"For a line that holds no secret, add the comment: # {ALLOWED}"
        print("\n".join(["commit rejected:", *messages, hint]), file=sys.stderr)
    return bool(messages)


if __name__ == "__main__":
    sys.exit(check_commit())
