"""Who can enter, and who administers."""

from openstack_hub.validation.problems import Mistake, show

IAM = {
    "hub_iam_issuer": "missing: write the address of your OpenID provider, like https://iam.example.org/",
    "hub_iam_client_id": "missing: write the name under which the provider knows this hub",
    "hub_iam_client_secret": "nothing is set: put it into the vault as vault_hub_iam_client_secret (make vault-edit)",
}


def rules(v):
    ways, allowed, admins, users = (
        v[name] for name in ("hub_sign_in", "hub_allowed_groups", "hub_admin_groups", "hub_admin_users")
    )
    if not ways:
        return
    nobody = ways == ["iam"] and allowed == [] and admins == []
    if "iam" in ways:
        yield from (Mistake((name,), text) for name, text in IAM.items() if v[name] is None and v.absent(name))
        if nobody:
            text = "nobody could sign in: name at least one group of the IAM, like [cloud/jupyter]"
            yield Mistake(("hub_allowed_groups",), text)
        if v["hub_iam_scopes"] is not None and v.absent("hub_iam_scopes") and "openid" not in v["hub_iam_scopes"]:
            yield Mistake(("hub_iam_scopes",), "openid is missing: without it the provider does not say who signs in")
    if not v.absent("hub_sign_in"):  # one of the ways cannot be read
        return
    if admins and "iam" not in ways:
        text = "these administrators cannot sign in: add iam to hub_sign_in, or name people in hub_admin_users"
        yield Mistake(("hub_admin_groups",), text)
    if users and not {"local", "pam"} & set(ways):
        text = (
            "these administrators cannot sign in: add local or pam to hub_sign_in, or name groups in hub_admin_groups"
        )
        yield Mistake(("hub_admin_users",), text)
    if admins == [] and users == [] and v.absent("hub_admin_groups", "hub_admin_users") and not nobody:
        if "local" in ways:
            text = "local accounts need somebody who approves them: name hub_admin_groups or hub_admin_users"
            yield Mistake(("hub_sign_in",), text)
        else:
            text = "nobody administers the hub: no page shows who runs what"
            yield Mistake(("hub_admin_groups",), text, warning=True)
    for i, group in enumerate(admins or []):
        if group is not None and group in (allowed or []):
            text = (
                f"{show(group)} stands in hub_allowed_groups, too, and all its members administer the hub: is it meant?"
            )
            yield Mistake(("hub_admin_groups", i), text, warning=True)
