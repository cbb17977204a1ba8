"""What makes Ansible itself stop, in its own words, before validation can speak: `make validate` looks for it first."""

import os
import sys
from pathlib import Path

from openstack_hub.site import vault
from openstack_hub.site.files import sources
from openstack_hub.site.vault import PASSWORD
from openstack_hub.validation.yaml_source import Source

OTHER_WAYS = ("ANSIBLE_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_IDENTITY_LIST", "ANSIBLE_ASK_VAULT_PASS", "ANSIBLE_CONFIG")


def complaints(folder):
    """What is wrong with the files of FOLDER: lines with file and line in front."""
    if not folder.is_dir():
        return [f"there is no folder {folder}: make site DIR={folder} makes one"]
    if not any(folder.glob("hosts*")):
        return [f"{folder} is no site folder, it holds no hosts.yml: make site DIR={folder} writes what is missing"]
    found = [Source(path.name, path.read_text(errors="replace")) for path in sorted(folder.glob("*.y*ml"))]
    plain, sealed = ([s for s in sources(folder) if s.encrypted is which] for which in (False, True))
    opened, told = unseal(folder, sealed)
    return told + [f"{s.label}:{s.broken[0]}: {s.broken[1]}" for s in (*found, *plain, *opened) if s.broken]


def unseal(folder, sealed):
    """(Sources in clear, complaints) of the encrypted ones."""
    if sealed and not (folder / PASSWORD).is_file():
        others = any(name in os.environ for name in OTHER_WAYS)
        text = f"is encrypted, and {PASSWORD}, which opens it, is not there"
        return [], [] if others else [f"{source.label}: {text}" for source in sealed]
    opened, told = [], []
    for source in sealed:
        try:
            secrets = vault.cipher(folder)
            opened.append(Source(source.label, secrets.decrypt((folder / source.label).read_bytes()).decode()))
        except Exception as error:  # Ansible's, of several kinds
            told.append(f"{source.label}: {PASSWORD} does not open it ({str(error).splitlines()[0]})")
    return opened, told


def main(where):
    folder = Path(where).expanduser()
    told = complaints(folder.parent if folder.is_file() else folder)
    print("\n".join(told), file=sys.stderr, end="\n" * bool(told))
    return bool(told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
