"""Address, certificate, contact."""

from openstack_hub.schema import specification
from openstack_hub.validation.problems import Problem


def address_problems(v):
    if v["hub_certificate"] and v["hub_acme"]:
        text = "hub_certificate is set, too, but there is only one certificate: remove one of the two"
        yield Problem(("hub_acme",), text)
    if v["hub_port"] == 80:
        yield Problem(("hub_port",), "80 is the port that redirects to HTTPS: write another, such as 443 or 8443")
    contact = v["hub_contact"]
    if contact and set(contact.values()) == {None} and v.is_valid("hub_contact"):
        yield Problem(("hub_contact",), f"missing: {specification.variables()['hub_contact']['missing']}")
    if not v["hub_certificate"] and not v["hub_acme"] and v.is_valid("hub_certificate", "hub_acme"):
        text = "missing: write file and key, the paths of two PEM files on the controller"
        yield Problem(("hub_certificate",), text)
