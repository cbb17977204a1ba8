"""Address, certificate, contact."""

from openstack_hub.validation.problems import Mistake


def rules(v):
    if v["hub_certificate"] and v["hub_acme"]:
        yield Mistake(
            ("hub_acme",), "stands beside hub_certificate: a certificate comes from one of the two, leave the other out"
        )
    contact = v["hub_contact"]
    if contact and set(contact.values()) == {None} and v.absent("hub_contact"):
        yield Mistake(("hub_contact",), "missing: refused people must be told whom to ask: write email, url or both")
    if not v["hub_certificate"] and not v["hub_acme"] and v.absent("hub_certificate", "hub_acme"):
        yield Mistake(
            ("hub_certificate",), "missing: write file and key, paths of PEM files on the machine that runs Ansible"
        )
