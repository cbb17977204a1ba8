"""The vault of a site folder: its content, and its encryption."""

import json
import secrets

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
