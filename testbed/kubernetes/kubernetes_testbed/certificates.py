"""Certificates of a cluster: its authority, the certificates of its programs, and kubeconfigs."""

import base64
import contextlib
import datetime
import ipaddress
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PEM = serialization.Encoding.PEM
DAYS = 365


def authority(name):
    """A new certificate authority: (certificate, key), both as PEM bytes."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    built = _builder(subject, subject, key).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    return built.sign(key, hashes.SHA256()).public_bytes(PEM), private(key)


def leaf(ca, name, organization=None, names=()):
    """A certificate and key that CA = (certificate, key) has signed; NAMES: hosts, addresses. As PEM bytes."""
    signer = serialization.load_pem_private_key(ca[1], None)
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.load_pem_x509_certificate(ca[0]).subject
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    built = _builder(_name(name, organization), issuer, key).add_extension(purposes, critical=False)
    built = built.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    if names:
        built = built.add_extension(x509.SubjectAlternativeName([_alternative(text) for text in names]), critical=False)
    return built.sign(signer, hashes.SHA256()).public_bytes(PEM), private(key)


def signing_pair():
    """A key for the tokens of service accounts: (private, public) as PEM bytes."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private(key, serialization.PrivateFormat.TraditionalOpenSSL), public


def private(key, form=serialization.PrivateFormat.PKCS8):
    return key.private_bytes(PEM, form, serialization.NoEncryption())


def kubeconfig(server, cluster, user, name="kubernetes"):
    """The text of a kubeconfig; CLUSTER and USER hold the certificates as its format says."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server, **cluster}}],
        "users": [{"name": "admin", "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "admin"}}],
        "current-context": name,
    }
    return json.dumps(config, indent=1) + "\n"


def embedded(server, ca, name):
    """A self-contained kubeconfig of an administrator, with a certificate of CA = (certificate, key)."""
    certificate, key = leaf(ca, "admin", "system:masters")
    text = [base64.b64encode(part).decode() for part in (ca[0], certificate, key)]
    user = {"client-certificate-data": text[1], "client-key-data": text[2]}
    return kubeconfig(server, {"certificate-authority-data": text[0]}, user, name)


def _builder(subject, issuer, key):
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
    )


def _name(common, organization=None):
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative(text):
    with contextlib.suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(text))
    return x509.DNSName(text)
