"""Checks without an account: certificate, TLS, redirects, sign-in page, provider, culler.

A check returns a detail for the report, and raises a VisitorError when it fails.
"""

import re
import ssl
import time
import warnings
from urllib.parse import urlsplit

import requests

from visitor import forms
from visitor.errors import VisitorError
from visitor.net import Session, connect, failure_reason, tls_context, without_query

DAY = 86400


class CheckFailed(VisitorError):
    """A check found a problem."""


class CheckSkipped(Exception):
    """A check does not apply."""


def need_https(settings):
    if not settings["url"].startswith("https://"):
        raise CheckSkipped(f"{settings['url']} is not https")


def get(settings, url, **kwargs):
    return Session(tls_context(settings["ca_file"])).get(url, **kwargs)


def tls_connection(settings):
    try:
        return connect(settings["url"], tls_context(settings["ca_file"]))
    except OSError as e:
        raise CheckFailed(f"{settings['url']} {failure_reason(e)}.") from None


def certificate(settings):
    """The certificate has a trusted authority, the right name, and is valid for long enough."""
    need_https(settings)
    with tls_connection(settings) as sock:
        ends = ssl.cert_time_to_seconds(sock.getpeercert()["notAfter"])
    days, end = int((ends - time.time()) // DAY), time.strftime("%Y-%m-%d", time.gmtime(ends))
    if days < settings["certificate_days"]:
        required = settings["certificate_days"]
        raise CheckFailed(f"The certificate expires on {end}: renew it ({days} days left, required are {required}).")
    return f"trusted, valid until {end} ({days} days)"


def redirect(settings):
    """The URL without https redirects to the hub."""
    if not settings["http_port"]:
        raise CheckSkipped("verify_http_port is not set")
    need_https(settings)
    http = f"http://{urlsplit(settings['url']).hostname}:{settings['http_port']}/"
    response = get(settings, http, allow_redirects=False)
    target = response.headers.get("Location", "")
    if not response.is_redirect or not f"{target}/".startswith(f"{settings['url']}/"):
        answer = f"{response.status_code} {without_query(target)}"
        raise CheckFailed(f"{http} answers {answer} instead of redirecting to {settings['url']}.")
    return f"{http} redirects to https"


def tls_versions(settings):
    """The web server accepts nothing older than TLS 1.2."""
    need_https(settings)
    with tls_connection(settings) as sock:
        best = sock.version()
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE  # only the version is of interest here
    old.set_ciphers("ALL:@SECLEVEL=0")  # otherwise the library here would not offer the old versions
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    try:
        with connect(settings["url"], old) as sock:
            raise CheckFailed(f"The web server accepts {sock.version()}; TLS 1.2 must be the oldest.")
    except OSError as e:
        if "NO_PROTOCOLS_AVAILABLE" in str(e):
            raise CheckSkipped("the TLS library here cannot offer TLS 1.1") from None
    return f"{best}; TLS 1.1 is refused"


def hsts(settings):
    """The header that makes browsers use https only."""
    need_https(settings)
    response = get(settings, f"{settings['url']}/hub/login", allow_redirects=False)
    header = response.headers.get("Strict-Transport-Security", "")
    age = re.search(r"max-age=\"?([1-9]\d*)", header)
    if not age:
        value = header or "missing"
        raise CheckFailed(f"The header Strict-Transport-Security is {value}: browsers may connect without https.")
    return f"browsers use https for {int(age[1]) // DAY} days"


def sign_in_page(settings):
    """The hub answers through the web server."""
    response = get(settings, f"{settings['url']}/hub/login", allow_redirects=False)
    version = response.headers.get("X-JupyterHub-Version")
    if response.status_code >= 400 or not version:
        page = forms.soup(response)
        raise CheckFailed(
            f"{settings['url']}/hub/login answers {response.status_code}, not as a JupyterHub: "
            f"{forms.text(page)[:200] or 'an empty page'}"
        )
    return f"JupyterHub {version}"


def provider(settings):
    """The OpenID provider answers, and names the issuer that is configured."""
    url = settings["iam_issuer"].rstrip("/") + "/.well-known/openid-configuration"
    response = get(settings, url)
    try:
        configuration = response.json()
        issuer, page = configuration["issuer"], configuration["authorization_endpoint"]
    except (ValueError, KeyError, TypeError):
        raise CheckFailed(f"{url} answers {response.status_code} without an OpenID configuration.") from None
    if issuer.rstrip("/") != settings["iam_issuer"].rstrip("/"):
        raise CheckFailed(f"{url} names the issuer {issuer}, not {settings['iam_issuer']}: correct the issuer.")
    return f"users sign in at {page}"


def culler(settings):
    """The service that stops idle servers runs and has checked them recently."""
    url = f"{settings['url']}/services/culler/health"
    response = get(settings, url)
    try:
        age, every = response.json()["swept_seconds_ago"], response.json()["every"]
    except (ValueError, KeyError, TypeError):
        text = forms.text(forms.soup(response))[:200]
        raise CheckFailed(f"{url} answers {response.status_code} and does not report when it checked: {text}") from None
    if response.status_code != requests.codes.ok or age > 3 * every:
        raise CheckFailed(f"The culler last checked the servers {age} s ago, not within {every} s: see its log.")
    return f"checked the servers {age} s ago, does so every {every} s"
