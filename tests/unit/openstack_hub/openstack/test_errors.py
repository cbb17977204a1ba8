"""What errors of openstacksdk, keystoneauth and python-magnumclient mean: their message, and whether to retry."""

import pytest
import yaml
from keystoneauth1 import exceptions as session_errors
from magnum_samples import Clock
from magnumclient import exceptions as magnum_errors
from openstack import exceptions as sdk_errors

from openstack_hub.openstack import errors
from openstack_hub.openstack.errors import (
    HttpError,
    RequestRefused,
    ResourceNotFound,
    RetryableError,
    classify,
    error_message,
    is_forbidden,
    is_not_found,
    is_retryable,
    retry,
)

MESSAGES = [
    ("The request you have made requires authentication. (HTTP 401) (Request-ID: req-1)",
     "The request you have made requires authentication."),
    ("Unable to establish connection to https://c.test:5000/v3/auth/tokens: HTTPSConnectionPool(host='c.test'): "
     "Max retries exceeded (Caused by NewConnectionError('...: [Errno 111] Connection refused'))",
     "https://c.test:5000: Connection refused"),
    ("Request to https://c.test/v3/auth/tokens timed out", "https://c.test: timed out"),
    ("SSL exception connecting to https://c.test:5000: HTTPSConnectionPool(host='c.test'): (Caused by SSLError("
     "'[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:992)'))",
     "https://c.test:5000: certificate verify failed: self-signed certificate"),
    ("", "ValueError"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), MESSAGES, ids=[case[1][:30] for case in MESSAGES])
def test_each_error_has_its_message(text, message):
    assert error_message(ValueError(text)) == message


def test_the_message_about_a_broken_file_quotes_nothing_of_it():
    with pytest.raises(yaml.YAMLError) as caught:
        yaml.safe_load("clouds:\n  lab: {password: 5ec7e7\n  other: x")
    message = error_message(caught.value)
    assert message.startswith("clouds.yaml, line 3: ")
    assert "5ec7e7" not in message


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (magnum_errors.BadRequest("Bad (Request-ID: req-1) thing"), "Bad thing"),
        (Exception("who? (HTTP 401) (Request-ID: req-1)"), "who?"),
        (Exception("Two\n  lines"), "Two lines"),
        (sdk_errors.HttpException("Client Error", details="the service's own"), "the service's own"),
    ],
)
def test_messages_of_libraries(error, message):
    assert error_message(error) == message


@pytest.mark.parametrize(
    ("status", "message", "reading", "retryable"),
    [
        (500, "", False, True), (503, "", False, True), (429, "", False, True), (401, "", True, False),
        (404, "", True, False), (409, "", True, False), (400, "x", True, False), (499, "", True, False),
        (400, "Invalid input for field/attribute master_count", True, True),
        (400, "Invalid input for field/attribute master_count", False, False),
        (400, "'NoneType' object has no attribute 'node_count'", True, True),
        (400, "ClusterTemplate t-1 could not be found.", True, True),
        (404, "ClusterTemplate t-1 could not be found.", True, False),
    ],
)  # fmt: skip
def test_answers_that_are_retried(status, message, reading, retryable):
    assert is_retryable(HttpError(message, status), reading) is retryable


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (session_errors.ConnectFailure("Connection refused"), True),
        (session_errors.ConnectFailure("Name or service not known"), False),
        (session_errors.ConnectFailure("connecting to http://c.test/v1/certificates: closed"), True),
        (session_errors.SSLError("certificate verify failed: self-signed certificate"), False),
        (session_errors.SSLError("unexpected end"), True),
        (session_errors.DiscoveryFailure("wrong auth_url (HTTP 404)"), False),
        (session_errors.DiscoveryFailure("no version"), True),
        (session_errors.ServiceUnavailable("later"), True),
        (session_errors.Unauthorized("who?"), False),
        (ConnectionResetError("reset"), True),
        (sdk_errors.ConfigException("Cloud lab was not found."), False),
        (KeyError("a bug"), False),
        (RetryableError("later"), True),
        (RequestRefused("no"), False),
    ],
)
def test_errors_that_are_retried(error, retryable):
    assert is_retryable(error) is retryable


@pytest.mark.parametrize(
    ("error", "type_", "kind", "sentence"),
    [
        (HttpError("busy", 503), RetryableError, "unanswered", "cloud lab answers 503: busy"),
        (session_errors.ConnectFailure("closed"), RetryableError, "unanswered", "no answer from cloud lab: closed"),
        (HttpError("no such port", 404), ResourceNotFound, "refused", "no such port"),
        (HttpError("quota", 403), RequestRefused, "refused", "quota"),
        (
            session_errors.Unauthorized("who?"),
            RequestRefused,
            "refused",
            "cloud lab refuses the credentials in clouds.yaml: who?",
        ),
        (session_errors.NotFound("no such page"), RequestRefused, "refused", "cloud lab answers 404: no such page"),
        (
            session_errors.ConnectFailure("Name or service not known"),
            RequestRefused,
            "unanswered",
            "cloud lab: Name or service not known",
        ),
        (
            session_errors.DiscoveryFailure("wrong auth_url (HTTP 404)"),
            RequestRefused,
            "entry",
            "cloud lab: wrong auth_url",
        ),
        (sdk_errors.ConfigException("not found"), RequestRefused, "entry", "cloud lab: not found"),
        (
            session_errors.SSLError("certificate verify failed: self-signed"),
            RequestRefused,
            "unanswered",
            "cloud lab: certificate verify failed: self-signed: correct cacert in clouds.yaml",
        ),
    ],
)
def test_classes_of_errors(error, type_, kind, sentence):
    result = classify(error, "lab")
    assert (type(result), result.kind, str(result)) == (type_, kind, sentence)
    assert result.message in sentence
    assert classify(result, "other") is result


def test_not_found_and_forbidden():
    assert is_not_found(sdk_errors.NotFoundException("x")) and is_not_found(HttpError("x", 404))
    assert not is_not_found(HttpError("x", 403)) and not is_not_found(KeyError("x"))
    assert is_forbidden(sdk_errors.ForbiddenException("x")) and is_forbidden(session_errors.Unauthorized("x"))
    assert not is_forbidden(HttpError("x", 409)) and not is_forbidden(HttpError("x", 404))


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(errors, "time", clock)
    return clock


def outcomes(*values):
    """A function that returns or raises one of VALUES after the other; `calls`: how often it was called."""
    left = list(values)

    def function():
        function.calls += 1
        value = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(value, Exception):
            raise value
        return value

    function.calls = 0
    return function


def test_a_request_is_retried_until_it_succeeds(clock):
    assert retry(outcomes(HttpError("busy", 503), HttpError("busy", 429), "answer"), clock.now + 60) == "answer"
    assert clock.slept == [1, 1]


def test_retries_end_at_the_deadline(clock):
    function = outcomes(HttpError("busy", 503))
    with pytest.raises(HttpError):
        retry(function, clock.now + 10)
    assert (function.calls, sum(clock.slept)) == (11, 10)


def test_a_refusal_is_not_retried(clock):
    function = outcomes(HttpError("no", 403))
    with pytest.raises(RequestRefused, match="no"):
        retry(function, clock.now + 10, error_of=lambda error: classify(error, "lab"))
    assert (function.calls, clock.slept) == (1, [])
