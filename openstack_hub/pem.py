"""Texts in PEM. openstack_hub.authorities reads what the certificates say, with a package that is slow to import."""

import re

CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\s[^-]*-----END CERTIFICATE-----")


def certificates(text):
    """The certificates in TEXT, and nothing else that it contains."""
    return "".join(f"{found}\n" for found in CERTIFICATE.findall(text.replace("\r", "")))
