"""What is wrong with a certificate and its key, by their bytes: each message in full."""

import datetime
from functools import cache

import pytest
from certificate_samples import DAY, authority, issue, key_pem, new_key, now, pem
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from openstack_hub.validation.certificates import certificate_problems

DOMAIN = "hub.lab.test"
NAMES = ("hub.crt", "hub.key")
DER = serialization.Encoding.DER
PKCS8 = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
ORDER = "did not issue the one before: sort them so that each is followed by its issuer, or remove it"
STRONGER = "request a certificate with an RSA key of 2048 bits or more, or with ECDSA P-256"
PASSPHRASE = "has a passphrase, which nobody could enter when Apache starts: run openssl pkey"
VAULT = "is encrypted with Ansible Vault, and would be copied like this: run ansible-vault decrypt"
OTHER_NAME = "not for hub_domain, 'hub.lab.test': request one for that name"
FETCH = x509.AuthorityInformationAccess(
    [
        x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier("http://ca.lab.test/")
        )
    ]
)


def problems(certificate, key, domain=DOMAIN, at=None):
    """["key: message"], with ? for warnings."""
    found = certificate_problems(certificate, key, NAMES, domain, at or now())
    return [f"{'? ' if warning else ''}{part}: {text}" for part, text, warning in found]


def leaf(**settings):
    return issue("hub", **({"by": intermediate(), "names": (DOMAIN,)} | settings))


@cache
def intermediate():
    return issue("Lab Intermediate", by=authority(), authority=True, days=(-50, 500))


@cache
def sound():
    return leaf()


def chain(*pairs):
    return pem(*(certificate for certificate, _ in pairs))


def date(days):
    return f"{now() + days * DAY:%Y-%m-%d}"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"names": ("*.lab.test", "other.test")},
        {"names": ("HUB.lab.test",)},
        {"days": (-1, 14.1)},
        {"key": rsa.generate_private_key(65537, 2048)},
        {"key": ec.generate_private_key(ec.SECP384R1())},
        {"more": [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])]},
        {"more": [FETCH]},
    ],
    ids=str,
)
def test_a_sound_certificate_has_no_problem(settings):
    pair = leaf(**settings)
    assert problems(chain(pair, intermediate(), authority()), key_pem(pair[1])) == []
    assert problems(chain(pair, intermediate()).replace(b"\n", b"\r\n"), key_pem(pair[1])) == []


def test_an_authority_of_the_site_may_issue_directly():
    pair = issue("hub", by=authority(), names=(DOMAIN,))
    assert problems(chain(pair), key_pem(pair[1])) == []


def test_a_key_may_have_its_certificate_and_other_forms():
    certificate, key = sound()
    old = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    assert problems(chain(sound(), intermediate()), pem(certificate) + old) == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"days": (-90, -2)}, lambda: f"file: the certificate expired on {date(-2)}: renew it"),
        ({"days": (-90, 3.5)}, lambda: f"? file: the certificate expires in 3 days, on {date(3.5)}: renew it"),
        ({"names": ("*.test", "lab.test")}, lambda:
         f"file: the certificate is for '*.test', 'lab.test', {OTHER_NAME}"),
        ({"names": ("*.hub.lab.test",)}, lambda:
         f"file: the certificate is for '*.hub.lab.test', {OTHER_NAME}"),
        ({"names": ()}, lambda: f"file: the certificate is without names (subjectAltName), {OTHER_NAME}"),
        ({"more": [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])]}, lambda:
         "file: the certificate is not for servers (extended key usage): request one for a web server"),
        ({"key": rsa.generate_private_key(65537, 1024)}, lambda:
         f"file: the RSA key has 1024 bits, which browsers refuse: {STRONGER}"),
        ({"key": ec.generate_private_key(ec.BrainpoolP256R1())}, lambda:
         f"file: not all browsers accept keys on the curve brainpoolP256r1: {STRONGER}"),
        ({"key": ed25519.Ed25519PrivateKey.generate()}, lambda:
         f"file: browsers accept no Ed25519 keys: {STRONGER}"),
    ],
    ids=str,
)  # fmt: skip
def test_the_hubs_certificate_is_checked(settings, sentence):
    pair = leaf(**settings)
    assert problems(chain(pair, intermediate()), key_pem(pair[1])) == [sentence()]


def test_a_certificate_of_tomorrow_is_reported():
    later = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    start = sound()[0].not_valid_before_utc
    assert problems(chain(sound()), None, at=later) == [
        f"file: the certificate is not valid before {start:%Y-%m-%d %H:%M} UTC: use another"
    ]


def test_without_a_domain_the_names_are_not_compared():
    assert problems(chain(sound()), None, domain=None) == []


def test_the_chain_is_checked():
    key = key_pem(sound()[1])
    own = issue("hub", names=(DOMAIN,))
    assert problems(chain(own), key_pem(own[1])) == [
        "? file: the certificate is signed by itself, so browsers warn every user: use one of an authority"
    ]
    assert problems(chain(leaf(key=sound()[1], more=[FETCH])), key) == [
        "? file: the intermediate certificate 'Lab Intermediate' is missing, without which some browsers and all "
        "programs refuse the hub: append it to the file"
    ]
    assert problems(chain(intermediate(), sound()), key) == [
        "file: the hub's certificate is number 2 in hub.crt: put it first, and the intermediate certificates after it"
    ]
    assert problems(chain(sound(), authority(), intermediate()), key) == [
        f"? file: certificate 2 of the file, 'Lab CA', {ORDER}"
    ]
    assert problems(chain(sound(), intermediate(), own), key) == [f"? file: certificate 3 of the file, 'hub', {ORDER}"]
    old = issue("Lab Intermediate", by=authority(), key=intermediate()[1], authority=True, days=(-50, -3))
    assert problems(chain(sound(), old), key) == [
        f"file: the intermediate certificate 'Lab Intermediate' expired on {date(-3)}: get the present one from the "
        "authority"
    ]


def request():
    builder = x509.CertificateSigningRequestBuilder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DOMAIN)]))
    return builder.sign(new_key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def container():
    certificate, key = sound()
    return pkcs12.serialize_key_and_certificates(
        b"hub", key, certificate, None, serialization.BestAvailableEncryption(b"x")
    )


def public():
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return sound()[1].public_key().public_bytes(serialization.Encoding.PEM, form)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (lambda: b" \n", "hub.crt is empty: copy the certificate into it"),
        (lambda: b"PEM", "hub.crt is not a certificate in PEM: it begins with -----BEGIN CERTIFICATE-----"),
        (lambda: b"\xff\x00", "hub.crt is not a certificate in PEM: it begins with -----BEGIN CERTIFICATE-----"),
        (lambda: sound()[0].public_bytes(DER),
         "hub.crt is in DER, not in PEM: run openssl x509 -inform DER -in hub.crt -out hub.crt.pem, and use that file"),
        (container,
         "hub.crt is a PKCS#12 container: run openssl pkcs12 -nokeys -in hub.crt -out hub.crt.pem, and use that file"),
        (lambda: b"$ANSIBLE_VAULT;1.1;AES256\n6162", f"hub.crt {VAULT} hub.crt"),
        (request, "hub.crt is a request (CSR): use the certificate that the authority made from it"),
        (lambda: key_pem(new_key()), "hub.crt is a private key: write the path of its certificate"),
        (lambda: b"<!DOCTYPE html><HTML>", "hub.crt is a web page: download the certificate itself"),
        (lambda: b"-----BEGIN PKCS7-----\n",
         "hub.crt is a PKCS#7 container: run openssl pkcs7 -print_certs -in hub.crt -out hub.crt.pem, and use that "
         "file"),
        (lambda: pem(sound()[0])[:-200],
         "hub.crt is a damaged certificate: copy it again, with its first and last lines"),
    ],
)  # fmt: skip
def test_other_files_are_no_certificate(data, sentence):
    assert problems(data(), key_pem(sound()[1])) == [f"file: {sentence}"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (lambda: b"", "hub.key is empty: copy the private key into it"),
        (lambda: key_pem(new_key()), "hub.key is not the key of hub.crt: use the key with which it was requested"),
        (lambda: key_pem(sound()[1], b"5ec7e7"), f"hub.key {PASSPHRASE} "
         "-in hub.key -out hub.key.plain, and use that file"),
        (lambda: sound()[1].private_bytes(DER, *PKCS8),
         "hub.key is in DER, not in PEM: run openssl pkey -inform DER -in hub.key -out hub.key.pem, and use that file"),
        (container, "hub.key is a PKCS#12 container: run openssl pkcs12 -nocerts -nodes -in hub.key -out hub.key.pem, "
         "and use that file"),
        (lambda: pem(sound()[0]), "hub.key is a certificate: write the path of its private key"),
        (lambda: b"$ANSIBLE_VAULT;1.1;AES256\n6162", f"hub.key {VAULT} hub.key"),
        (lambda: b"-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n",
         "hub.key is a key for SSH: use the key with which the certificate was requested"),
        (public,
         "hub.key is a public key: use the private key with which the certificate was requested"),
        (lambda: b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
         "hub.key is a damaged private key: copy it again, with its first and last lines"),
    ],
)  # fmt: skip
def test_other_files_are_no_key(data, sentence):
    found = problems(chain(sound(), intermediate()), data())
    assert found == [f"key: {sentence}"]
    assert "5ec7e7" not in found[0]


def test_files_that_hold_each_other_are_one_problem():
    assert problems(key_pem(sound()[1]), chain(sound())) == [
        "file: file holds the key, and key the certificate: exchange the two"
    ]


def test_a_key_in_the_file_of_the_certificate_would_be_public():
    key = key_pem(sound()[1])
    assert problems(chain(sound(), intermediate()) + key, key) == [
        "file: hub.crt contains a private key as well, which everybody could read on Apache's machine: move it to key"
    ]


def test_a_file_that_cannot_be_read_hides_no_other_problem():
    assert problems(None, b"") == ["key: hub.key is empty: copy the private key into it"]
    assert problems(None, None) == []
