"""The client: names, trust, forms, server, kernel."""

import pytest
from mock_hub import MEMBER, OUTSIDER, PASSWORDS, MockHub

from visitor import Visitor
from visitor.errors import (
    ConnectionFailed,
    HubFailed,
    ProviderFailed,
    SignInDenied,
    StartFailed,
    VisitorError,
    WrongPassword,
)


@pytest.fixture
def alice(hub, authority):
    visitor = Visitor(hub.url, authority.ca)
    assert visitor.sign_in(MEMBER, PASSWORDS[MEMBER]) == MEMBER
    return visitor


def test_a_visit_from_sign_in_to_stop(hub, alice):
    assert list(alice.profiles()) == ["small", "large"]
    assert alice.start("large") == ["on its way", "Server ready"]
    assert hub.running == "large"
    assert alice.execute("print(6 * 7)").text == "42\n"
    assert alice.execute("1 / 0").error == "ZeroDivisionError: division by zero"
    alice.put_file("a b.txt", "hello")
    assert alice.get_file("a b.txt") == "hello"
    alice.remove_file("a b.txt")
    assert alice.get_file("a b.txt") is None
    assert alice.idle()["idle"] == 600
    alice.stop()
    assert alice.running() is None


def test_denied_access_and_a_wrong_password_are_different_errors(hub, authority):
    with pytest.raises(SignInDenied) as denied:
        Visitor(hub.url, authority.ca).sign_in(OUTSIDER, PASSWORDS[OUTSIDER])
    assert denied.value.page == hub.DENIAL
    with pytest.raises(WrongPassword, match="Wrong user name or password"):
        Visitor(hub.url, authority.ca).sign_in(OUTSIDER, "qu1nce")


def test_provider_that_does_not_run(hub, authority):
    hub.iam = "https://iam.localhost:1"
    with pytest.raises(ConnectionFailed, match=r"^https://iam.localhost:1/authorize refuses connections"):
        Visitor(hub.url, authority.ca).sign_in(MEMBER, PASSWORDS[MEMBER])


def test_provider_without_a_form(hub, authority):
    hub.iam = f"{hub.iam}/.well-known/openid-configuration?"
    with pytest.raises(ProviderFailed, match="neither a password form nor a consent form"):
        Visitor(hub.url, authority.ca).sign_in(MEMBER, PASSWORDS[MEMBER])


def test_the_environment_does_not_change_the_trusted_authorities(hub, authority, monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, authority.ca)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    with pytest.raises(ConnectionFailed, match="certificate that is not accepted: unable to get local issuer"):
        Visitor(hub.url).sign_in(MEMBER, PASSWORDS[MEMBER])
    assert Visitor(hub.url, authority.ca).sign_in(MEMBER, PASSWORDS[MEMBER])


def test_the_certificate_must_be_for_the_name_though_it_is_loopback(authority):
    with (
        MockHub(authority.issue("elsewhere.localhost")) as hub,
        pytest.raises(ConnectionFailed, match="Hostname mismatch"),
    ):
        Visitor(hub.url, authority.ca).sign_in(MEMBER, PASSWORDS[MEMBER])


def test_a_missing_ca_file():
    with pytest.raises(VisitorError, match=r"The CA file nowhere\.pem cannot be used: No such file"):
        Visitor("https://hub.localhost", "nowhere.pem")


def test_a_start_that_fails_reports_the_hubs_message(hub, alice):
    hub.START = [{"message": "asking for room"}, {"failed": True, "message": "no room"}]
    with pytest.raises(StartFailed, match="small did not start: no room") as failed:
        alice.start("small")
    assert failed.value.messages == ["asking for room", "no room"]


def test_start_that_never_ends(hub, alice):
    hub.START, hub.READY = [{"message": "still waiting"}], False
    with pytest.raises(StartFailed, match=r"was not ready within 1 s; last message: .*still waiting"):
        alice.start("small", timeout=1)


def test_cell_that_never_ends(hub, alice):
    alice.start("small")
    hub.FINISHES = False
    with pytest.raises(HubFailed, match=r"did not finish the cell within 0.2 s; output so far: '42\\n'"):
        alice.execute("print(42)", timeout=0.2)


def test_errors_of_the_server_become_messages(hub, alice):
    alice.start("small")
    with pytest.raises(HubFailed, match=r"DELETE .*/api/contents/gone.txt returned 404: no such file"):
        alice.remove_file("gone.txt")
