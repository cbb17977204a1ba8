"""Address, port, contact."""

from openstack_hub.schema import specification
from openstack_hub.validation.problems import Problem


def address_problems(v):
    if v["hub_port"] == 80:
        yield Problem(("hub_port",), "80 is the port that redirects to HTTPS: write another, such as 443 or 8443")
    contact = v["hub_contact"]
    if contact and set(contact.values()) == {None} and v.is_valid("hub_contact"):
        yield Problem(("hub_contact",), f"missing: {specification.variables()['hub_contact']['missing']}")
