"""Which method of sign-in a named administrator belongs to: persons of two methods may have the same name."""


def administrators(v):
    """{"admin_users": accounts of local or pam, "iam_admin_users": users of the IAM} of the parsed variables.

    Where there are local accounts, a user of the IAM is also in hub_allowed_users: an error in a name makes nobody else
    an administrator.
    """
    names, methods = v["hub_admin_users"], v["hub_sign_in"]
    known = {"pam": names, "local": local_names(v)}
    own = [name for name in names if any(method in methods and name in known[method] for method in known)]
    others = [name for name in names if name not in own] if "iam" in methods else []
    if "local" in methods:
        others = [name for name in others if name in (v["hub_allowed_users"] or [])]
    return {"admin_users": own, "iam_admin_users": others}


def local_names(v):
    """Names of the declared local accounts; None for one that is wrong."""
    accounts = (v["hub_local_accounts"] or {}).get("accounts") or []
    return [account["name"] for account in accounts if account]
