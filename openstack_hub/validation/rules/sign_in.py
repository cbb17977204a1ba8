"""Who can sign in, and who administers the hub."""

from openstack_hub.validation.problems import Problem, not_set, show

IAM = {
    "hub_iam_issuer": "missing: write the URL of your OpenID provider, such as https://iam.example.org/",
    "hub_iam_client_id": "missing: write the client ID that the provider gave to this hub",
    "hub_iam_client_secret": not_set("hub_iam_client_secret"),
}


def sign_in_problems(v):
    methods, allowed, admin_groups, admin_users = (
        v[name] for name in ("hub_sign_in", "hub_allowed_groups", "hub_admin_groups", "hub_admin_users")
    )
    if not methods:
        return
    nobody = methods == ["iam"] and allowed == [] and admin_groups == []
    if "iam" in methods:
        yield from _iam_problems(v)
        if nobody:
            text = "nobody can sign in: write at least one group of the provider, such as [cloud/jupyter]"
            yield Problem(("hub_allowed_groups",), text)
    if not v.is_valid("hub_sign_in"):  # METHODS may be incomplete
        return
    if admin_groups and "iam" not in methods:
        text = "members of these groups cannot sign in: add iam to hub_sign_in, or use hub_admin_users instead"
        yield Problem(("hub_admin_groups",), text)
    if admin_users and not {"local", "pam"} & set(methods):
        text = "these users cannot sign in: add local or pam to hub_sign_in, or use hub_admin_groups instead"
        yield Problem(("hub_admin_users",), text)
    if {"local", "pam"} <= set(methods):
        yield Problem(("hub_sign_in",), "local accounts have no account on the cluster: leave out local or pam")
    yield from _local_problems(v, methods)
    has_no_admins = admin_groups == [] and admin_users == [] and v.is_valid("hub_admin_groups", "hub_admin_users")
    if has_no_admins and not nobody:
        if "local" in methods:
            text = "local accounts need an administrator who approves them: set hub_admin_groups or hub_admin_users"
            yield Problem(("hub_sign_in",), text)
        else:
            text = "the hub has no administrator, so nobody can see or stop servers of others: write at least one group"
            yield Problem(("hub_admin_groups",), text, warning=True)
    for i, group in enumerate(admin_groups or []):
        if group is not None and group in (allowed or []):
            text = (
                f"{show(group)} is in hub_allowed_groups, too: all its members become administrators; is that intended?"
            )
            yield Problem(("hub_admin_groups", i), text, warning=True)


def _iam_problems(v):
    yield from (Problem((name,), text) for name, text in IAM.items() if v[name] is None and v.is_valid(name))
    scopes = v["hub_iam_scopes"]
    if scopes is not None and v.is_valid("hub_iam_scopes"):
        if "openid" not in scopes:
            text = "openid is missing, without which the provider does not identify the user: add it"
            yield Problem(("hub_iam_scopes",), text)
        if "offline_access" not in scopes:
            text = (
                "without offline_access the hub cannot check the membership of users whose access token has expired: "
                "add it, if the provider allows it for this client"
            )
            yield Problem(("hub_iam_scopes",), text, warning=True)
    claim, issuer = v["hub_iam_groups_claim"], v["hub_iam_entitlements"]
    if claim and "entitlement" in claim and issuer is None and v.is_valid("hub_iam_entitlements"):
        text = "missing: without it no URN is a group: write namespace and authority of your groups' URNs"
        yield Problem(("hub_iam_entitlements",), text)


def _local_problems(v, methods):
    """Local accounts that cannot be used, and administrators who have none; nobody else may get their names."""
    accounts = (v["hub_local_accounts"] or {}).get("accounts") or []
    names = [account["name"] for account in accounts if account]
    if accounts and "local" not in methods:
        yield Problem(("hub_local_accounts", "accounts"), "these users cannot sign in: add local to hub_sign_in")
    for i, name in enumerate(names):
        if name is not None and name in names[:i]:
            yield Problem(("hub_local_accounts", "accounts", i, "name"), f"{show(name)} is already the name of another")
    if "local" in methods and v.is_valid("hub_local_accounts"):
        for i, user in enumerate(v["hub_admin_users"] or []):
            if user is not None and user not in names:
                text = f"{show(user)} has no account: add it to hub_local_accounts.accounts"
                yield Problem(("hub_admin_users", i), text)
