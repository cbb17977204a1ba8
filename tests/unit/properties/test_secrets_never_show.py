"""No part of a secret shows, whatever is in it: in the vault, where Ansible evaluates templates, and in clear text."""

import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_settings import examples

sys.path.append(str(Path(__file__).resolve().parents[1] / "openstack_hub"))
import sites

SOUND = next(iter(sites.cases(Path(sites.__file__).parent / "validation/broken/host.txt").values()))[0]
VAULT = "group_vars/all/vault.yml"
PART = "Zq7xW"  # in no message
SIGNS = [
    "{{", "}}", "{%", "%}", "{#", "#}", "{{ ", " }}", "'", '"', "\\", "#", " #", ": ", "\n", "!", "&", "*", "@", "%",
    "`", "|", ">", "-", "- ", "?", "[", "]", "{", "}", ",", "ä", "🔑", "\u200b", "\xa0", "$", "//", "://", "=", " ",
]  # fmt: skip
SECRETS = st.lists(st.sampled_from([PART, *SIGNS]), min_size=1, max_size=7).map("".join).map(lambda text: text + PART)
NAMES = st.sampled_from(["hub_iam_client_secret", "hub_crypt_key", "hub_proxy_token", "verify_member_password"])


def lines(folder, files, capsys):
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    result, shown = sites.report(sites.write(folder, files), capsys)
    return [*shown, str(result)]


@examples(40)
@given(secret=SECRETS, name=NAMES, unsafe=st.booleans())
def test_a_secret_in_the_vault_never_shows(tmp_path, capsys, secret, name, unsafe):
    shown = lines(tmp_path, SOUND | {VAULT: vault(name, secret, "!unsafe " if unsafe else "")}, capsys)
    assert PART not in str(shown)
    if unsafe or not any(sign in secret for sign in ("{{", "{%", "{#")):
        assert not any("!unsafe" in line for line in shown), shown
    else:
        assert any("!unsafe" in line for line in shown), shown


@examples(20)
@given(secret=SECRETS, name=NAMES)
def test_a_secret_in_clear_text_never_shows(tmp_path, capsys, secret, name):
    text = f"{name.removesuffix('_password')}: {quoted(secret)}\n"
    assert PART not in str(lines(tmp_path, SOUND | {"group_vars/all/clear.yml": text}, capsys))


@examples(20)
@given(secret=SECRETS, start=st.sampled_from(["", "user:", "oauth2:"]))
@pytest.mark.parametrize(
    "place", ["hub_iam_issuer", "hub_domain", "hub_iam_membership_url", "hub_notice", "hub_iam_name"]
)
def test_a_secret_in_an_address_never_shows(tmp_path, capsys, secret, start, place):
    secret = "".join(sign for sign in secret if sign.isascii() and sign not in " \n{}@/\\?#")
    text = f"{place}: {quoted(f'https://{start}{secret}@lab.test/x')}\n"
    assert PART not in str(lines(tmp_path, SOUND | {"group_vars/all/clear.yml": text}, capsys))


def vault(name, secret, tag):
    kept = [line for line in SOUND[VAULT].splitlines() if not line.startswith(f"vault_{name}:")]
    return "\n".join([*kept, f"vault_{name}: {tag}{quoted(secret)}", ""])


def quoted(text):
    return yaml.safe_dump(text, default_style='"', width=10000, allow_unicode=True).strip()
