"""hubkit in a real hub: sign-in, access denied, loss of membership, idle servers, an IAM that is down."""

import contextlib
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from processes import until
from samples import SECRETS
from service import ROOT, running_service

sys.path.insert(0, str(ROOT))

from hubkit.culler import Hub
from visitor.errors import HubFailed, SignInDenied, VisitorError
from visitor.kernel import Kernel
from visitor.user import Visitor


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with running_service(tmp_path_factory.mktemp("service")) as running:
        yield running


def signed_in(service, name):
    visitor = Visitor(service.url)
    assert visitor.sign_in(name, service.iam.password(name)) == name
    return visitor


def new_token(visitor):
    return visitor._checked("POST", f"{visitor.url}/hub/api/users/{visitor.name}/tokens", json={}).json()["token"]


def api(service, token, method="GET", path="user", **kwargs):
    headers = {"Authorization": f"token {token}"}
    session = requests.Session()
    session.trust_env = False
    return session.request(method, f"{service.url}/hub/api/{path}", headers=headers, timeout=30, **kwargs)


def is_signed_in(visitor):
    """Whether the hub's home page is shown, without signing in again."""
    return visitor.session.get(f"{visitor.url}/hub/home", allow_redirects=False).status_code == 200


def test_an_outsider_is_told_what_to_do_and_gets_no_account(service):
    with pytest.raises(SignInDenied) as refused:
        signed_in(service, "dave")
    page = refused.value.page
    for words in ("403", "Test IAM", "dave", "cloud/jupyter", "Request membership", "help@example.org", "Sign out"):
        assert words in page
    with sqlite3.connect(service.folder / "accounts.sqlite") as db:
        assert not db.execute("SELECT name FROM accounts").fetchall()


def test_the_sign_in_page_shows_the_notice_escaped(service):
    assert "Testing &lt;b&gt;phase" in Visitor(service.url).page(f"{service.url}/hub/login").text


def test_a_profile_that_a_program_sends_is_looked_up(service):
    carol = signed_in(service, "carol")
    token = new_token(carol)
    for options, status in (({"profile": "large"}, 403), ({"profile": "nope"}, 400), ({"profile": ["short"]}, 400)):
        answer = api(service, token, "POST", "users/carol/server", json=options)
        assert (answer.status_code, "profile" in answer.json()["message"]) == (status, True), answer.text
    assert "Large" not in str(carol.profiles())
    sent = {"profile": "default", "mem_limit": 1, "cmd": ["sh"], "environment": {"PATH": "/tmp"}}
    assert api(service, token, "POST", "users/carol/server", json=sent).status_code in (201, 202)
    server = until(lambda: (running := carol.running()) and running["ready"] and running)
    assert server["user_options"] == {"profile": "default"}


def poll(visitor):
    """What an open tab requests all the time; it passes the proxy, and does not count as activity."""
    visitor.session.get(visitor.server_url("api/kernels"))
    return True


def test_an_idle_server_is_stopped_though_a_tab_polls_and_a_busy_one_is_kept(service):
    """The hub reads the proxy's times of last activity each second here, so they must not count."""
    alice, bob = signed_in(service, "alice"), signed_in(service, "bob")
    end_of_cell = service.folder / "end-of-cell"
    busy = f"import os, time\nwhile not os.path.exists({str(end_of_cell)!r}):\n    time.sleep(0.1)\nprint('done')"
    bob.start("short")
    with Kernel(bob) as kernel, ThreadPoolExecutor() as pool:
        cell, longer_than_any_stop = pool.submit(kernel.run, busy, 90), time.monotonic() + 12
        alice.start("short")
        assert 0 <= alice.idle()["idle"] <= 5
        until(lambda: poll(alice) and not alice.running() and time.monotonic() > longer_than_any_stop, 60, 0.5)
        assert bob.running() and "user=bob" not in service.log("culler")
        end_of_cell.touch()
        assert cell.result().text == "done\n"
    assert "stop user=alice profile=short reason=idle" in service.log("culler")


def test_the_culler_sees_pages_of_users_and_the_reports_of_servers(service):
    hub = Hub(f"http://127.0.0.1:{service.hub}/hub/api", SECRETS["culler_token"])
    carol = signed_in(service, "carol")
    new_token(carol)
    url = carol.running()["url"]
    assert hub.last_report("carol", url) > time.time() - 400
    assert hub.last_report("carol", f"{url}other/") == 0.0
    assert "carol" in [user["name"] for user in hub.active_users()]
    # The same request with pages of one user, of whom there are several.
    page = hub.call("GET", "/users?offset=0&limit=1", "application/jupyterhub-pagination+json")
    assert len(page["items"]) == 1 and page["_pagination"]["next"]["offset"] == 1


def test_the_health_of_the_culler_is_public(service):
    health = requests.get(f"{service.url}/services/culler/health", timeout=5, proxies={"http": ""}).json()
    assert health["every"] == 1 and health["swept_seconds_ago"] < 3


def test_kernels_use_sockets_of_the_user_and_can_be_interrupted_and_restarted(service):
    carol = signed_in(service, "carol")
    with Kernel(carol) as kernel, ThreadPoolExecutor() as pool:
        code = "import json, ipykernel; x = 1; print(json.load(open(ipykernel.get_connection_file()))['transport'])"
        assert kernel.run(code).text == "ipc\n"
        cell = pool.submit(kernel.run, "import time; time.sleep(60)")
        until(lambda: carol.server("GET", f"api/kernels/{kernel.id}").json()["execution_state"] == "busy", 10)
        time.sleep(0.5)  # the kernel has begun to execute
        carol.server("POST", f"api/kernels/{kernel.id}/interrupt")
        assert cell.result().error == "KeyboardInterrupt: "
        kernel.restart()
        assert "NameError" in kernel.run("x").error
    assert carol.idle()["age"] is None


@contextlib.contextmanager
def withdrawn(service, name):
    """NAME is in none of the groups for a while."""
    groups = service.iam.users[name]["groups"]
    service.iam.set_groups(name, ["cloud/other"])
    try:
        yield
    finally:
        service.iam.set_groups(name, groups)


def test_membership_is_checked_before_a_start_however_recent_the_last_check(service):
    bob = signed_in(service, "bob")
    token = new_token(bob)
    assert not bob.running() or bob.stop() is None
    time.sleep(2.1)
    assert api(service, token).status_code == 200  # the next regular check is two seconds away
    with withdrawn(service, "bob"):
        answer = api(service, token, "POST", "users/bob/server", json={"profile": "default"})
    # JupyterHub 6 answers 400, 5 answers 403.
    assert answer.status_code in (400, 403) and "expired" in answer.json()["message"], answer.text
    assert not signed_in(service, "bob").running()


def test_a_failing_iam_changes_nothing_and_a_withdrawal_ends_access(service):
    carol, alice = signed_in(service, "carol"), signed_in(service, "alice")
    tokens = {"carol": new_token(carol), "alice": new_token(alice)}
    alice.start("default")
    service.iam.set_groups("alice", ["cloud/other"])
    until(lambda: not is_signed_in(alice), 10)
    assert api(service, tokens["alice"]).status_code == 403
    until(lambda: "alice" not in api(service, tokens["carol"], path="users?state=active").text, 20)
    with pytest.raises(SignInDenied):
        alice.sign_in("alice", service.iam.password("alice"))

    service.iam_stack.close()
    time.sleep(2.5)  # longer than auth_refresh
    assert is_signed_in(carol) and api(service, tokens["carol"]).status_code == 200
    assert carol.running()["ready"] and carol.execute("print(6 * 7)").text == "42\n"
    time.sleep(3)  # longer than an earlier answer counts
    with pytest.raises(HubFailed, match=r"503.*Test IAM does not answer"):
        signed_in(service, "bob")
    assert "Traceback" not in service.log("hub")
    carol.stop()
    carol.start("default")


def test_nobody_signs_in_without_the_iam(service):
    with pytest.raises(VisitorError):
        signed_in(service, "dave")
