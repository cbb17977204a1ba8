"""Each check on a good hub, and on one that is broken in the way that the check is for."""

import pytest
from standin import MEMBER, PASSWORDS, Standin

from visitor import checks, report


def visit(settings):
    return {r.name: r for r in checks.run(settings, lambda *_: None)}


def test_all_checks_pass_on_a_good_hub_and_nothing_stays(hub, settings):
    results = visit(settings(hub))
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
        ({"ISSUER": "/other"}, "OpenID provider", "calls itself"),
        ({"ADMITTED": {"alice", "dave"}}, "outsider refused", "got in as dave"),
        ({"REFUSAL": "Sorry."}, "outsider refused", "does not name cloud/jupyter"),
        ({"ADMITTED": set()}, "sign-in", "does not admit alice"),
        ({"MENU": ["small"]}, "profile menu", "does not offer large, only: small"),
        ({"MENU": ["small"]}, "start large", "does not offer large, only: small"),
        ({"START": [{"failed": True, "message": "no room"}]}, "start small", "no room"),
        ({"MEMORY_FACTOR": 0.5}, "limits of small", "MEM_LIMIT is 536870912, declared is 1073741824"),
        ({"KERNEL_LIMIT": float("inf")}, "limits of small", "enforces no limit"),
        ({"KERNEL_LIMIT": 2**31}, "limits of small", "enforces 2147483648"),
        ({"OUTPUT": ""}, "cell in small", "gave ''"),
        ({"UPGRADE": False}, "cell in small", "answered with 400 instead of 101"),
        ({"IDLE": None}, "idle stop of small", "never stopped"),
        ({"IDLE": 86400}, "idle stop of small", "86400 s left"),
        ({"IDLE": 30}, "idle stop of small", "30 s left"),
        ({"CULLER": (503, {"every": 60, "swept_seconds_ago": 400.0})}, "culler", "400.0 s ago"),
        ({"CULLER": (200, {"every": 60, "swept_seconds_ago": 400.0})}, "culler", "400.0 s ago"),
        ({"CULLER": (404, "nothing here")}, "culler", "nothing here"),
        ({"KEEP": False}, "files in large", "written in small, is lost in large"),
    ],
)
def test_each_break_is_reported_by_its_check(hub, settings, broken, check, words):
    vars(hub).update(broken)
    result = visit(settings(hub))[check]
    assert result.result == "failed"
    assert words in result.detail


def only(results, check):
    return results[check].result, results[check].detail


def test_wrong_password_of_the_member(hub, settings):
    results = visit(settings(hub, member={"username": MEMBER, "password": "qu1nce"}))
    result, detail = only(results, "sign-in")
    assert result == "failed" and "does not accept the password of alice: Wrong user name or password." in detail
    assert only(results, "start small") == ("skipped", "needs sign-in")
    assert not any(secret in str(results) for secret in ("qu1nce", *PASSWORDS.values()))


def test_accounts_that_are_not_set(hub, settings):
    results = visit(settings(hub, member=None, outsider=None))
    assert only(results, "sign-in") == ("skipped", "set verify_member to an account in an allowed group")
    assert results["outsider refused"].result == "skipped"
    assert "failed" not in {r.result for r in results.values()}


@pytest.mark.parametrize(
    ("names", "days", "words"),
    [
        (["hub.localhost"], 5, "5 days left"),
        (["hub.localhost"], -1, "certificate has expired"),
        (["other.localhost"], 60, "not valid for 'hub.localhost'"),
    ],
)
def test_certificates_that_end_or_are_for_others(authority, settings, names, days, words):
    with Standin(authority.issue(*names, days=days)) as hub:
        result, detail = only(visit(settings(hub)), "certificate")
    assert result == "failed" and words in detail


def test_certificate_of_an_unknown_authority(hub, settings, other_authority):
    results = visit(settings(hub, ca_file=other_authority.ca))
    result, detail = only(results, "certificate")
    assert result == "failed" and "unable to get local issuer certificate" in detail
    assert only(results, "sign-in") == ("skipped", "needs sign-in page")


def test_old_tls(certificate, old_tls, settings):
    hub = Standin()
    hub.http.socket, hub.url = old_tls.wrap(hub.http.socket), hub.url.replace("http:", "https:")
    with hub:
        result, detail = only(visit(settings(hub, member=None, outsider=None)), "TLS versions")
    assert (result, "accepts TLSv1.1" in detail) == ("failed", True)


def test_redirect(hub, plain_hub, settings):
    result, detail = only(visit(settings(hub, http_port=plain_hub.port)), "redirect to https")
    assert result == "failed" and "instead of leading to" in detail
    plain_hub.url, plain_hub.REDIRECT = hub.url, True
    assert only(visit(settings(hub, http_port=plain_hub.port)), "redirect to https")[0] == "ok"


def test_hub_that_does_not_run(hub, settings):
    gone = settings(hub)
    hub.http.shutdown()
    hub.http.server_close()
    results = visit(gone)
    assert "refuses connections" in results["sign-in page"].detail
    assert "ok" not in {r.result for r in results.values()}


def test_server_of_the_member_is_left_alone(hub, settings):
    hub.running = "small"
    results = visit(settings(hub))
    assert "alice has a running server already" in results["profile menu"].detail
    assert only(results, "start small") == ("skipped", "needs profile menu")
    assert hub.running == "small"


def test_what_a_killed_visit_left_running_is_stopped(hub, settings):
    hub.running, hub.files["api/contents/openstack-hub-verify-server.txt"] = "small", "noon"
    assert not [r for r in visit(settings(hub)).values() if r.result == "failed"]
    hub.running, hub.files["api/contents/openstack-hub-verify-server.txt"] = "small", "an earlier day"
    assert only(visit(settings(hub)), "profile menu")[0] == "failed"


def test_one_profile_is_started_twice_for_its_files(hub, settings):
    one = settings(hub)["profiles"][:1]
    results = visit(settings(hub, profiles=one))
    assert results["files in small again"].detail.endswith("is there, and removed")
    hub.KEEP = False
    assert "is lost" in visit(settings(hub, profiles=one))["files in small again"].detail


def test_profile_for_other_groups(hub, settings):
    wanted = settings(hub)["profiles"]
    wanted.append({"name": "gpu", "memory": 1, "cpu": 1, "idle": 0, "groups": ["cloud/gpu"]})
    results = visit(settings(hub, profiles=wanted))
    assert only(results, "start gpu") == ("skipped", "only for cloud/gpu")
    assert results["profile menu"].result == "ok"


def test_what_is_not_foreseen_becomes_a_result_without_its_text():
    result = checks.measure("x", lambda: {}["a secret"])
    assert result.result == "failed" and "KeyError at line" in result.detail and "secret" not in result.detail


def test_table_is_aligned():
    some = [checks.Result("a", "ok", "fine", 0.1), checks.Result("a longer one", "failed", "words " * 40, 12.0)]
    texts = [text for _, text in report.rows(some)]
    assert {text.splitlines()[0].find(word) for text, word in zip(texts, ("detail", "fine", "words"), strict=True)} == {
        32
    }
    assert max(len(line) for text in texts for line in text.splitlines()) <= report.WIDTH
    assert report.summary(some) == "1 of 2 checks failed: a longer one"
