"""What an ordinary member may not ask the hub for: anything about others, or the service."""

import pytest

from visitor.user import Visitor

REQUESTS = [
    ("GET", "users"), ("GET", "users/alice"), ("GET", "users/alice/tokens"), ("GET", "users/alice/server/progress"),
    ("GET", "groups"), ("GET", "groups/cloud%2Fjupyter"), ("GET", "services"), ("GET", "services/culler"),
    ("GET", "proxy"), ("GET", "info"), ("GET", "metrics"), ("POST", "users"), ("POST", "users/mallory"),
    ("POST", "users/alice/tokens"), ("POST", "users/alice/server"), ("POST", "users/alice/activity"),
    ("POST", "groups/mine"),
    ("POST", "groups/cloud%2Fjupyter-admins/users"), ("POST", "proxy"), ("POST", "shutdown"), ("POST", "shares/alice/"),
    ("PATCH", "users/alice"), ("PATCH", "users/bob"), ("PATCH", "proxy"), ("DELETE", "users/alice"),
    ("DELETE", "users/bob"), ("DELETE", "users/alice/server"), ("DELETE", "groups/cloud%2Fjupyter"),
    ("PUT", "users/alice"),
]  # fmt: skip


def answer(visitor, method, path):
    body = {} if method in ("POST", "PATCH", "PUT") else None
    return visitor._fetch(method, f"{visitor.url}/hub/api/{path}", json=body)


@pytest.fixture(scope="module")
def people(hub):
    """Alice and bob, whom the hub both knows."""
    alice, bob = Visitor(hub.url), Visitor(hub.url)
    alice.sign_in("alice", hub.iam.password("alice"))
    bob.sign_in("bob", hub.iam.password("bob"))
    return alice, bob


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_a_member_gets_nothing_about_others(people, method, path):
    assert answer(people[1], method, path).status_code in (403, 404, 405)


def test_the_same_requests_about_oneself_are_answered(people):
    """Or the test above would show nothing."""
    assert answer(people[0], "GET", "users/alice").json()["name"] == "alice"
    assert answer(people[0], "GET", "users/alice/tokens").status_code == 200


@pytest.mark.parametrize("page", ["admin", "home/alice", "spawn/alice", "user/alice/", "token/alice"])
def test_pages_of_others_are_closed(people, page):
    assert people[1].page(f"{people[1].url}/hub/{page}").status_code in (403, 404)
