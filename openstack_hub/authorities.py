"""What is wrong with a file of certificate authorities."""

from datetime import UTC, datetime, timedelta

from cryptography import x509

from openstack_hub.pem import certificates

SOON = timedelta(days=30)


def authority_problem(content, now=None):
    """(message, whether it is a warning) about CONTENT, the bytes of a file with authorities; ("", False) for none."""
    pem = certificates(content.decode(errors="replace"))
    if text := _content_problem(content, pem):
        return text, False
    found, now = x509.load_pem_x509_certificates(pem.encode()), now or datetime.now(UTC)
    valid = [one for one in found if one.not_valid_after_utc > now]
    roots = [one for one in valid if one.subject == one.issuer]
    last = max(one.not_valid_after_utc for one in roots or found)
    text = ""
    if not valid:
        return f"has expired on {last:%Y-%m-%d}: get the new certificate of the authority", False
    if not any(_is_authority(one) for one in valid):
        name = valid[0].subject.rfc4514_string()
        text = f"is the certificate of {name}, which is not trusted after its renewal: use that of its authority"
    elif not roots:
        text = "contains no root certificate, without which playbooks/verify.yml accepts no other: add it to the file"
    elif last < now + SOON:
        text = f"expires on {last:%Y-%m-%d}: add the new certificate of the authority to the file"
    return text, bool(text)


def _content_problem(content, pem):
    """Why nothing can be read; PEM: the certificates in CONTENT."""
    if content.startswith(b"$ANSIBLE_VAULT"):
        return "is encrypted, but a certificate is no secret: decrypt it with ansible-vault decrypt"
    if b"PRIVATE KEY-----" in content:
        return "contains a private key, which has no place there: use a file with the certificate alone"
    if not pem:
        return _no_certificate(content)
    try:
        _ = [(c.extensions, c.subject, c.issuer) for c in x509.load_pem_x509_certificates(pem.encode())]
    except Exception:  # of many kinds
        return "contains a certificate that cannot be read: copy the file again from its source"
    return ""


def _is_authority(certificate):
    """Whether CERTIFICATE may have signed others, or is its own authority."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        constraints = False
    return constraints or certificate.subject == certificate.issuer


def _no_certificate(content):
    try:
        x509.load_der_x509_certificate(content)
    except ValueError:
        return "contains no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----: use another file"
    return "is a certificate in DER, not in PEM: convert it with openssl x509 -inform der -in FILE -out FILE.pem"
