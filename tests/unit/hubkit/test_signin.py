"""Membership of groups, discovery of the IAM, names, and the configuration of sign-in."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyterhub.auth import Authenticator
from mock_iam import ADA, ENDPOINTS, Handler, User, refresh, requested
from test_groups import MANAGER, examples
from traitlets.config import Config

from hubkit.hub import authenticator, pages, provider, signin

VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=2))
DOCUMENTS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("sub", "preferred_username", "groups", *ENDPOINTS), VALUES)
)


def test_a_member_keeps_the_name_and_gets_the_current_groups(iam):
    iam.answers["userinfo"] = ADA | {"groups": ["cloud/jupyter", "/cloud/gpu", 7]}
    model = refresh(iam)
    assert (model["name"], model["groups"], model["admin"]) == ("ada", ["cloud/gpu", "cloud/jupyter"], False)


def test_an_administrator_is_a_member_without_the_other_groups(iam):
    iam.answers["userinfo"] = ADA | {"groups": ["cloud/jupyter-admins"]}
    assert asyncio.run(iam.check_allowed("ada", refresh(iam))) is True


@pytest.mark.parametrize(("groups", "allowed"), [(["cloud/jupyter"], True), ([], False)])
def test_the_hub_asks_again_whether_a_user_is_allowed(iam, groups, allowed):
    assert asyncio.run(iam.check_allowed("ada", {"auth_state": {"oauth_user": ADA | {"groups": groups}}})) is allowed


def test_nobody_has_the_role_admin_of_jupyterhub(iam):
    """JupyterHub leaves the flag as it is unless the answer is an explicit False."""
    iam.answers["userinfo"] = ADA | {"groups": ["cloud/jupyter", "cloud/jupyter-admins"]}
    assert refresh(iam)["admin"] is False


@pytest.mark.parametrize("groups", [["cloud/other"], [], None, "cloud/jupyter", {"cloud/jupyter": 1}, [MANAGER]])
def test_a_user_in_none_of_the_groups_loses_tokens_sessions_and_server(iam, groups):
    refresh(iam)
    iam.answers["userinfo"] = ADA | {"groups": groups}
    user, handler = User(), Handler()
    assert refresh(iam, user, handler) is False
    assert (
        handler.stopped == [("ada", "")]
        and user.deleted == ["a token", "another", "a code"]
        and user.cookie_id != "cookie"
    )
    assert handler.audit.record.call_args.args == ("access ended", "ada")


@pytest.mark.parametrize("blocked", ["ada", "Ada"], ids=["in the hub", "at the IAM"])
def test_a_user_who_is_blocked_by_name_loses_access_and_server(iam, blocked):
    refresh(iam)
    iam.blocked = {blocked}
    handler = Handler()
    assert refresh(iam, handler=handler) is False and handler.stopped == [("ada", "")]
    with pytest.raises(pages.AccessDenied) as denied:
        iam.user_info_to_username(ADA)
    assert "blocked the account" in denied.value.jupyterhub_message


def test_a_blocked_name_in_the_hub_is_blocked_while_the_iam_is_down(iam):
    refresh(iam)
    iam.blocked, iam.answers["userinfo"] = {"ada"}, TimeoutError()
    assert refresh(iam) is False


def test_only_running_servers_are_stopped(iam):
    iam.answers["userinfo"] = ADA | {"groups": []}
    handler = Handler()
    assert refresh(iam, User(ready=False), handler) is False and handler.stopped == []


def test_a_stop_that_fails_is_logged(iam, caplog):
    iam.answers["userinfo"] = ADA | {"groups": []}
    assert refresh(iam, handler=Handler(error=RuntimeError("no"))) is False
    assert "Could not stop the server of ada" in caplog.text


def test_the_account_on_the_machine_is_locked_where_the_hub_made_it(iam):
    iam.answers["userinfo"] = ADA | {"groups": []}
    user, locked = User(), []

    async def lock_account():
        locked.append(user.name)

    user.spawner.lock_account = lock_account
    assert refresh(iam, user, Handler()) is False and locked == ["ada"]


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
        "scope": ["openid", "profile", "email", "offline_access"], "basic_auth": False,
        "username_claim": "preferred_username", "groups_claim": "groups",
        "manage_groups": True, "enable_pkce": True, "enable_auth_state": True, "auth_refresh_age": 300,
        "allowed_groups": {"cloud/jupyter"}, "administrators": {"cloud/jupyter-admins"}, "admin_groups": set(),
        "entitlements": None, "blocked": set(), "user_tokens": True,
        "http_request_kwargs": {"connect_timeout": 5, "request_timeout": 10}, "extra_authorize_params": {},
        "groups_separator": None, "username_domain": None, "allow_all": False, "allowed_names": set(),
        "administrator_names": set(),
    }  # fmt: skip
    assert {name: getattr(iam, name) for name in expected} == expected
    config = Config()
    authenticator.configure(config, model, secrets)
    assert config.JupyterHub.authenticator_class is authenticator.HubAuthenticator
    assert config.CryptKeeper["keys"] == ["cd" * 32]


@pytest.mark.parametrize(
    ("supported", "scopes"),
    [(None, 4), (["openid", "offline_access"], 4), (["openid", "profile"], 3), ("openid", 4)],
)
def test_a_refresh_token_is_requested_unless_the_provider_says_that_it_has_none(iam, supported, scopes):
    iam.answers["openid-configuration"] = ENDPOINTS | ({} if supported is None else {"scopes_supported": supported})
    refresh(iam)
    assert len(iam.scope) == scopes and ("offline_access" in iam.scope) is (scopes == 4)


def test_the_client_authenticates_in_the_way_that_is_registered(iam, model, secrets):
    sent = iam.build_refresh_token_request_params("r")
    assert (sent["client_id"], sent["client_secret"]) == ("openstack-hub", "client")
    model["iam"]["client_authentication"] = "basic"
    config = Config()
    provider.configure(config, model, secrets)
    basic = signin.IAMAuthenticator(config=config)
    assert "client_secret" not in basic.build_refresh_token_request_params("r")
    assert basic.build_token_info_request_headers()["Authorization"].startswith("Basic ")


def test_membership_is_checked_before_each_start(model, secrets):
    """Whatever the authenticator's default is; test_service shows what it prevents."""
    config = Config()
    authenticator.configure(config, model, secrets)
    assert config.HubAuthenticator.refresh_pre_spawn is True


def test_expired_users_are_refused_at_the_api_in_every_version(iam):
    """The trait exists from JupyterHub 6.1; 5.5 behaves that way."""
    assert hasattr(Authenticator, "auth_refresh_strict") == hasattr(iam, "auth_refresh_strict")
    assert getattr(iam, "auth_refresh_strict", True) is True
