"""Finds what stops Ansible before the task hub_validate runs, such as YAML errors; `make validate` runs it first."""

import os
import sys
from pathlib import Path

from openstack_hub.site import vault
from openstack_hub.site.files import inventory_sources, sources
from openstack_hub.site.vault import PASSWORD
from openstack_hub.validation.yaml_source import Source

OTHER_PASSWORD_SOURCES = (
    "ANSIBLE_VAULT_PASSWORD_FILE",
    "ANSIBLE_VAULT_IDENTITY_LIST",
    "ANSIBLE_ASK_VAULT_PASS",
    "ANSIBLE_CONFIG",
)


def folder_errors(folder):
    """Messages about the files of FOLDER, each with file and line."""
    if not folder.is_dir():
        return [f"the folder {folder} does not exist: create it with make site DIR={folder}"]
    if not any(folder.glob("hosts*")):
        return [f"{folder} is not a site folder, hosts.yml is missing: create it with make site DIR={folder}"]
    plain, encrypted = ([s for s in sources(folder) if s.encrypted is which] for which in (False, True))
    decrypted, errors = decrypt(folder, encrypted)
    readable = (*inventory_sources(folder), *plain, *decrypted)
    return errors + [f"{s.label}:{s.broken[0]}: {s.broken[1]}" for s in readable if s.broken]


def decrypt(folder, encrypted):
    """(decrypted Sources, messages) of the ENCRYPTED Sources."""
    if encrypted and not (folder / PASSWORD).is_file():
        others = any(name in os.environ for name in OTHER_PASSWORD_SOURCES)
        text = f"encrypted, but {PASSWORD} is missing: write the vault's password to this file"
        return [], [] if others else [f"{source.label}: {text}" for source in encrypted]
    decrypted, errors = [], []
    for source in encrypted:
        try:
            secrets = vault.cipher(folder)
            decrypted.append(Source(source.label, secrets.decrypt((folder / source.label).read_bytes()).decode()))
        except Exception as error:  # several types of Ansible's errors
            errors.append(f"{source.label}: cannot be decrypted with {PASSWORD} ({str(error).splitlines()[0]})")
    return decrypted, errors


def check_folder(path):
    folder = Path(path).expanduser()
    errors = folder_errors(folder.parent if folder.is_file() else folder)
    print("\n".join(errors), file=sys.stderr, end="\n" * bool(errors))
    return bool(errors)


if __name__ == "__main__":
    sys.exit(check_folder(sys.argv[1]))
