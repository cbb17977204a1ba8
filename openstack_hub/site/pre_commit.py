"""Refuses a commit that holds secrets in clear text: the hook of a site folder's repository runs it."""

import re
import subprocess
import sys
from pathlib import PurePosixPath

from openstack_hub.validation.problems import dotted
from openstack_hub.validation.yaml_source import Source, is_secret

KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|^PuTTY-User-Key-File", re.MULTILINE)
KEY_FILES = (".key", ".p12", ".pfx", ".ppk", ".jks")
# Ansible's own, the chart's, and others': what is called so and holds a text is a secret wherever it stands.
CALLED_SO = re.compile(r"((^|_)pass|passw(or)?d|passphrase|client_?secret|secret_?token|secret_?key)$", re.IGNORECASE)


def refusals(name, text):
    """Why the file NAME with this TEXT must not be committed: sentences."""
    path = PurePosixPath(name)
    if re.match(r"\.?vault[-_]pass", path.name):
        yield f"{name}: opens the vault"
    elif path.suffix in KEY_FILES or KEY.search(text):
        yield f"{name}: a private key"
    elif text.startswith("$ANSIBLE_VAULT;"):
        return
    elif re.fullmatch(r"vault.*\.ya?ml|vault", path.name):
        yield f"{name}: a vault that is not encrypted: ansible-vault encrypt {name}"
    elif path.suffix in (".yml", ".yaml") or (
        path.suffix in ("", ".json") and {"group_vars", "host_vars"} & {*path.parts}
    ):
        yield from literals(Source(name, text))


def literals(source):
    """Secrets that stand in SOURCE as they are; what cannot be read may hold some."""
    if source.broken:
        yield f"{source.label}:{source.broken[0]}: {source.broken[1]}"
    for path, node in source.scalars():
        named = any(is_secret(path[i:]) for i, part in enumerate(path) if isinstance(part, str))
        called = node.tag == "tag:yaml.org,2002:str" and CALLED_SO.search(str(path[-1]))
        if (named or called) and node.value and "{{" not in node.value and not node.tag.endswith(("!vault", ":null")):
            line = node.start_mark.line + 1
            yield f"{source.label}:{line}: {dotted(path)}: a secret in clear text: move it into the vault"


def staged():
    """(name, text) of each file that the commit would add or change; links and submodules hold no text."""
    found = _git("diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--diff-filter=d").split("\0")
    for about, name in zip(found[::2], found[1::2], strict=False):
        _, mode, _, blob, _ = about.split()
        if mode.startswith("100"):
            yield name, _git("cat-file", "blob", blob)


def _git(*arguments):
    return subprocess.run(["git", *arguments], capture_output=True, check=True).stdout.decode(errors="replace")


def main():
    told = [sentence for name, text in staged() for sentence in refusals(name, text)]
    if told:
        print("\n".join(["commit refused:", *told]), file=sys.stderr)
    return bool(told)


if __name__ == "__main__":
    sys.exit(main())
