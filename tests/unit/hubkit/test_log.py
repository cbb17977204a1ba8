"""Log lines show no code, state, token or session."""

import logging

import pytest

from hubkit.log import CONFIGURATION, Formatter, without_secrets

LINES = {  # {line as programs log it: what remains}
    "400 GET /hub/oauth_callback?code=S3.cr-t&state=S3cr%3D%3D&iss=https%3A%2F%2Fiam (::1): OAuth state mismatch":
        "400 GET /hub/oauth_callback?code=[secret]&state=[secret]&iss=https%3A%2F%2Fiam (::1): OAuth state mismatch",
    "HTTPServerRequest(method='GET', uri='/hub/home?x=1&token=S3cr', version='HTTP/1.1')":
        "HTTPServerRequest(method='GET', uri='/hub/home?x=1&token=[secret]', version='HTTP/1.1')",
    "200 GET /hub/login?next=%2Fhub%2Fhome%3Ftoken%3DS3cr%26x%3D1&y=2 (@::1) 2.5ms":
        "200 GET /hub/login?next=%2Fhub%2Fhome%3Ftoken%3D[secret]%26x%3D1&y=2 (@::1) 2.5ms",
    "302 GET /login?next=%252Fhub%253Fauth_key%253DS3cr%2526x (@::1)":
        "302 GET /login?next=%252Fhub%253Fauth_key%253D[secret]%2526x (@::1)",
    "Saving grant {'code': 'S3cr', 'state': 'S3cr'} for <request>":
        "Saving grant {'code': '[secret]', 'state': '[secret]'} for <request>",
    "oauth state argument 'S3cr' != cookie jupyterhub-user-bob-oauth-state=None": "oauth state argument [secret]",
    "OAuth state mismatch: S3cr != S3cr": "OAuth state mismatch: [secret]",
    "Setting new xsrf cookie for b'S3cr:0c93' {}": "Setting new xsrf cookie for [secret] {}",
    "xsrf id mismatch b'S3cr:1' != b'S3cr:2'": "xsrf id mismatch [secret]",
}  # fmt: skip
HARMLESS = "Exit code=1 of state=running, 200 GET /hub/api/users?state=&limit=5, {'name': 'bob'}, key: b'x'"


@pytest.mark.parametrize(("line", "remains"), LINES.items())
def test_secrets_are_removed(line, remains):
    assert without_secrets(line) == remains


def test_other_text_is_kept():
    assert without_secrets(HARMLESS) == HARMLESS


def test_a_traceback_has_none_either():
    try:
        raise ValueError("/hub/home?token=S3cr")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "Failed", (), (ValueError, error, error.__traceback__))
    text = Formatter(color=False).format(record)
    assert "Traceback" in text and "token=[secret]" in text and "S3cr" not in text.replace('token=S3cr")', "")
    assert CONFIGURATION["formatters"]["console"]["class"] == f"{Formatter.__module__}.{Formatter.__name__}"
