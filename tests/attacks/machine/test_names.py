"""Whoever is called like a service at the IAM does not get its name. Control: tests/unit/hubkit/test_accounts.py."""

import contextlib

import deployment
import pytest


@pytest.mark.parametrize("name", ["jupyterhub-proxy", "postgres", "sshd"])
def test_a_user_with_the_name_of_a_service_gets_another(testbed, name):
    person = {"sub": f"attack-{name}", "name": "Mallory", "groups": ["cloud/jupyter"]}
    with contextlib.ExitStack() as changes:
        changes.enter_context(deployment.changed("users.json", lambda users: users.update({name: person})))
        changes.enter_context(deployment.changed("passwords.json", lambda secrets: secrets.update({name: "mallory"})))
        mallory = deployment.signed_in(name)
        assert f"/user/user-{name}/" in mallory.server_url("lab")
