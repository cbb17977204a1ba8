"""The same names and texts are secrets in hub_environment, in hub_values_overrides and for the commit hook."""

import pytest

from openstack_hub.site.pre_commit import refusals
from openstack_hub.validation.rules.environment import is_secret
from openstack_hub.validation.rules.override_secrets import secret_problems

NAMES = [
    "PGPASSWORD", "MYSQL_PWD", "DB_PASSWORD", "my_pwd", "app_passwd", "API_TOKEN", "WANDB_API_KEY", "CLIENT_SECRET",
    "AWS_SECRET_ACCESS_KEY", "private_key", "KEY_PASSPHRASE",
]  # fmt: skip
HARMLESS = ["MONKEY", "TOKENIZERS_PARALLELISM", "COMPASS", "KEYBOARD", "PWDX", "SECRETARY", "BYPASS_CACHE"]
TEXTS = [
    "ghp_0123456789abcdefghijABCDEFGHIJ012345", "glpat-0123456789abcdefghij", "AKIA0123456789ABCDEF",
    "https://jane:hunter2hunter@lab.test/x", "-----BEGIN OPENSSH PRIVATE KEY-----",
]  # fmt: skip
NOTHING = {"hub_iam_client_secret": None, "hub_cookie_secret": None, "hub_crypt_key": None, "hub_proxy_token": None,
           "hub_culler_token": None}  # fmt: skip


def found(name, value):
    """Whether NAME with VALUE is a secret for (environment, overrides, hook)."""
    overrides = list(secret_problems({"singleuser": {"extraEnv": {name: value}}}, NOTHING))
    return is_secret(name, value, set()), bool(overrides), bool(list(refusals("values.yml", f'{name}: "{value}"\n')))


@pytest.mark.parametrize("name", NAMES)
def test_names_of_secrets(name):
    assert found(name, "hunter2hunter") == (True, True, True)


@pytest.mark.parametrize("name", HARMLESS)
def test_other_names(name):
    assert found(name, "hunter2hunter") == (False, False, False)


@pytest.mark.parametrize("text", TEXTS)
def test_texts_that_are_secrets(text):
    assert found("SETTING", text) == (True, True, True)


def test_limits_of_tokens_are_numbers():
    assert not is_secret("MAX_TOKENS", "500", set()) and is_secret("DB_PASSWORD", "500", set())
