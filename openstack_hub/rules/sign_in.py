"""Who can enter, and who administers."""

from openstack_hub.mistakes import Mistake, show

IAM = {
    "hub_iam_issuer": "missing: write the address of your OpenID provider, like https://iam.example.org/",
    "hub_iam_client_id": "missing: write the name under which the provider knows this hub",
    "hub_iam_client_secret": "nothing is set: put it into the vault as vault_hub_iam_client_secret (make vault-edit)",
}


def rules(v):
    ways, allowed, admins = v["hub_sign_in"] or [], v["hub_allowed_groups"], v["hub_admin_groups"]
    if "iam" in ways:
        yield from (Mistake((name,), text) for name, text in IAM.items() if v[name] is None and v.absent(name))
        if allowed == [] and not admins and ways == ["iam"]:
            yield Mistake(
                ("hub_allowed_groups",),
                "nobody could sign in: name at least one group of the IAM, like [cloud/jupyter]",
            )
        if v["hub_iam_scopes"] is not None and "openid" not in v["hub_iam_scopes"]:
            yield Mistake(("hub_iam_scopes",), "openid is missing: without it the provider does not say who signs in")
    elif ways and admins:
        yield Mistake(("hub_admin_groups",), "these administrators cannot sign in: hub_sign_in is without iam")
    if v["hub_admin_users"] and not {"local", "pam"} & set(ways):
        yield Mistake(
            ("hub_admin_users",), "these administrators cannot sign in: hub_sign_in has neither local nor pam"
        )
    if "local" in ways and not admins and not v["hub_admin_users"]:
        yield Mistake(
            ("hub_sign_in",), "local accounts need somebody who approves them: name hub_admin_groups or hub_admin_users"
        )
    elif admins == [] and not v["hub_admin_users"]:
        yield Mistake(("hub_admin_groups",), "nobody administers the hub: no page shows who runs what", warning=True)
    for i, group in enumerate(admins or []):
        if group is not None and group in (allowed or []):
            text = f"{show(group)} stands in hub_allowed_groups, too: administrators may sign in anyway"
            yield Mistake(("hub_admin_groups", i), text, warning=True)
