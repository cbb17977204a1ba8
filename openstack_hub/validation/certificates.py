"""Problems of a certificate and its key, by their bytes: before Apache gets them, and without its terse errors."""

import datetime
import itertools
import re

from openstack_hub.schema.units import counted
from openstack_hub.validation.problems import show

SOON = 14  # days; playbooks/verify.yml warns as well
LEAST_RSA = 2048
CURVES = ("secp256r1", "secp384r1")  # of certificates that all browsers accept
PKCS12 = bytes.fromhex("2a864886f70d0107")  # identifiers of PKCS#7, near the start of a container
PRIVATE_KEY = re.compile(rb"-----BEGIN ([A-Z]+ )?PRIVATE KEY-----.*?-----END ([A-Z]+ )?PRIVATE KEY-----", re.DOTALL)
# What a file is if it contains one of these -> what to do about it.
OTHERS = (
    (
        rb"\$ANSIBLE_VAULT",
        "is encrypted with Ansible Vault, and would be copied like this: run ansible-vault decrypt {}",
    ),
    (
        rb"-----BEGIN (NEW )?CERTIFICATE REQUEST",
        "is a request (CSR): use the certificate that the authority made from it",
    ),
    (
        rb"-----BEGIN PKCS7",
        "is a PKCS#7 container: run openssl pkcs7 -print_certs -in {0} -out {0}.pem, and use that file",
    ),
    (rb"-----BEGIN OPENSSH", "is a key for SSH: use the key with which the certificate was requested"),
    (rb"-----BEGIN PUBLIC KEY", "is a public key: use the private key with which the certificate was requested"),
    (rb"(?i)<html", "is a web page: download the certificate itself"),
)


def certificate_problems(certificate, key, names, domain, now):
    """Yield ("file" or "key", message, whether it is only a warning).

    certificate, key: the bytes of the files, None for one that cannot be read. names: their paths. domain: hub_domain,
    or None. now: a datetime with time zone.
    """
    has_key, has_certificate = (
        bool(data and re.search(pattern, data))
        for data, pattern in ((certificate, rb"PRIVATE KEY-----"), (key, rb"-----BEGIN CERTIFICATE-----"))
    )
    is_certificate = bool(certificate and re.search(rb"-----BEGIN CERTIFICATE-----", certificate))
    if has_key and not is_certificate and has_certificate:
        yield "file", "file holds the key, and key the certificate: exchange the two", False
        return
    chain, errors = _certificates(certificate, names[0], has_key) if certificate is not None else ([], [])
    private, key_errors = _private_key(key, names[1], has_certificate) if key is not None else (None, [])
    yield from (("file", error, False) for error in errors)
    yield from (("key", error, False) for error in key_errors)
    if not chain:
        return
    if private:
        matching = [i for i, each in enumerate(chain) if each.public_key() == private.public_key()]
        if not matching:
            yield "key", f"{names[1]} is not the key of {names[0]}: use the key with which it was requested", False
        elif matching[0]:
            text = f"the hub's certificate is number {matching[0] + 1} in {names[0]}"
            yield "file", f"{text}: put it first, and the intermediate certificates after it", False
            chain = [chain[matching[0]], *chain[: matching[0]], *chain[matching[0] + 1 :]]
            yield from (("file", *found) for found in _leaf_problems(chain[0], domain, now))
            return
    yield from (("file", *found) for found in _leaf_problems(chain[0], domain, now))
    yield from (("file", *found) for found in _chain_problems(chain, now))


def _certificates(data, name, has_key):
    from cryptography import x509  # slow to import, and not always needed

    if b"-----BEGIN CERTIFICATE-----" not in data:
        return [], [_what_else(data, name, "certificate", "x509")]
    try:
        chain = x509.load_pem_x509_certificates(data)
        _ = [(c.extensions, c.public_key(), c.subject, c.issuer, c.signature_hash_algorithm) for c in chain]
    except Exception:  # of many kinds
        return [], [f"{name} is a damaged certificate: copy it again, with its first and last lines"]
    text = f"{name} contains a private key as well, which everybody could read on Apache's machine: move it to key"
    return chain, [text] if has_key else []


def _private_key(data, name, has_certificate):
    from cryptography.hazmat.primitives import serialization

    found = PRIVATE_KEY.search(data)
    if not found or found[1] == b"OPENSSH ":
        if has_certificate:
            return None, [f"{name} is a certificate: write the path of its private key"]
        return None, [_what_else(data, name, "private key", "pkey")]
    if found[1] == b"ENCRYPTED " or b"Proc-Type: 4,ENCRYPTED" in found[0]:
        text = "has a passphrase, which nobody could enter when Apache starts: run openssl pkey -in {0} -out {0}.plain"
        return None, [f"{name} {text.format(name)}, and use that file"]
    try:
        return serialization.load_pem_private_key(found[0], None), []
    except Exception:
        return None, [f"{name} is a damaged private key: copy it again, with its first and last lines"]


def _what_else(data, name, wanted, command):
    """The message for a file NAME whose DATA does not contain the WANTED in PEM."""
    if not data.strip():
        return f"{name} is empty: copy the {wanted} into it"
    for pattern, text in OTHERS:
        if re.search(pattern, data[:4096]):
            return f"{name} {text.format(name)}"
    if PRIVATE_KEY.search(data):
        return f"{name} is a private key: write the path of its certificate"
    if data[:1] == b"\x30" and PKCS12 in data[:64]:
        part = "-nokeys" if wanted == "certificate" else "-nocerts -nodes"
        return f"{name} is a PKCS#12 container: run openssl pkcs12 {part} -in {name} -out {name}.pem, and use that file"
    if data[:1] == b"\x30":
        text = f"is in DER, not in PEM: run openssl {command} -inform DER -in {name} -out {name}.pem, and use that file"
        return f"{name} {text}"
    return f"{name} is not a {wanted} in PEM: it begins with -----BEGIN {wanted.upper()}-----"


def _leaf_problems(leaf, domain, now):
    """(message, warning) of the hub's own certificate."""
    end, days = leaf.not_valid_after_utc, (leaf.not_valid_after_utc - now) / datetime.timedelta(days=1)
    if leaf.not_valid_before_utc > now:
        yield f"the certificate is not valid before {leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC: use another", False
    if days < 0:
        yield f"the certificate expired on {end:%Y-%m-%d}: renew it", False
    elif days < SOON:
        yield f"the certificate expires in {counted(int(days), 'day')}, on {end:%Y-%m-%d}: renew it", True
    names = _names(leaf)
    if domain and not any(_covers(name, domain) for name in names):
        shown = f"for {', '.join(map(show, names[:4]))}" if names else "without names (subjectAltName)"
        yield f"the certificate is {shown}, not for hub_domain, {show(domain)}: request one for that name", False
    usage = _extension(leaf, "ExtendedKeyUsage")
    if usage and not {"1.3.6.1.5.5.7.3.1", "2.5.29.37.0"} & {each.dotted_string for each in usage}:
        yield "the certificate is not for servers (extended key usage): request one for a web server", False
    if weakness := _weakness(leaf):
        yield f"{weakness}: request a certificate with an RSA key of 2048 bits or more, or with ECDSA P-256", False


def _weakness(leaf):
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    key = leaf.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < LEAST_RSA:
        return f"the RSA key has {key.key_size} bits, which browsers refuse"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name not in CURVES:
        return f"not all browsers accept keys on the curve {key.curve.name}"
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return f"browsers accept no {type(key).__name__.removesuffix('PublicKey')} keys"
    digest = leaf.signature_hash_algorithm
    return f"browsers refuse signatures with {digest.name.upper()}" if digest and digest.name in ("md5", "sha1") else ""


def _chain_problems(chain, now):
    """(message, warning) of what follows the hub's own certificate. Browsers complete or reorder some chains."""
    leaf, *others = chain
    if leaf.issuer == leaf.subject:
        text = "the certificate is signed by itself, so browsers warn every user: use one of an authority"
        yield text, True
    elif not others and _extension(leaf, "AuthorityInformationAccess"):
        text = f"the intermediate certificate {show(_common_name(leaf.issuer))} is missing, without which some browsers"
        yield f"{text} and all programs refuse the hub: append it to the file", True
    pairs = enumerate(itertools.pairwise(chain), 2)
    for number, above in ((n, above) for n, (below, above) in pairs if below.issuer != above.subject):
        text = f"certificate {number} of the file, {show(_common_name(above.subject))}, did not issue the one before"
        yield f"{text}: sort them so that each is followed by its issuer, or remove it", True
        break  # the following ones are out of order as well
    for above in others:
        if above.not_valid_after_utc < now:
            text = f"the intermediate certificate {show(_common_name(above.subject))} expired"
            yield f"{text} on {above.not_valid_after_utc:%Y-%m-%d}: get the present one from the authority", False


def _covers(name, domain):
    """Whether the NAME of a certificate, which may begin with *., is that of DOMAIN."""
    name, domain = name.lower(), domain.lower()
    return name == domain or (name.startswith("*.") and name[2:] == domain.partition(".")[2])


def _names(certificate):
    from cryptography import x509

    names = _extension(certificate, "SubjectAlternativeName")
    return names.get_values_for_type(x509.DNSName) if names else []


def _extension(certificate, name):
    """The value of the extension of class NAME, or None."""
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(getattr(x509, name)).value
    except x509.ExtensionNotFound:
        return None


def _common_name(name):
    return next(
        (part.value for part in reversed(list(name)) if part.rfc4514_attribute_name == "CN"), name.rfc4514_string()
    )
