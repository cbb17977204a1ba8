"""Terms of use."""

from openstack_hub.validation.problems import Problem


def access_problems(v):
    terms = v["hub_terms"]
    if terms and terms["text"] == "" and terms["url"] is None and v.is_valid_at("hub_terms", "url"):
        text = "users would accept terms that they cannot read: write text, url or both"
        yield Problem(("hub_terms",), text)
