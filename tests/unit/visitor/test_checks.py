"""Each check against a working hub, and against one that is broken in the way that the check detects."""

import json
import math
import time
from functools import partial
from types import SimpleNamespace

import pytest
from mock_hub import MEMBER, PASSWORDS, MockHub

from visitor import checks, member_checks, public_checks, report
from visitor.errors import ServerRunning, StartFailed
from visitor.kernel import Output


def run_checks(settings):
    return {r.name: r for r in checks.run(settings, lambda *_: None)}


def test_all_checks_pass_on_a_working_hub_and_leave_nothing_behind(hub, settings):
    results = run_checks(settings(hub))
    assert {r.name: r.detail for r in results.values() if r.result == "failed"} == {}
    assert [r.name for r in results.values() if r.result == "skipped"] == ["redirect to https"]
    assert results["files in large"].detail.endswith("is there, and removed")
    assert hub.files == {} and hub.running is None


@pytest.mark.parametrize(
    ("broken", "check", "words"),
    [
        ({"HSTS": ""}, "HSTS", "missing"),
        ({"HSTS": "max-age=0"}, "HSTS", "max-age=0"),
        ({"SECURE": ""}, "cookies", "_xsrf, session"),
        ({"LOGIN": 503}, "sign-in page", "answers 503"),
        ({"ISSUER": "/other"}, "OpenID provider", "names the issuer"),
        ({"MEMBERS": {"alice", "dave"}}, "outsider denied", "was signed in as dave"),
        ({"DENIAL": "Sorry."}, "outsider denied", "does not name cloud/jupyter"),
        ({"MEMBERS": set()}, "sign-in", "denies alice access"),
        ({"PROFILES": ["small"]}, "profile list", "does not offer large, only: small"),
        ({"PROFILES": ["small"]}, "start large", "does not offer large, only: small"),
        ({"START": [{"failed": True, "message": "no room"}]}, "start small", "no room"),
        ({"MEMORY_FACTOR": 0.5}, "limits of small", "MEM_LIMIT is 536870912, declared is 1073741824"),
        ({"KERNEL_LIMIT": float("inf")}, "limits of small", "enforces no limit"),
        ({"KERNEL_LIMIT": 2**31}, "limits of small", "enforces 2147483648"),
        ({"OUTPUT": ""}, "cell in small", "gave ''"),
        ({"OUTPUT": "142"}, "cell in small", "gave '142'"),
        ({"OUTPUT": "4 2"}, "cell in small", "gave '4 2'"),
        ({"OUTPUT": "42\n42\n"}, "cell in small", "gave '42"),
        ({"OUTPUT": "41"}, "cell in small", "gave '41', no error"),
        ({"ERROR": "NameError"}, "cell in small", "gave '42\\n', NameError: x"),
        ({"CONTENT": "something else"}, "files in large", "written in small, has other content in large"),
        ({"CONTENT": ""}, "files in large", "has other content in large"),
        ({"INSECURE": ("session",)}, "cookies", "without Secure: session;"),
        ({"INSECURE": ("_xsrf",)}, "cookies", "without Secure: _xsrf;"),
        ({"UPGRADE": False}, "cell in small", "returned 400 instead of 101"),
        ({"IDLE": None}, "idle timeout of small", "reports no idle timeout"),
        ({"IDLE": 86400}, "idle timeout of small", "86400 s left"),
        ({"IDLE": 30}, "idle timeout of small", "30 s left"),
        ({"CULLER": (503, {"every": 60, "swept_seconds_ago": 400.0})}, "culler", "400.0 s ago"),
        ({"CULLER": (200, {"every": 60, "swept_seconds_ago": 400.0})}, "culler", "400.0 s ago"),
        ({"CULLER": (404, "nothing here")}, "culler", "nothing here"),
        ({"KEEP": False}, "files in large", "written in small, is missing in large"),
    ],
)
def test_each_problem_is_reported_by_its_check(hub, settings, broken, check, words):
    vars(hub).update(broken)
    result = run_checks(settings(hub))[check]
    assert result.result == "failed"
    assert words in result.detail


def cookie(name, domain, secure=True):
    return SimpleNamespace(name=name, domain=domain, secure=secure)


@pytest.mark.parametrize(
    ("cookies", "result"),
    [
        ([], "The hub has set no cookies."),
        ([cookie("a", "iam.example.org")], "The hub has set no cookies."),
        ([cookie("a", "hub.example.org")], "all 1 are Secure"),
        ([cookie("a", ".hub.example.org"), cookie("b", "iam.example.org", secure=False)], "all 1 are Secure"),
        ([cookie("a", ".hub.example.org", secure=False)], "Cookies without Secure: a; does"),
        ([cookie(name, "hub.example.org", name == "b") for name in "cba"], "Cookies without Secure: a, c; does"),
    ],
)
def test_which_cookies_are_accepted(cookies, result):
    """All that the hub has set, for its own name or its subdomains; the provider's are not the hub's."""
    member = member_checks.MemberChecks({"url": "https://hub.example.org:8443"})
    member.visitor = SimpleNamespace(session=SimpleNamespace(cookies=cookies))
    try:
        detail = member.cookies()
    except public_checks.CheckFailed as error:
        detail = str(error)
    assert detail.startswith(result)


def test_cookies_are_not_checked_without_https():
    with pytest.raises(public_checks.CheckSkipped):
        member_checks.MemberChecks({"url": "http://127.0.0.1:8000"}).cookies()


@pytest.mark.parametrize(
    ("timeout", "remaining", "accepted"),
    [
        (600, 600, True), (600, 615, True), (600, 616, False), (600, 586, True), (600, 570, False), (600, None, False),
        (0, None, True), (0, 600, False), (0, 0, False), (600, 0, False),
    ],
)  # fmt: skip
def test_which_idle_timeouts_are_accepted(timeout, remaining, accepted):
    member = member_checks.MemberChecks({})
    member.visitor = SimpleNamespace(idle=lambda: {"idle": remaining})
    member.start_time = time.monotonic() - 0.5
    if accepted:
        assert member.idle_timeout({"idle": timeout})
    else:
        with pytest.raises(public_checks.CheckFailed):
            member.idle_timeout({"idle": timeout})


@pytest.mark.parametrize(
    ("environment", "kernel", "problem"),
    [
        ("100", 100, None), ("100", 100.9, None), ("100", 102, "enforces 102"), ("100", 98, "enforces 98"),
        ("100", math.inf, "enforces no limit"), ("100", None, None), ("101", 100, "MEM_LIMIT is 101"),
        (None, 100, "MEM_LIMIT is not set"),
    ],
)  # fmt: skip
def test_which_limits_are_accepted(environment, kernel, problem):
    limits = {"environment": {"memory": environment, "cpu": "2.0"}, "kernel": {"memory": kernel, "cpu": 2}}
    member = member_checks.MemberChecks({})
    member.visitor = SimpleNamespace(execute=lambda code: Output(json.dumps(limits)))
    if problem:
        with pytest.raises(public_checks.CheckFailed, match=problem):
            member.limits({"memory": 100, "cpu": 2})
    else:
        assert ("not visible" in member.limits({"memory": 100, "cpu": 2})) is (kernel is None)


def test_limits_that_cannot_be_read():
    member = member_checks.MemberChecks({})
    member.visitor = SimpleNamespace(execute=lambda code: Output("", "OSError: x"))
    with pytest.raises(public_checks.CheckFailed, match="cannot be read: OSError: x"):
        member.limits({"memory": 100, "cpu": 2})


def test_a_start_that_fails_leaves_no_server(hub, settings):
    member = member_checks.MemberChecks(settings(hub))
    member.offered, calls = {"small": ""}, []

    def start(profile, timeout):
        raise StartFailed("no room")

    member.visitor = SimpleNamespace(start=start, stop=lambda: calls.append("stop"))
    with pytest.raises(StartFailed):
        member.start({"name": "small"})
    assert calls == ["stop"]


def test_a_server_that_somebody_else_started_meanwhile_is_not_stopped(hub, settings):
    member = member_checks.MemberChecks(settings(hub))
    member.offered = {"small": ""}

    def start(profile, timeout):
        raise ServerRunning("already")

    member.visitor = SimpleNamespace(start=start, stop=lambda: pytest.fail("stopped"))
    with pytest.raises(ServerRunning):
        member.start({"name": "small"})


@pytest.mark.parametrize(
    ("status", "age", "result"), [(200, 180, "ok"), (200, 181, "failed"), (503, 3, "failed"), (200, 0, "ok")]
)
def test_the_culler_is_late_after_three_intervals(hub, settings, status, age, result):
    hub.CULLER = (status, {"every": 60, "swept_seconds_ago": age})
    assert checks.run_check("culler", partial(public_checks.culler, settings(hub))).result == result


@pytest.mark.parametrize(("days", "result"), [(14, "ok"), (13, "failed")])
def test_a_certificate_is_valid_for_long_enough(authority, settings, days, result):
    with MockHub(authority.issue("hub.localhost", days=days)) as hub:
        assert checks.run_check("certificate", partial(public_checks.certificate, settings(hub))).result == result


def only(results, check):
    return results[check].result, results[check].detail


def test_wrong_password_of_the_member(hub, settings):
    results = run_checks(settings(hub, member={"username": MEMBER, "password": "qu1nce"}))
    result, detail = only(results, "sign-in")
    assert result == "failed" and "does not accept the password of alice: Wrong user name or password." in detail
    assert only(results, "start small") == ("skipped", "needs sign-in")
    assert not any(secret in str(results) for secret in ("qu1nce", *PASSWORDS.values()))


def test_accounts_that_are_not_set(hub, settings):
    results = run_checks(settings(hub, member=None, outsider=None))
    assert only(results, "sign-in") == ("skipped", "set verify_member to an account in an allowed group")
    assert results["outsider denied"].result == "skipped"
    assert "failed" not in {r.result for r in results.values()}


@pytest.mark.parametrize(
    ("names", "days", "words"),
    [
        (["hub.localhost"], 5, "5 days left"),
        (["hub.localhost"], -1, "certificate has expired"),
        (["other.localhost"], 60, "not valid for 'hub.localhost'"),
    ],
)
def test_certificates_that_expire_or_have_another_name(authority, settings, names, days, words):
    with MockHub(authority.issue(*names, days=days)) as hub:
        result, detail = only(run_checks(settings(hub)), "certificate")
    assert result == "failed" and words in detail


def test_certificate_of_an_unknown_authority(hub, settings, other_authority):
    results = run_checks(settings(hub, ca_file=other_authority.ca))
    result, detail = only(results, "certificate")
    assert result == "failed" and "unable to get local issuer certificate" in detail
    assert only(results, "sign-in") == ("skipped", "needs sign-in page")


def test_the_provider_may_have_another_authority_than_the_hub(hub, settings, authority, other_authority):
    for files in ([other_authority.ca, authority.ca], [authority.ca]):
        results = run_checks(settings(hub, ca_file=files, member=None, outsider=None))
        assert only(results, "certificate")[0] == only(results, "OpenID provider")[0] == "ok"


def test_old_tls(certificate, old_tls, settings):
    hub = MockHub()
    hub.http.socket, hub.url = old_tls.wrap(hub.http.socket), hub.url.replace("http:", "https:")
    with hub:
        result, detail = only(run_checks(settings(hub, member=None, outsider=None)), "TLS versions")
    assert (result, "accepts TLSv1.1" in detail) == ("failed", True)


def test_http_must_redirect_to_https(hub, plain_hub, settings):
    result, detail = only(run_checks(settings(hub, http_port=plain_hub.port)), "redirect to https")
    assert result == "failed" and "instead of redirecting to" in detail
    plain_hub.url, plain_hub.REDIRECT = hub.url, True
    assert only(run_checks(settings(hub, http_port=plain_hub.port)), "redirect to https")[0] == "ok"


def test_hub_that_does_not_run(hub, settings):
    stopped = settings(hub)
    hub.http.shutdown()
    hub.http.server_close()
    results = run_checks(stopped)
    assert "refuses connections" in results["sign-in page"].detail
    assert "ok" not in {r.result for r in results.values()}


def test_a_running_server_of_the_member_is_not_touched(hub, settings):
    hub.running = "small"
    results = run_checks(settings(hub))
    assert "alice already has a running server" in results["profile list"].detail
    assert only(results, "start small") == ("skipped", "needs profile list")
    assert hub.running == "small"


def test_the_server_that_a_killed_run_left_is_stopped(hub, settings):
    hub.running, hub.files["api/contents/openstack-hub-verify-server.txt"] = "small", "noon"
    assert not [r for r in run_checks(settings(hub)).values() if r.result == "failed"]
    hub.running, hub.files["api/contents/openstack-hub-verify-server.txt"] = "small", "an earlier day"
    assert only(run_checks(settings(hub)), "profile list")[0] == "failed"


def test_one_profile_is_started_twice_for_its_files(hub, settings):
    one = settings(hub)["profiles"][:1]
    results = run_checks(settings(hub, profiles=one))
    assert results["files in small again"].detail.endswith("is there, and removed")
    hub.KEEP = False
    assert "is missing" in run_checks(settings(hub, profiles=one))["files in small again"].detail


def test_profile_for_other_groups(hub, settings):
    profiles = settings(hub)["profiles"]
    profiles.append({"name": "gpu", "memory": 1, "cpu": 1, "idle": 0, "groups": ["cloud/gpu"]})
    results = run_checks(settings(hub, profiles=profiles))
    assert only(results, "start gpu") == ("skipped", "only for cloud/gpu")
    assert results["profile list"].result == "ok"


def test_an_unexpected_error_becomes_a_result_without_its_text():
    result = checks.run_check("x", lambda: {}["a secret"])
    assert result.result == "failed" and "KeyError at line" in result.detail and "secret" not in result.detail


def test_table_is_aligned():
    some = [checks.Result("a", "ok", "fine", 0.1), checks.Result("a longer one", "failed", "words " * 40, 12.0)]
    texts = [text for _, text in report.rows(some)]
    assert {text.splitlines()[0].find(word) for text, word in zip(texts, ("detail", "fine", "words"), strict=True)} == {
        32
    }
    assert max(len(line) for text in texts for line in text.splitlines()) <= report.WIDTH
    assert report.summary(some) == "1 of 2 checks failed: a longer one"
