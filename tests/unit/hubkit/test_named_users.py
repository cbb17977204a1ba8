"""Users and administrators by name, in a real hub with a real IAM."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from processes import until
from service import running_service
from test_membership import AGE, runs, signed_in

from visitor.errors import SignInDenied

PARAMETERS = {"kc_idp_hint": "lab & co", "acr_values": "https://refeds.org/profile/mfa"}


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    changes = {
        "allowed_users": ["dave"],
        "iam": {"authorization_parameters": PARAMETERS},
        "sign_in": {"methods": ["iam"], "local": {}, "admin_users": [], "iam_admin_users": ["bob"]},
    }
    with running_service(tmp_path_factory.mktemp("hub"), changes) as running:
        yield running
        assert "Traceback" not in running.log("hub")


@pytest.fixture
def users(hub):
    """The users at the IAM, as they were afterwards."""
    before = hub.iam.users
    yield before
    hub.iam.users = before


def rename(hub, name, new):
    hub.iam.users = {(new if key == name else key): user for key, user in hub.iam.users.items()}


def test_a_user_by_name_needs_no_group(hub):
    assert signed_in(hub, "dave").name == "dave"


def test_an_administrator_by_name_administers_and_a_member_does_not(hub):
    assert signed_in(hub, "bob").page(f"{hub.url}/hub/admin").status_code == 200
    for name in ("alice", "dave"):
        assert signed_in(hub, name).page(f"{hub.url}/hub/admin").status_code == 403


@pytest.mark.parametrize("name", ["dave", "bob"])
def test_who_takes_the_name_of_a_listed_user_has_no_access(hub, users, name):
    signed_in(hub, name)
    hub.iam.users = users | {name: {**users[name], "sub": f"not {name}", "groups": []}}
    with pytest.raises(SignInDenied):
        signed_in(hub, name)


def test_who_takes_the_name_of_an_administrator_is_a_user_like_others(hub, users):
    signed_in(hub, "bob")
    hub.iam.users = users | {"bob": {**users["bob"], "sub": "another bob"}}
    other = signed_in(hub, "bob")
    assert other.name == "bob-2" and other.page(f"{hub.url}/hub/admin").status_code == 403


def test_a_user_who_loses_the_listed_name_loses_the_server(hub, users):
    dave = signed_in(hub, "dave")
    dave.running() or dave.start("default")
    rename(hub, "dave", "david")
    until(lambda: not runs(hub, "dave"), 5 * AGE)
    rename(hub, "david", "dave")
    assert signed_in(hub, "dave").name == "dave"


def test_the_sites_parameters_are_sent_beside_those_of_the_hub(hub):
    session = requests.Session()
    session.trust_env = False
    answer = session.get(f"{hub.url}/hub/oauth_login", allow_redirects=False, timeout=30)
    sent = {key: value for key, (value,) in parse_qs(urlsplit(answer.headers["Location"]).query).items()}
    assert PARAMETERS.items() <= sent.items()
    assert (sent["client_id"], sent["response_type"], sent["code_challenge_method"]) == (
        "openstack-hub",
        "code",
        "S256",
    )
    assert sent["redirect_uri"] == f"{hub.url}/hub/oauth_callback"
