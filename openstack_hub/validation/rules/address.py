"""The contact."""

from openstack_hub.schema import specification
from openstack_hub.validation.problems import Problem


def address_problems(v):
    contact = v["hub_contact"]
    if contact and set(contact.values()) == {None} and v.is_valid("hub_contact"):
        yield Problem(("hub_contact",), f"missing: {specification.variables()['hub_contact']['missing']}")
    yield from client_id_problems(v["hub_iam_client_id"], v["hub_iam_client_secret"])


def client_id_problems(client_id, secret):
    """A client ID that is another value from the same page of the provider; the secret is not shown."""
    path = ("hub_iam_client_id",)
    if client_id and client_id == secret:
        text = "this is the client secret, in clear text: write the client ID, and let the provider replace the secret"
        yield Problem(path, text)
    elif client_id and client_id.endswith("/oauth_callback"):
        yield Problem(path, "this is the redirect URI: write the client ID that the provider gave to this hub")
