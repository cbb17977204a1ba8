"""Membership of groups, discovery of the IAM, names, and the configuration of sign-in."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyterhub.auth import Authenticator
from mock_iam import ADA, ENDPOINTS, Handler, User, refresh, requested
from test_groups import MANAGER, examples
from traitlets.config import Config

from hubkit.hub import signin

VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=2))
DOCUMENTS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("sub", "preferred_username", "groups", *ENDPOINTS), VALUES)
)


def test_a_member_keeps_the_name_and_gets_the_current_groups(iam):
    iam.answers["userinfo"] = ADA | {"groups": ["cloud/jupyter", "/cloud/gpu", 7]}
    model = refresh(iam)
    assert (model["name"], model["groups"], model["admin"]) == ("ada", ["cloud/gpu", "cloud/jupyter"], False)


def test_an_admin_is_a_member_without_the_other_groups(iam):
    iam.answers["userinfo"] = ADA | {"groups": ["cloud/jupyter-admins"]}
    model = refresh(iam)
    assert model["admin"] is True
    assert asyncio.run(iam.check_allowed("ada", model)) is True
    assert asyncio.run(iam.check_allowed("ada", model | {"groups": ["cloud/jupyter"]})) is True
    assert asyncio.run(iam.check_allowed("ada", model | {"groups": []})) is False


@pytest.mark.parametrize("admin_groups", [{"cloud/other-admins"}, set()], ids=["changed", "emptied"])
def test_a_former_admin_loses_the_admin_flag(iam, admin_groups):
    """JupyterHub leaves the flag as it is unless the answer is an explicit False."""
    iam.answers["userinfo"] = ADA | {"groups": ["cloud/jupyter", "cloud/jupyter-admins"]}
    assert refresh(iam)["admin"] is True
    iam.admin_groups = admin_groups
    assert refresh(iam)["admin"] is False


@pytest.mark.parametrize("groups", [["cloud/other"], [], None, "cloud/jupyter", {"cloud/jupyter": 1}, [MANAGER]])
def test_a_user_in_none_of_the_groups_loses_access_and_server(iam, groups):
    refresh(iam)
    iam.answers["userinfo"] = ADA | {"groups": groups}
    handler = Handler()
    assert refresh(iam, handler=handler) is False
    assert handler.stopped == [("ada", "")]
    assert not iam.stops, "finished tasks are dropped"


def test_only_running_servers_are_stopped(iam):
    iam.answers["userinfo"] = ADA | {"groups": []}
    handler = Handler()
    assert refresh(iam, User(ready=False), handler) is False and handler.stopped == []


def test_a_stop_that_fails_is_logged(iam, caplog):
    iam.answers["userinfo"] = ADA | {"groups": []}
    assert refresh(iam, handler=Handler(error=RuntimeError("no"))) is False
    assert "Could not stop the server of ada" in caplog.text


def test_the_stop_is_not_collected_as_garbage_while_it_runs(iam):
    iam.answers["userinfo"] = ADA | {"groups": []}

    class SlowHandler(Handler):
        async def stop_single_user(self, user, name):
            self.stopped.append(len(iam.stops))

    handler = SlowHandler()
    refresh(iam, handler=handler)
    assert handler.stopped == [1]


def test_another_issuer_is_rejected(iam):
    iam.answers["openid-configuration"] = ENDPOINTS | {"issuer": "https://evil.example.org"}
    with pytest.raises(ValueError, match="another issuer"):
        asyncio.run(iam.discover())
    assert not iam.endpoints and not iam.token_url


def test_the_endpoints_are_discovered_once(iam):
    refresh(iam)
    refresh(iam)
    assert requested(iam).count("openid-configuration") == 1
    assert (iam.authorize_url, iam.token_url) == (ENDPOINTS["authorization_endpoint"], ENDPOINTS["token_endpoint"])
    assert iam.userdata_url == ENDPOINTS["userinfo_endpoint"]


@examples(60)
@given(
    st.sampled_from(["userinfo", "openid-configuration"]),
    VALUES | DOCUMENTS | DOCUMENTS.map(lambda document: ADA | ENDPOINTS | document),
)
def test_no_answer_of_an_iam_raises_an_error(iam, endpoint, answer):
    iam.endpoints = {}
    iam.answers |= {"openid-configuration": ENDPOINTS, "userinfo": ADA, endpoint: [answer]}
    result = refresh(iam)
    assert result in (True, False) or result["name"]


@pytest.mark.parametrize("user_info", [ADA | {"sub": 7}, ADA | {"preferred_username": ["Ada"]}])
def test_names_must_be_text(iam, user_info):
    with pytest.raises(TypeError):
        iam.user_info_to_username(user_info)


def test_the_subject_is_used_where_the_claim_for_the_name_is_missing(iam):
    assert iam.user_info_to_username({"sub": "Eve", "groups": ["cloud/jupyter"]}) == "eve"
    assert iam.user_info_to_username({"sub": "2", "preferred_username": "", "groups": ["cloud/jupyter"]}) == "user-2"


def test_the_configuration_follows_the_model(iam, model, secrets):
    expected = {
        "issuer": "https://iam.example.org/", "client_id": "openstack-hub", "client_secret": "client",
        "login_service": "Test IAM", "membership_url": "https://iam.example.org/join", "contact": model["contact"],
        "hub_url": "https://hub.example.org", "oauth_callback_url": "https://hub.example.org/hub/oauth_callback",
        "scope": ["openid", "profile", "email"], "username_claim": "preferred_username", "groups_claim": "groups",
        "manage_groups": True, "enable_pkce": True, "enable_auth_state": True, "auth_refresh_age": 300,
        "allowed_groups": {"cloud/jupyter"}, "admin_groups": {"cloud/jupyter-admins"},
        "http_request_kwargs": {"connect_timeout": 5, "request_timeout": 10},
    }  # fmt: skip
    assert {name: getattr(iam, name) for name in expected} == expected
    config = Config()
    signin.configure(config, model, secrets)
    assert config.JupyterHub.authenticator_class is signin.IAMAuthenticator
    assert config.CryptKeeper["keys"] == ["cd" * 32]


def test_membership_is_checked_before_each_start(model, secrets):
    """Whatever the authenticator's default is; test_service shows what it prevents."""
    config = Config()
    signin.configure(config, model, secrets)
    assert config.IAMAuthenticator.refresh_pre_spawn is True


def test_expired_users_are_refused_at_the_api_in_every_version(iam):
    """The trait exists from JupyterHub 6.1; 5.5 behaves that way."""
    assert hasattr(Authenticator, "auth_refresh_strict") == hasattr(iam, "auth_refresh_strict")
    assert getattr(iam, "auth_refresh_strict", True) is True
