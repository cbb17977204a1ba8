"""Files with certificate authorities, made as people make them."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from openstack_hub.authorities import authority_problem, authority_problems
from openstack_hub.pem import certificates

NOW = datetime(2026, 12, 1, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
FINE = ("", False)


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(subject, issuer=None, days=365, ca=True):
    builder = x509.CertificateBuilder(name(issuer or subject), name(subject), KEY.public_key(), 7)
    builder = builder.not_valid_before(NOW - timedelta(3650)).not_valid_after(NOW + timedelta(days))
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return builder.sign(KEY, hashes.SHA256())


def pem(*args, **kwargs):
    return certificate(*args, **kwargs).public_bytes(Encoding.PEM)


ROOT, LEAF = pem("Lab CA"), pem("iam.lab.test", "Lab CA", ca=False)
SECRET = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
SOUND = {
    "authority": ROOT,
    "old authority without extensions": pem("Lab CA", ca=None),
    "certificate that signed itself": pem("iam.lab.test", ca=False),
    "chain": pem("Lab CA 2", "Lab CA") + ROOT,
    "authority and the certificate of the provider": LEAF + ROOT,
    "old and new authority": pem("Lab CA", days=-1) + ROOT,
    "text before it, as of openssl x509 -text": b"Certificate:\n  Data: \xc3\xa9\xff\n" + ROOT,
    "lines as of Windows": ROOT.replace(b"\n", b"\r\n"),
    "byte order mark": b"\xef\xbb\xbf" + ROOT,
}
LAST = "2026-12-11"
BROKEN = {
    "empty": (b"", "contains no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----: use another file"),
    "DER": (
        certificate("Lab CA").public_bytes(Encoding.DER),
        "is a certificate in DER, not in PEM: convert it with openssl x509 -inform der -in FILE -out FILE.pem",
    ),
    "key": (SECRET, "contains a private key, which has no place there: use a file with the certificate alone"),
    "key and certificate": (
        ROOT + SECRET,
        "contains a private key, which has no place there: use a file with the certificate alone",
    ),
    "vault": (
        b"$ANSIBLE_VAULT;1.1;AES256\n6162\n",
        "is encrypted, but a certificate is no secret: decrypt it with ansible-vault decrypt",
    ),
    "damaged": (
        ROOT.replace(b"\nMII", b"\nMAI"),
        "contains a certificate that cannot be read: copy the file again from its source",
    ),
    "expired": (pem("Lab CA", days=-10), "has expired on 2026-11-21: get the new certificate of the authority"),
}
DOUBTFUL = {
    "of the provider": (
        LEAF,
        "is the certificate of CN=iam.lab.test, after whose renewal nobody could sign in: use that of its authority",
    ),
    "without its root": (
        pem("Lab CA 2", "Lab CA"),
        "contains no root certificate, without which playbooks/verify.yml accepts no other: add it to the file",
    ),
    "soon": (pem("Lab CA", days=10), f"expires on {LAST}: add the new certificate of the authority to the file"),
}


@pytest.mark.parametrize("content", SOUND.values(), ids=SOUND)
def test_a_sound_file_has_no_problem(content):
    assert authority_problem(content, NOW) == FINE


@pytest.mark.parametrize(("content", "text"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_serves_nobody_is_an_error(content, text):
    assert authority_problem(content, NOW) == (text, False)


@pytest.mark.parametrize(("content", "text"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_a_file_that_may_serve_is_a_warning(content, text):
    assert authority_problem(content, NOW) == (text, True)


def test_only_certificates_are_taken():
    both = (b"# note\n" + SECRET + ROOT + b"trailing").decode()
    assert certificates(both) == ROOT.decode() and certificates("") == ""


def test_a_missing_file_is_reported_elsewhere(tmp_path):
    assert not list(authority_problems("hub_iam_ca", str(tmp_path / "x"))) and not list(
        authority_problems("hub_iam_ca", None)
    )
    (tmp_path / "x").write_bytes(b"")
    (problem,) = authority_problems("hub_iam_ca", str(tmp_path / "x"))
    assert problem.path == ("hub_iam_ca",) and problem.text.startswith(f"{tmp_path}/x contains no certificate")
