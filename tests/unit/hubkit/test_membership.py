"""The end of a membership in a real hub. Here a check is due every two seconds."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import requests
from processes import until

from visitor.errors import VisitorError
from visitor.kernel import Kernel
from visitor.user import Visitor

AGE = 2  # seconds, of a check: see service.py


def signed_in(service, name):
    visitor = Visitor(service.url)
    visitor.sign_in(name, service.iam.password(name))
    return visitor


def runs(service, name):
    """Whether NAME has a server, by the hub's database: no request is made."""
    with sqlite3.connect(service.folder / "hub.sqlite", timeout=60) as db:
        query = "SELECT 1 FROM users u JOIN spawners s ON s.user_id = u.id WHERE u.name = ? AND s.server_id NOT NULL"
        return bool(db.execute(query, (name,)).fetchone())


def token(visitor):
    return visitor._checked("POST", f"{visitor.url}/hub/api/users/{visitor.name}/tokens", json={}).json()["token"]


def api(service, token, path="user", method="GET", json=None):
    headers = {"Authorization": f"token {token}"}
    session = requests.Session()
    session.trust_env = False
    return session.request(method, f"{service.url}/hub/api/{path}", headers=headers, json=json, timeout=30).status_code


@pytest.fixture
def alice(service):
    """A user with a running server, a cell that runs, and no page open."""
    users = service.iam.users
    visitor = signed_in(service, "alice")
    visitor.running() or visitor.start("default")
    yield visitor
    service.iam.users = users


@pytest.fixture
def bob(service):
    visitor = signed_in(service, "bob")
    visitor.running() or visitor.start("default")
    return visitor


def withdraw(service):
    service.iam.set_groups("alice", ["cloud/other"])


def delete(service):
    service.iam.users = {name: user for name, user in service.iam.users.items() if name != "alice"}


@pytest.mark.parametrize("end", [withdraw, delete])
def test_a_member_who_makes_no_request_loses_everything_at_once(service, bob, alice, end):
    program = token(alice)
    began = service.folder / f"began-{end.__name__}"
    with Kernel(alice) as kernel, ThreadPoolExecutor() as pool:
        cell = pool.submit(kernel.run, f"import pathlib, time; pathlib.Path({str(began)!r}).touch(); time.sleep(600)")
        until(began.exists)
        end(service)
        until(lambda: not runs(service, "alice"), 5 * AGE)
        with pytest.raises(VisitorError):
            cell.result()
    assert api(service, program) == 403
    home = alice.session.get(f"{alice.url}/hub/home", allow_redirects=False, timeout=30)
    assert home.status_code == 302 and "/hub/login" in home.headers["Location"]
    assert runs(service, "bob"), "another user's server runs on"
    service.iam.users = service.iam.users | {"alice": {**service.iam.users["bob"], "sub": "another person"}}
    assert api(service, program) == 403, "the token is gone"


def checks(service):
    return service.log("hub").count("is unknown, so nothing changes")


def rejections(service, name):
    return service.log("hub").count(f"rejects the token of {name}, but it accepts no older one")


def test_an_iam_that_is_down_or_has_forgotten_all_tokens_ends_nothing(service, alice, bob):
    service.iam_stack.close()
    before = checks(service)
    until(lambda: checks(service) >= before + 4, 10 * AGE)  # both users, twice
    service.start_iam()  # which keeps tokens in memory
    until(lambda: rejections(service, "alice") and rejections(service, "bob"), 10 * AGE)
    assert runs(service, "alice") and runs(service, "bob")
    signed_in(service, "bob")  # the IAM accepts a token again
    before = rejections(service, "alice")
    until(lambda: rejections(service, "alice") >= before + 2 or not runs(service, "alice"), 10 * AGE)
    assert runs(service, "alice") and runs(service, "bob")
    assert "/hub/login" in alice.page(f"{alice.url}/hub/home").url, "pages require a new sign-in"


def test_a_forged_note_does_not_make_a_token_that_of_a_server(service, alice):
    """Of a user whose IAM tokens have expired: the server may report, nothing else may do anything."""
    own = alice.execute("import os; print(os.environ['JUPYTERHUB_API_TOKEN'])").text.strip()
    forged = alice._checked(
        "POST", f"{alice.url}/hub/api/users/alice/tokens", json={"note": "Server at /user/alice/"}
    ).json()["token"]
    assert api(service, forged) == 200
    service.iam_stack.close()
    service.start_iam()  # which has forgotten all tokens
    until(lambda: api(service, forged) == 403, 5 * AGE)
    activity = ("users/alice/activity", "POST", {"last_activity": datetime.now(UTC).isoformat()})
    assert [api(service, forged, *activity), api(service, own)] == [403, 403]
    assert api(service, own, *activity) == 200 and runs(service, "alice")
