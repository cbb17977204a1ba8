"""The vault of a site folder: its content, its encryption, and `make vault-edit`."""

import hashlib
import hmac
import json
import os
import secrets
import shlex
import subprocess
import sys
from pathlib import Path

from openstack_hub.schema import specification

VAULT, PASSWORD = "group_vars/all/vault.yml", ".vault-password"
CLIENT_SECRET = "hub_iam_client_secret"


def vault_text(client_secret):
    """The text of vault.yml with all secrets of a hub: random ones, and the CLIENT_SECRET from the provider."""
    lines = ["---"]
    for name in specification.secrets():
        variable = specification.variables()[name]
        if name == CLIENT_SECRET or not variable.get("optional"):
            value = client_secret if name == CLIENT_SECRET else secrets.token_hex(variable.get("hex", 64) // 2)
            tag = "!unsafe " if "{" in value else ""  # never a template
            lines += [f"# {variable['text']}", f"vault_{name}: {tag}{json.dumps(value, ensure_ascii=False)}"]
    return "\n".join(lines) + "\n"


def cipher(folder):
    """A VaultLib with the password of the site FOLDER, from its file or, if that is executable, from its output."""
    from ansible.parsing.dataloader import DataLoader  # slow to import, and not always needed
    from ansible.parsing.vault import VaultLib, get_file_vault_secret

    secret = get_file_vault_secret(str(folder / PASSWORD), loader=DataLoader())
    secret.load()
    return VaultLib([("default", secret)])


def decrypted(text, password):
    """The content of a vault, without importing Ansible, which takes longer than all of validation.

    Raises ValueError for another password or another format.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    header, *body = text.strip().splitlines()
    if header.split(";")[1:3] not in (["1.1", "AES256"], ["1.2", "AES256"]):
        raise ValueError("another format of vaults")
    salt, code, data = (bytes.fromhex(part) for part in bytes.fromhex("".join(body)).decode().split("\n", 2))
    keys = hashlib.pbkdf2_hmac("sha256", password, salt, 10000, 80)
    if not hmac.compare_digest(hmac.digest(keys[32:64], data, "sha256"), code):
        raise ValueError("another password")
    padded = Cipher(algorithms.AES(keys[:32]), modes.CTR(keys[64:])).decryptor().update(data)
    return padded[: -padded[-1]].decode()


def opened(folder, text):
    """The content of a vault with this TEXT in the site FOLDER. Raises ValueError or Ansible's errors."""
    try:
        if not os.access(folder / PASSWORD, os.X_OK):
            return decrypted(text, (folder / PASSWORD).read_bytes().strip())
    except ValueError:
        pass  # Ansible knows other formats, and what to say
    return cipher(folder).decrypt(text.encode()).decode()


def edit_error(folder):
    """Why the vault of FOLDER cannot be edited, one line, or ""."""
    quoted = shlex.quote(str(folder))
    if not folder.is_dir():
        return f"the folder {folder} does not exist: create it with make site DIR={quoted}"
    if not (folder / "group_vars").is_dir():
        return f"{folder} is not a site folder: create one with make site DIR={quoted}"
    if not (folder / VAULT).is_file():
        return f"{folder / VAULT} does not exist: create it with make site DIR={quoted}"
    if not (folder / VAULT).read_bytes().startswith(b"$ANSIBLE_VAULT;"):
        return f"{folder / VAULT} is not encrypted: run ansible-vault encrypt {shlex.quote(str(folder / VAULT))}"
    return ""


def edit(path):
    """Open the vault of the site folder PATH in $EDITOR; returns the exit status."""
    folder = Path(path)
    folder = (folder.expanduser() if folder.parts[:1] == ("~",) else folder).absolute()
    if error := edit_error(folder):
        print(error, file=sys.stderr)
        return 1
    password = {"ANSIBLE_VAULT_PASSWORD_FILE": str(folder / PASSWORD)} if (folder / PASSWORD).exists() else {}
    return subprocess.run(
        ["ansible-vault", "edit", str(folder / VAULT)], env=os.environ | password, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(edit(os.environ["SITE"]))
