"""Checks that need no account: certificate, TLS, redirects, sign-in page, provider, culler.

A check returns what it saw as a sentence, and raises a VisitorError when something is wrong.
"""

import re
import ssl
import time
import warnings
from urllib.parse import urlsplit

import requests

from visitor import forms
from visitor.errors import VisitorError
from visitor.net import Session, connect, plain, reason, tls_context

DAY = 86400


class Broken(VisitorError):
    """A check found what should not be."""


class Skip(Exception):
    """A check has nothing to look at."""


def need_https(settings):
    if not settings["url"].startswith("https://"):
        raise Skip(f"{settings['url']} is not https")


def get(settings, url, **kwargs):
    return Session(tls_context(settings["ca_file"])).get(url, **kwargs)


def secure(settings):
    try:
        return connect(settings["url"], tls_context(settings["ca_file"]))
    except OSError as e:
        raise Broken(f"{settings['url']} {reason(e)}.") from None


def certificate(settings):
    """An authority that we trust, the right name, and enough days left."""
    need_https(settings)
    with secure(settings) as sock:
        ends = ssl.cert_time_to_seconds(sock.getpeercert()["notAfter"])
    days, end = int((ends - time.time()) // DAY), time.strftime("%Y-%m-%d", time.gmtime(ends))
    if days < settings["certificate_days"]:
        wanted = settings["certificate_days"]
        raise Broken(f"The certificate ends on {end}: renew it ({days} days left, wanted {wanted}).")
    return f"trusted, good until {end} ({days} days)"


def redirect(settings):
    """Who types the name without https is led there."""
    if not settings["http_port"]:
        raise Skip("no http port to look at")
    need_https(settings)
    http = f"http://{urlsplit(settings['url']).hostname}:{settings['http_port']}/"
    response = get(settings, http, allow_redirects=False)
    target = response.headers.get("Location", "")
    if not response.is_redirect or not f"{target}/".startswith(f"{settings['url']}/"):
        raise Broken(f"{http} answers {response.status_code} {plain(target)} instead of leading to {settings['url']}.")
    return f"{http} leads to https"


def tls_versions(settings):
    """Nothing older than TLS 1.2 is spoken."""
    need_https(settings)
    with secure(settings) as sock:
        best = sock.version()
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE  # what is asked here is the version alone
    old.set_ciphers("ALL:@SECLEVEL=0")  # else the library here would not offer the old versions
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    try:
        with connect(settings["url"], old) as sock:
            raise Broken(f"The web server accepts {sock.version()}; TLS 1.2 must be the oldest.")
    except OSError as e:
        if "NO_PROTOCOLS_AVAILABLE" in str(e):
            raise Skip("the TLS library here cannot offer TLS 1.1") from None
    return f"{best}; TLS 1.1 is refused"


def hsts(settings):
    """Browsers are told to come back by https only."""
    need_https(settings)
    response = get(settings, f"{settings['url']}/hub/login", allow_redirects=False)
    header = response.headers.get("Strict-Transport-Security", "")
    age = re.search(r"max-age=\"?([1-9]\d*)", header)
    if not age:
        raise Broken(f"The header Strict-Transport-Security is {header or 'missing'}: browsers would come by http.")
    return f"browsers stay on https for {int(age[1]) // DAY} days"


def sign_in_page(settings):
    """The hub answers through the web server."""
    response = get(settings, f"{settings['url']}/hub/login", allow_redirects=False)
    version = response.headers.get("X-JupyterHub-Version")
    if response.status_code >= 400 or not version:
        page = forms.soup(response)
        raise Broken(
            f"{settings['url']}/hub/login answers {response.status_code}, not as a JupyterHub: "
            f"{forms.text(page)[:200] or 'an empty page'}"
        )
    return f"JupyterHub {version}"


def provider(settings):
    """The OpenID provider can be asked, and is who it should be."""
    url = settings["iam_issuer"].rstrip("/") + "/.well-known/openid-configuration"
    response = get(settings, url)
    try:
        said = response.json()
        issuer, page = said["issuer"], said["authorization_endpoint"]
    except (ValueError, KeyError, TypeError):
        raise Broken(f"{url} answers {response.status_code} without an OpenID configuration.") from None
    if issuer.rstrip("/") != settings["iam_issuer"].rstrip("/"):
        raise Broken(f"{url} calls itself {issuer}, not {settings['iam_issuer']}: correct the issuer.")
    return f"people sign in at {page}"


def culler(settings):
    """The service that stops idle servers is alive and has looked at them lately."""
    url = f"{settings['url']}/services/culler/health"
    response = get(settings, url)
    try:
        ago, every = response.json()["swept_seconds_ago"], response.json()["every"]
    except (ValueError, KeyError, TypeError):
        words = forms.text(forms.soup(response))[:200]
        raise Broken(f"{url} answers {response.status_code} and does not say when it looked: {words}") from None
    if response.status_code != requests.codes.ok or ago > 3 * every:
        raise Broken(f"The culler last looked {ago} s ago, it should every {every} s: see its log.")
    return f"looked at the servers {ago} s ago, does so every {every} s"
