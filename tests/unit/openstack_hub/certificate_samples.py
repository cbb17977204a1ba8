"""Certificates for tests, made when they are needed."""

import datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
PEM = serialization.Encoding.PEM


def now():
    return datetime.datetime.now(datetime.UTC)


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def issue(name, *, by=None, key=None, names=(), days=(-1, 90), authority=False, more=(), digest=hashes.SHA256()):  # noqa: B008
    """(certificate, key) for the common NAME, valid for DAYS from now, issued BY another such pair or by itself."""
    key = key or new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signer = (by[0].subject, by[1]) if by else (subject, key)
    start, end = (now() + count * DAY for count in days)
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number(), start, end)
    builder = builder.add_extension(x509.BasicConstraints(authority, None), critical=True)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, names))), critical=False)
    for extension in more:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signer, digest), key


def pem(*certificates):
    return b"".join(certificate.public_bytes(PEM) for certificate in certificates)


def key_pem(key, passphrase=None):
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, encryption)


@cache
def authority():
    return issue("Lab CA", authority=True, days=(-100, 1000))


@cache
def hub():
    """(certificate, key) of hub.lab.test as texts."""
    certificate, key = issue("hub.lab.test", by=authority(), names=("hub.lab.test",))
    return pem(certificate).decode(), key_pem(key).decode()
