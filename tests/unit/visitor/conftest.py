import datetime
import ipaddress
import ssl
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mock_hub import GROUP, MEMBER, OUTSIDER, PASSWORDS, SIZES, MockHub

NOW = datetime.datetime.now(datetime.UTC)


class Authority:
    """Issues certificates into a folder; `ca` is its own."""

    def __init__(self, folder):
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority {folder.name}")])
        root = self._builder(self.name, self.key, 100).add_extension(x509.BasicConstraints(True, None), True)
        root = root.add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)
        self.ca = self._write("ca", root, self.key)[0]

    def _builder(self, subject, key, days):
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - datetime.timedelta(days=99))
            .not_valid_after(NOW + datetime.timedelta(days=days, hours=1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
        )

    def _write(self, name, builder, key):
        pem, secret = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        pem.write_bytes(builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return str(pem), str(secret)

    def issue(self, *names, days=60):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        sans = [*map(x509.DNSName, names), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        return self._write(
            f"{names[0]}-{days}",
            self._builder(subject, key, days).add_extension(x509.SubjectAlternativeName(sans), False),
            key,
        )


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def other_authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("other"))


@pytest.fixture(scope="session")
def certificate(authority):
    return authority.issue("hub.localhost", "iam.localhost")


@pytest.fixture
def hub(certificate):
    """A working hub, with TLS."""
    with MockHub(certificate) as running:
        yield running


@pytest.fixture
def plain_hub():
    with MockHub() as running:
        yield running


@pytest.fixture
def settings(authority):
    """The settings that the role passes for a hub."""

    def of(hub, **others):
        profiles = [{"name": n, "memory": m, "cpu": c, "idle": 600, "groups": []} for n, (m, c) in SIZES.items()]
        account = {who: {"username": who, "password": PASSWORDS[who]} for who in (MEMBER, OUTSIDER)}
        return {
            "url": hub.url,
            "http_port": None,
            "ca_file": authority.ca,
            "certificate_days": 14,
            "iam_issuer": hub.iam,
            "allowed_groups": [GROUP],
            "profiles": profiles,
            "member": account[MEMBER],
            "outsider": account[OUTSIDER],
            "start_timeout": 10,
            **others,
        }

    return of


@pytest.fixture
def old_tls(certificate):
    """A context for a server that accepts TLS 1.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1_1
    return SimpleNamespace(wrap=lambda sock: context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False))
