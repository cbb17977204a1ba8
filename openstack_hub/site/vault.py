"""The secrets of a site folder: what is in its vault, and what opens it."""

import json
import secrets

from openstack_hub.schema import specification

VAULT, PASSWORD = "group_vars/all/vault.yml", ".vault-password"
CLIENT_SECRET = "hub_iam_client_secret"


def text(client_secret):
    """vault.yml with every secret that a hub needs: drawn, but for the one that the provider gives."""
    lines = ["---"]
    for name in specification.secrets():
        variable = specification.variables()[name]
        if name == CLIENT_SECRET or not variable.get("optional"):
            value = client_secret if name == CLIENT_SECRET else secrets.token_hex(variable.get("hex", 64) // 2)
            tag = "!unsafe " if "{" in value else ""  # no template, whatever it looks like
            lines += [f"# {variable['text']}", f"vault_{name}: {tag}{json.dumps(value, ensure_ascii=False)}"]
    return "\n".join(lines) + "\n"


def cipher(folder):
    """What encrypts and decrypts, with the password of the site FOLDER, which a file holds or a script prints."""
    from ansible.parsing.dataloader import DataLoader  # slow to load, and not always needed
    from ansible.parsing.vault import VaultLib, get_file_vault_secret

    secret = get_file_vault_secret(str(folder / PASSWORD), loader=DataLoader())
    secret.load()
    return VaultLib([("default", secret)])
