"""The audit log and the terms of use in a real hub: what is asked of whom, what is refused, and what the log says."""

import contextlib
import json
import sqlite3
import sys
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
import requests
from processes import until
from samples import SECRETS
from service import ROOT, running_service

sys.path.insert(0, str(ROOT))

from hubkit.hub.audit import Audit
from visitor import forms
from visitor.errors import SignInDenied, StartFailed
from visitor.user import NAVIGATION, Visitor

TEXT = "Use it for <b>research</b>.\n\nWe keep a log for 90 days."
TERMS = {"version": "2026-11", "text": TEXT, "url": "https://example.org/terms"}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with running_service(tmp_path_factory.mktemp("service"), {"terms": TERMS, "audit": {"days": 90}}) as running:
        yield running


class UndecidedVisitor(Visitor):
    """Signs in at the IAM and accepts nothing at the hub."""

    def open(self, service, name):
        self.name = name
        page = self.page(f"{self.url}/hub/oauth_login")
        form, name_field, password_field = forms.password_form(forms.soup(page))
        values = forms.fields(form) | {name_field: name, password_field: service.iam.password(name)}
        self.response = forms.submit(self.session, page, form, values, headers=NAVIGATION)
        if not self._at_hub(self.response.url):
            self.response = self._agree(self.response, forms.soup(self.response))
        return self

    def accept(self, **changes):
        form = forms.soup(self.response).select_one("form#terms_form")
        values = forms.fields(form) | forms.checked_boxes(form) | changes
        self.response = forms.submit(self.session, self.response, form, values, headers=NAVIGATION)
        return self.response


def signed_in(service, name):
    visitor = Visitor(service.url)
    assert visitor.sign_in(name, service.iam.password(name)) == name
    return visitor


def log_of(service, **wanted):
    """The lines of the log in which all WANTED are as given. The hub writes those of a request after its answer."""
    lines = Audit(service.folder / "audit", 90).lines()
    return [line for line in lines if wanted.items() <= line.items()]


def api(service, token, method, path, **kwargs):
    session = requests.Session()
    session.trust_env = False
    headers = {"Authorization": f"token {token}"}
    return session.request(method, f"{service.url}/hub/api/{path}", headers=headers, timeout=30, **kwargs)


def test_before_acceptance_every_page_leads_to_the_terms_and_nothing_starts(service):
    alice = UndecidedVisitor(service.url).open(service, "alice")
    assert alice.response.url.startswith(f"{service.url}/hub/terms?next=")
    assert "Use it for &lt;b&gt;research" in alice.response.text and "https://example.org/terms" in alice.response.text
    for path in (
        "",
        "home",
        "spawn",
        "spawn/alice",
        "token",
        "spawn-pending/alice",
        "user/alice/lab",
        "user-redirect/lab",
    ):
        answer = alice.session.get(f"{service.url}/hub/{path}", headers=NAVIGATION)
        assert answer.url.split("?")[0] == f"{service.url}/hub/terms", path
    authorize = f"{service.url}/hub/api/oauth2/authorize?client_id=jupyterhub-user-alice&response_type=code"
    assert "/hub/terms" in alice.session.get(authorize, headers=NAVIGATION).url
    sentence = f"Accept the terms of use (version 2026-11) first: {service.url}/hub/terms"
    for path, fields in (("spawn", {"profile": "default"}), ("spawn/alice", {"profile": "default"})):
        sent = fields | {"_xsrf": alice._xsrf(f"{service.url}/hub/spawn")}
        answer = alice.session.post(f"{service.url}/hub/{path}", data=sent, headers=NAVIGATION)
        assert answer.status_code == 403 and sentence in answer.text
    answer = alice._fetch("POST", f"{service.url}/hub/api/users/alice/server", json={"profile": "default"})
    assert (answer.status_code, answer.json()["message"]) == (403, sentence)
    assert alice._fetch("GET", f"{service.url}/hub/user/alice/api/contents").status_code == 403  # for scripts no page
    assert not alice.running()
    assert log_of(service, user="alice", event="server start", result="refused")[-1]["reason"] == sentence


def test_a_forged_old_or_empty_acceptance_is_none(service):
    bob = UndecidedVisitor(service.url).open(service, "bob")
    terms = bob.response
    assert bob.accept(_xsrf="0" * 32).status_code == 403
    for value in ("2026-10", ""):
        bob.response = terms
        assert "/hub/terms" in bob.accept(accept=value).url
    bob.response = bob.session.get(f"{service.url}/hub/terms?accept=2026-11", headers=NAVIGATION)
    assert "terms_form" in bob.response.text  # a link accepts nothing
    assert not log_of(service, user="bob", event="terms accepted")


def test_an_acceptance_is_recorded_with_version_and_date_and_opens_the_hub(service):
    carol = UndecidedVisitor(service.url).open(service, "carol")
    carol.response = carol.session.get(f"{service.url}/hub/terms?next=%2Fhub%2Fspawn", headers=NAVIGATION)
    assert carol.accept().url == f"{service.url}/hub/spawn"
    assert "You accepted this version on" in carol.page(f"{service.url}/hub/terms").text
    with sqlite3.connect(service.folder / "terms.sqlite") as db:
        ((name, version, time),) = db.execute("SELECT * FROM acceptances WHERE name = 'carol'").fetchall()
    assert (name, version) == ("carol", "2026-11") and time.startswith("20")
    (line,) = until(lambda: log_of(service, user="carol", event="terms accepted"))
    assert (line["version"], line["address"]) == ("2026-11", "127.0.0.1")


@pytest.mark.parametrize("next_url", ["https://evil.example.org/", "//evil.example.org/", "/\\evil.example.org/"])
def test_acceptance_leads_to_no_other_site(service, next_url):
    carol = UndecidedVisitor(service.url).open(service, "carol")
    with sqlite3.connect(service.folder / "terms.sqlite") as db:
        db.execute("DELETE FROM acceptances WHERE name = 'carol'")
    carol.response = carol.session.get(f"{service.url}/hub/terms?next={quote(next_url, safe='')}", headers=NAVIGATION)
    assert carol.accept().url.startswith(f"{service.url}/hub/")


@pytest.fixture(scope="module")
def carol(service):
    """Carol, an administrator, with a running server that she has opened."""
    carol = signed_in(service, "carol")
    carol.start("default")
    assert carol.execute("print(6 * 7)").text == "42\n"
    return carol


@contextlib.contextmanager
def older_version_accepted(service, name):
    """NAME has accepted other terms than those in force."""
    change = "UPDATE acceptances SET version = ? WHERE name = ?"
    with contextlib.closing(sqlite3.connect(service.folder / "terms.sqlite", isolation_level=None)) as db:
        db.execute(change, ("2025-01", name))
        yield
        db.execute(change, ("2026-11", name))


def test_a_running_server_is_kept_when_the_terms_change(service, carol):
    token = carol._checked("POST", f"{service.url}/hub/api/users/carol/tokens", json={}).json()["token"]
    with older_version_accepted(service, "carol"):
        assert carol.execute("print(6 * 7)").text == "42\n"
        now = {"last_activity": datetime.now(UTC).isoformat()}
        assert api(service, token, "POST", "users/carol/activity", json=now).status_code == 200
        assert "/hub/terms" in carol.page(f"{service.url}/hub/home").url
        assert carol.running()["ready"]


def test_the_log_says_who_was_refused_what(service, carol):
    with pytest.raises(SignInDenied):
        signed_in(service, "dave")
    (refused,) = log_of(service, event="sign-in", result="refused")
    assert (refused["user"], refused["iam_name"], refused["address"]) == ("", "dave", "127.0.0.1")
    assert refused["reason"] == "In none of the groups cloud/jupyter"
    alice = signed_in(service, "alice")
    before = len(log_of(service))
    assert alice._fetch("DELETE", f"{service.url}/hub/api/users/carol/server").status_code in (403, 404)
    assert alice._fetch("POST", f"{service.url}/hub/api/users/carol/tokens", json={}).status_code in (403, 404)
    assert alice.session.get(f"{service.url}/user/carol/lab", headers=NAVIGATION).status_code == 403
    assert alice._fetch("PATCH", f"{service.url}/hub/api/proxy", json={}).status_code == 403
    lines = until(lambda: len(found := log_of(service)[before:]) >= 4 and found)
    assert [(line["event"], line["user"], line.get("of", ""), line["result"]) for line in lines] == [
        ("server stop", "alice", "carol", "refused"),
        ("token created", "alice", "carol", "refused"),
        ("server access", "alice", "carol", "refused"),
        ("request", "alice", "", "refused"),
    ]


def test_polls_reports_and_strangers_write_nothing(service, carol):
    """Each request of a kind that comes all the time, or from anybody, would fill the log."""
    before = log_of(service)
    carol.page(f"{service.url}/hub/home")
    carol._hub("GET", "user")
    for method, path in (("POST", "users/carol/server"), ("DELETE", "users/carol"), ("POST", "shutdown")):
        assert api(service, "0" * 32, method, path, json={}).status_code == 403
    carol.session.get(f"{service.url}/hub/oauth_callback?code=x&state=y", headers=NAVIGATION)
    carol._fetch("PATCH", f"{service.url}/hub/api/groups/none", json={})  # recorded after all of these
    (last,) = until(lambda: log_of(service)[len(before) :])
    assert (last["method"], last["path"]) == ("PATCH", "api/groups/none")
    assert "/activity" in service.log("hub") and "activity" not in json.dumps(before)


def test_a_stop_by_the_culler_is_recorded_with_its_reason(service, carol):
    reason = "idle (9 s)\n{}"
    assert api(service, SECRETS["culler_token"], "DELETE", "users/carol/server", params={"reason": reason}).ok
    (stop,) = until(lambda: log_of(service, user="service culler", event="server stop"))
    assert (stop["of"], stop["reason"], stop["result"]) == ("carol", reason, "ok")
    (end,) = until(lambda: log_of(service, user="carol", event="server end"))
    assert (end["profile"], end["result"]) == ("default", "ok")
    assert [line["profile"] for line in log_of(service, user="carol", event="server start")] == ["default"]


def test_the_log_tells_the_story_of_a_user(service):
    alice = signed_in(service, "alice")
    before = len(log_of(service, user="alice"))
    token = alice._checked("POST", f"{service.url}/hub/api/users/alice/tokens", json={}).json()
    assert api(service, token["token"], "POST", "users/alice/server", json={"profile": "large"}).status_code == 403
    assert api(service, token["token"], "POST", "users/alice/server", json={"profile": ["x"] * 999}).status_code == 400
    alice._checked("DELETE", f"{service.url}/hub/api/users/alice/tokens/{token['id']}")
    alice.page(f"{service.url}/hub/logout")
    lines = until(lambda: len(found := log_of(service, user="alice")[before:]) >= 5 and found)
    assert [(line["event"], line["result"], line.get("profile", "")[:9]) for line in lines] == [
        ("token created", "ok", ""),
        ("server start", "refused", "large"),
        ("server start", "refused", "['x', 'x'"),
        ("token revoked", "ok", ""),
        ("sign-out", "ok", ""),
    ]
    assert {line["address"] for line in lines} == {"127.0.0.1"}
    assert lines[1]["reason"] == "The profile Large memory is only for members of cloud/large."
    assert token["token"] not in "".join(path.read_text() for path in (service.folder / "audit").glob("*.jsonl"))


def test_a_start_that_fails_is_recorded_with_its_reason(service):
    bob = signed_in(service, "bob")
    (service.folder / "no-starts").touch()
    try:
        with pytest.raises(StartFailed):
            bob.start("default")
    finally:
        (service.folder / "no-starts").unlink()
    (failed,) = until(lambda: log_of(service, user="bob", event="server start", result="failed"))
    assert (failed["reason"], failed["profile"]) == ("OSError('no server can start')", "default")
    assert not log_of(service, user="bob", event="server end")
