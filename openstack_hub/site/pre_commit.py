"""Rejects commits that contain secrets in clear text: the pre-commit hook of a site folder runs it."""

import re
import subprocess
import sys
from pathlib import PurePosixPath

from openstack_hub.validation.problems import dotted
from openstack_hub.validation.yaml_source import Source, is_literal, is_secret

KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|^PuTTY-User-Key-File", re.MULTILINE)
KEY_FILES = (".key", ".p12", ".pfx", ".ppk", ".jks")
# Keys that usually hold secrets, of Ansible, the chart and others; text under such a key counts as a secret.
SECRET_KEY = re.compile(r"((^|_)pass|passw(or)?d|passphrase|client_?secret|secret_?token|secret_?key)$", re.IGNORECASE)


def refusals(name, text):
    """Messages why the file NAME with this TEXT must not be committed."""
    path = PurePosixPath(name)
    if re.match(r"\.?vault[-_]pass", path.name):
        yield f"{name}: the password of the vault: remove it from the commit"
    elif path.suffix in KEY_FILES or KEY.search(text):
        yield f"{name}: a private key: remove it from the commit"
    elif text.startswith("$ANSIBLE_VAULT;"):
        return
    elif re.fullmatch(r"vault.*\.ya?ml|vault", path.name):
        yield f"{name}: a vault that is not encrypted: run ansible-vault encrypt {name}"
    elif path.suffix in (".yml", ".yaml") or (
        path.suffix in ("", ".json") and {"group_vars", "host_vars"} & {*path.parts}
    ):
        yield from literals(Source(name, text))


def literals(source):
    """Messages for secrets in clear text in SOURCE, and for syntax errors, which may hide some."""
    if source.broken:
        yield f"{source.label}:{source.broken[0]}: {source.broken[1]}"
    for path, node in source.scalars():
        is_declared = any(is_secret(path[i:]) for i, part in enumerate(path) if isinstance(part, str))
        has_secret_key = node.tag == "tag:yaml.org,2002:str" and SECRET_KEY.search(str(path[-1]))
        if (is_declared or has_secret_key) and is_literal(node):
            line = node.start_mark.line + 1
            yield f"{source.label}:{line}: {dotted(path)}: a secret in clear text: move it to the vault"


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
        print("\n".join(["commit rejected:", *messages]), file=sys.stderr)
    return bool(messages)


if __name__ == "__main__":
    sys.exit(check_commit())
