"""Connections as a browser makes them: *.localhost is this machine, trust is explicit, every request has a timeout."""

import re
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from visitor.errors import ConnectionFailed, VisitorError

TIMEOUT = (10, 60)  # seconds: to connect, and between two parts of a response


def resolve_localhost(host):
    """RFC 6761: names below localhost are loopback. Browsers implement it, the C library often does not."""
    return "127.0.0.1" if host.rstrip(".").endswith(".localhost") else host


def tls_context(ca=None):
    """Trust the system's authorities and those of `ca`, a file or a list of files.

    Not create_default_context(), which reads SSL_CERT_FILE.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    paths = ssl.get_default_verify_paths()
    cafile = paths.openssl_cafile if Path(paths.openssl_cafile).is_file() else None
    capath = paths.openssl_capath if Path(paths.openssl_capath).is_dir() else None
    context.load_verify_locations(cafile or (None if capath else certifi.failed_url()), capath)
    for file in [ca] if isinstance(ca, str | Path) else ca or []:
        try:
            context.load_verify_locations(file)
        except OSError as e:  # ssl.SSLError is one
            raise VisitorError(f"The CA file {file} cannot be used: {e.strerror or e}.") from None
    return context


def connect(url, context=None, timeout=TIMEOUT[0]):
    """A connected socket, with TLS for https and wss."""
    parts = urlsplit(url)
    secure = parts.scheme in ("https", "wss")
    sock = socket.create_connection((resolve_localhost(parts.hostname), parts.port or (443 if secure else 80)), timeout)
    if not secure:
        return sock
    try:
        return context.wrap_socket(sock, server_hostname=parts.hostname)
    except BaseException:
        sock.close()
        raise


class _Loopback:
    def _new_conn(self):
        # `host` is read from _dns_host, and the certificate is checked against it: restore the name
        name, self._dns_host = self._dns_host, resolve_localhost(self._dns_host)
        try:
            return super()._new_conn()
        finally:
            self._dns_host = name


class _Http(_Loopback, HTTPConnection):
    pass


class _Https(_Loopback, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    def __init__(self, context):
        self.context = context
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs, ssl_context=self.context)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def cert_verify(self, conn, url, verify, cert):
        """Use the context alone; requests would add its own bundle."""
        conn.cert_reqs = "CERT_REQUIRED"

    def send(self, request, timeout=None, **kwargs):
        return super().send(request, timeout=timeout or TIMEOUT, **kwargs)


class Session(requests.Session):
    """A requests.Session whose errors are messages without the secrets in URLs."""

    def __init__(self, context):
        super().__init__()
        self.trust_env = False
        self.max_redirects = 20
        self.headers["User-Agent"] = "openstack-hub-visitor"
        self.mount("https://", _Adapter(context))
        self.mount("http://", _Adapter(context))

    def request(self, method, url, **kwargs):
        try:
            return super().request(method, url, **kwargs)
        except requests.RequestException as e:
            failed_url = without_query(e.request.url if e.request is not None else url)
            raise ConnectionFailed(f"{failed_url} {failure_reason(e)}.") from None


def without_query(url):
    """The URL without its query, which may contain codes and tokens."""
    return url.partition("?")[0].partition("#")[0]


def failure_reason(error):
    """Why there was no answer, whichever layer raised ERROR."""
    text = str(error)
    if isinstance(error, requests.TooManyRedirects):
        return "redirects in a loop: compare the URLs that the hub and the provider have for each other"
    certificate = re.search(r"certificate verify failed: ([^(\"]+)", text)
    if certificate:
        return f"has a certificate that is not accepted: {certificate[1].strip()}"
    if isinstance(error, (requests.Timeout, TimeoutError)):
        return "did not answer in time"
    for word, message in (
        ("Connection refused", "refuses connections, so its service is not running"),
        ("not known", "has a name that does not resolve"),
        ("No address associated", "has a name that does not resolve"),
        ("SSLError", "does not speak TLS as expected"),
        ("ssl.c", "does not speak TLS as expected"),
    ):
        if word in text:
            return message
    return f"gave no answer ({type(error).__name__})"
