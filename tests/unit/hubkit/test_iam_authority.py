"""An IAM whose certificate is of an authority of its own, over real TLS."""

import asyncio
import json
import ssl
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from mock_iam import ENDPOINTS
from traitlets.config import Config

from hubkit.hub import authenticator

NOW = datetime.now(UTC)


class Authority:
    def __init__(self, name):
        self.key, self.name = ec.generate_private_key(ec.SECP256R1()), name
        self.pem = self.issue(name, self.key, ca=True).public_bytes(Encoding.PEM).decode()

    def issue(self, name, key, ca=False):
        subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, self.name))
        builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(NOW - timedelta(1)).not_valid_after(NOW + timedelta(1))
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        return builder.sign(self.key, hashes.SHA256())


OWN, OTHER = Authority("own-authority"), Authority("other-authority")


@contextmanager
def provider(folder, name="localhost"):
    """The URL of a server that answers discovery, with a certificate of OWN for NAME."""
    key = ec.generate_private_key(ec.SECP256R1())
    (folder / "iam.crt").write_bytes(OWN.issue(name, key).public_bytes(Encoding.PEM))
    (folder / "iam.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(ENDPOINTS | {"issuer": f"https://localhost:{server.server_port}"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "iam.crt", folder / "iam.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"https://localhost:{server.server_port}"
    finally:
        server.shutdown()


def discover(model, secrets, issuer, authorities):
    model["iam"] |= {"issuer": issuer, "ca": authorities}
    config = Config()
    authenticator.configure(config, model, secrets)

    async def run():
        iam = authenticator.HubAuthenticator(config=config)
        await iam.discover()
        return iam.token_url

    return asyncio.run(run())


@pytest.mark.parametrize("authorities", [OWN.pem, OTHER.pem + OWN.pem])
def test_the_own_authority_is_trusted(model, secrets, tmp_path, authorities):
    with provider(tmp_path) as issuer:
        assert discover(model, secrets, issuer, authorities) == ENDPOINTS["token_endpoint"]


def test_the_certificate_of_the_provider_itself_is_trusted(model, secrets, tmp_path):
    with provider(tmp_path) as issuer:
        assert discover(model, secrets, issuer, (tmp_path / "iam.crt").read_text())


@pytest.mark.parametrize(
    ("authorities", "name"),
    [("", "localhost"), (OTHER.pem, "localhost"), (OWN.pem, "another-host")],
    ids=["none", "another", "certificate of another host"],
)
def test_nothing_else_is_trusted(model, secrets, tmp_path, authorities, name):
    with provider(tmp_path, name) as issuer, pytest.raises(ssl.SSLCertVerificationError):
        discover(model, secrets, issuer, authorities)
