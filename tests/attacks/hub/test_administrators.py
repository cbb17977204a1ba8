"""What an administrator, or whoever has taken over an administrator's session, can do to others."""

import pytest


def status(visitor, method, path, **kwargs):
    return visitor._fetch(method, f"{visitor.url}/hub/api/{path}", **kwargs).status_code


@pytest.fixture
def servers(hub, stock_hub, signed_in):
    """{service: (alice with a running server, carol, an administrator)}"""
    people = {service: (signed_in(service, "alice"), signed_in(service, "carol")) for service in (hub, stock_hub)}
    for alice, _ in people.values():
        alice.running() or alice.start("default")
    yield people
    for alice, _ in people.values():
        alice.running() and alice.stop()


def test_an_administrator_does_not_see_the_tokens_of_the_iam(hub, stock_hub, servers):
    shown = {
        service: carol._fetch("GET", f"{carol.url}/hub/api/users/alice").json().get("auth_state")
        for service, (_, carol) in servers.items()
    }
    assert shown[stock_hub]["access_token"] and not shown[hub]


def test_an_administrator_does_not_open_servers_of_others(hub, stock_hub, servers):
    opened = {service: carol.page(alice.server_url("lab")).status_code for service, (alice, carol) in servers.items()}
    assert opened == {stock_hub: 200, hub: 403}


@pytest.mark.parametrize(("path", "body"), [("users/alice/tokens", {}), ("users/mallory", None), ("groups/x", None)])
def test_an_administrator_cannot_act_as_others(hub, stock_hub, servers, path, body):
    found = {service: status(carol, "POST", path, json=body) for service, (_, carol) in servers.items()}
    assert found == {stock_hub: 201, hub: 403}


def test_an_administrator_cannot_stop_the_hub(servers, hub):
    """No control: it would stop the other hub."""
    assert status(servers[hub][1], "POST", "shutdown", json={}) == 403


def test_an_administrator_sees_users_and_stops_their_servers(servers, hub):
    alice, carol = servers[hub]
    assert "alice" in [user["name"] for user in carol._fetch("GET", f"{carol.url}/hub/api/users").json()]
    assert carol.page(f"{hub.url}/hub/admin").status_code == 200
    assert alice.page(f"{hub.url}/hub/admin").status_code == 403
    assert status(carol, "DELETE", "users/alice/server") in (202, 204)
    assert status(alice, "GET", "users/carol") == 404
