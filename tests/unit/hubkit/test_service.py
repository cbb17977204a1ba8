"""The whole of hubkit in a real hub: a person signs in, is refused, loses membership; servers idle and end."""

import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from service import ROOT, running_service, until

sys.path.insert(0, str(ROOT))

from visitor.errors import HubFailed, Refused, VisitorError
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


def token(visitor):
    return visitor._checked("POST", f"{visitor.url}/hub/api/users/{visitor.name}/tokens", json={}).json()["token"]


def api(service, token, method="GET", path="user", **kwargs):
    headers = {"Authorization": f"token {token}"}
    session = requests.Session()
    session.trust_env = False
    return session.request(method, f"{service.url}/hub/api/{path}", headers=headers, timeout=30, **kwargs)


def at_home(visitor):
    """Whether the hub's home page is shown, without signing in again."""
    return visitor.session.get(f"{visitor.url}/hub/home", allow_redirects=False).status_code == 200


def test_an_outsider_is_told_what_to_do_and_gets_no_account(service):
    with pytest.raises(Refused) as refused:
        signed_in(service, "dave")
    page = refused.value.page
    for words in ("403", "Test IAM", "dave", "cloud/jupyter", "Request membership", "help@example.org", "Sign out"):
        assert words in page
    with sqlite3.connect(service.folder / "accounts.sqlite") as db:
        assert not db.execute("SELECT name FROM sqlite_master").fetchall()


def test_login_page_shows_the_notice_escaped(service):
    assert "Testing &lt;b&gt;phase" in Visitor(service.url).page(f"{service.url}/hub/login").text


def test_what_a_script_sends_is_looked_up(service):
    carol = signed_in(service, "carol")
    key = token(carol)
    for options, status in (({"profile": "large"}, 403), ({"profile": "nope"}, 400), ({"profile": ["short"]}, 400)):
        answer = api(service, key, "POST", "users/carol/server", json=options)
        assert (answer.status_code, "profile" in answer.json()["message"]) == (status, True), answer.text
    assert "Large" not in str(carol.profiles())
    sent = {"profile": "default", "mem_limit": 1, "cmd": ["sh"], "environment": {"PATH": "/tmp"}}
    assert api(service, key, "POST", "users/carol/server", json=sent).status_code in (201, 202)
    server = until(lambda: (found := carol.running()) and found["ready"] and found)
    assert server["user_options"] == {"profile": "default"}


def poll(visitor):
    """What an open tab asks all the time, and what does not count as activity."""
    visitor.session.get(visitor.server_url("api/kernels"))
    return True


def test_idle_server_is_stopped_and_a_busy_one_is_kept(service):
    alice, bob = signed_in(service, "alice"), signed_in(service, "bob")
    end = service.folder / "end-of-the-cell"
    busy = f"import os, time\nwhile not os.path.exists({str(end)!r}):\n    time.sleep(0.1)\nprint('done')"
    bob.start("short")
    with Kernel(bob) as kernel, ThreadPoolExecutor() as pool:
        cell, longer_than_any_stop = pool.submit(kernel.run, busy, 90), time.monotonic() + 12
        alice.start("short")
        assert 0 <= alice.idle()["idle"] <= 5
        until(lambda: poll(alice) and not alice.running() and time.monotonic() > longer_than_any_stop, 60, 0.5)
        assert bob.running() and "user=bob" not in service.log("culler")
        end.touch()
        assert cell.result().text == "done\n"
    assert "stop user=alice profile=short reason=idle" in service.log("culler")


def test_health_of_the_culler_is_public(service):
    health = requests.get(f"{service.url}/services/culler/health", timeout=5, proxies={"http": ""}).json()
    assert health["every"] == 1 and health["swept_seconds_ago"] < 3


def test_kernels_use_sockets_of_the_user_and_can_be_interrupted_and_restarted(service):
    carol = signed_in(service, "carol")
    with Kernel(carol) as kernel, ThreadPoolExecutor() as pool:
        code = "import json, ipykernel; x = 1; print(json.load(open(ipykernel.get_connection_file()))['transport'])"
        assert kernel.run(code).text == "ipc\n"
        cell = pool.submit(kernel.run, "import time; time.sleep(60)")
        time.sleep(1)
        carol.server("POST", f"api/kernels/{kernel.id}/interrupt")
        assert cell.result().error == "KeyboardInterrupt: "
        kernel.restart()
        assert "NameError" in kernel.run("x").error
    assert carol.idle()["age"] is None


def test_a_silent_iam_takes_nothing_and_a_withdrawal_takes_all(service):
    carol, alice = signed_in(service, "carol"), signed_in(service, "alice")
    keys = {"carol": token(carol), "alice": token(alice)}
    alice.start("default")
    service.iam.set_groups("alice", ["cloud/other"])
    until(lambda: not at_home(alice), 10)
    assert api(service, keys["alice"]).status_code == 403
    until(lambda: "alice" not in api(service, keys["carol"], path="users?state=active").text, 20)
    with pytest.raises(Refused):
        alice.sign_in("alice", service.iam.password("alice"))

    service.iam_stack.close()
    time.sleep(2.5)  # longer than auth_refresh
    assert at_home(carol) and api(service, keys["carol"]).status_code == 200
    assert carol.running()["ready"] and carol.execute("print(6 * 7)").text == "42\n"
    with pytest.raises(HubFailed, match=r"503.*Test IAM does not answer"):
        signed_in(service, "bob")
    assert "Traceback" not in service.log("hub")
    carol.stop()
    carol.start("default")  # asks again before each start


def test_no_account_is_signed_in_without_the_iam(service):
    with pytest.raises(VisitorError):
        signed_in(service, "dave")
