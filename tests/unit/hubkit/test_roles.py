"""Roles of users and administrators. tests/attacks/hub shows in a real hub what they prevent."""

from traitlets.config import Config

from hubkit.hub import roles


def loaded(model):
    c = Config()
    roles.configure(c, model)
    return {role["name"]: role for role in c.JupyterHub.load_roles}


def test_administrators_are_members_of_groups_and_nobody_has_the_role_admin(model):
    found = loaded(model)
    assert found["hub-administrators"]["groups"] == ["cloud/jupyter-admins", roles.NAMED_ADMINISTRATORS]
    assert found["admin"] == {"name": "admin", "users": []}


def test_administrators_have_additional_scopes_only_if_the_model_says_so(model):
    assert "access:servers" not in loaded(model)["hub-administrators"]["scopes"]
    assert "access:servers" in loaded(model | {"admin_scopes": ["access:servers"]})["hub-administrators"]["scopes"]


def test_users_cannot_create_tokens_unless_the_model_says_so(model):
    assert "user" not in loaded(model | {"user_tokens": True})
    scopes = loaded(model | {"user_tokens": False})["user"]["scopes"]
    assert "servers!user" in scopes and "self" not in scopes and "tokens!user" not in scopes
