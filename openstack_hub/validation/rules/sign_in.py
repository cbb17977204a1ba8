"""Who can sign in, and who administers the hub."""

import datetime
import re

from openstack_hub.advisories import today
from openstack_hub.model.administrators import local_names
from openstack_hub.validation.problems import Problem, not_set, show
from openstack_hub.validation.rules import entries
from openstack_hub.validation.rules.iam_users import iam_user_problems

IAM = {
    "hub_iam_issuer": "missing: write the URL of your OpenID provider, such as https://iam.example.org/",
    "hub_iam_client_id": "missing: write the client ID that the provider gave to this hub",
    "hub_iam_client_secret": not_set("hub_iam_client_secret"),
}
WITHOUT_IAM = {
    "hub_allow_all": "without a provider there is nobody whom it admits",
    "hub_allowed_users": "these users of a provider cannot sign in",
}
# Parameters of the authorization request that the hub sets, and those that would carry a secret in an address.
OWN_PARAMETERS = (
    "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge",
    "code_challenge_method", "request", "request_uri",
)  # fmt: skip
SECRET_NAME = re.compile(r"secret|passw|token$|api_?key|assertion")
SECRET_PARAMETERS = ("client_secret", "client_assertion", "code_verifier", "password", "token", "access_token")


def sign_in_problems(v):
    methods = v["hub_sign_in"]
    if not methods:
        return
    ways = ("hub_allow_all", "hub_allowed_groups", "hub_allowed_users", "hub_admin_groups", "hub_admin_users")
    nobody = methods == ["iam"] and not any(v[name] for name in ways) and v.is_valid(*ways)
    if "iam" in methods:
        yield from _iam_problems(v)
        yield from iam_user_problems(v)
        if nobody:
            text = (
                "nobody can sign in: write at least one group of the provider, such as [cloud/jupyter], or set "
                "hub_allowed_users or hub_allow_all"
            )
            yield Problem(("hub_allowed_groups",), text)
    if not v.is_valid("hub_sign_in"):  # METHODS may be incomplete
        return
    for name, text in WITHOUT_IAM.items():
        if v[name] and "iam" not in methods:
            yield Problem((name,), f"{text}: add iam to hub_sign_in, or remove this line")
    if {"local", "pam"} <= set(methods):
        yield Problem(("hub_sign_in",), "local accounts have no account on the cluster: leave out local or pam")
    yield from _local_problems(v, methods)
    yield from _administrator_problems(v, methods, nobody)


def _administrator_problems(v, methods, nobody):
    allowed, admin_groups, admin_users = (
        v[name] for name in ("hub_allowed_groups", "hub_admin_groups", "hub_admin_users")
    )
    if admin_groups and "iam" not in methods:
        text = "members of these groups cannot sign in: add iam to hub_sign_in, or use hub_admin_users instead"
        yield Problem(("hub_admin_groups",), text)
    has_no_admins = admin_groups == [] and admin_users == [] and v.is_valid("hub_admin_groups", "hub_admin_users")
    if has_no_admins and not nobody:
        if "local" in methods:
            names = "hub_admin_groups or hub_admin_users" if "iam" in methods else "hub_admin_users"
            text = f"local accounts need an administrator who approves them: set {names}"
            yield Problem(("hub_sign_in",), text)
        else:
            text = "the hub has no administrator, so nobody can see or stop servers of others: write at least one group"
            yield Problem(("hub_admin_groups",), text, warning=True)
    for i, group in enumerate(admin_groups or []):
        if group is not None and group in (allowed or []):
            text = (
                f"{show(group)} is in hub_allowed_groups, too, and all its members become administrators: remove it "
                "from one of the two lists if they should not"
            )
            yield Problem(("hub_admin_groups", i), text, warning=True)


def _iam_problems(v):
    yield from (Problem((name,), text) for name, text in IAM.items() if v[name] is None and v.is_valid(name))
    scopes, parameters = v["hub_iam_scopes"], v["hub_iam_authorization_parameters"] or {}
    if scopes is not None and v.is_valid("hub_iam_scopes"):
        if "openid" not in scopes:
            text = "openid is missing, without which the provider does not identify the user: add it"
            yield Problem(("hub_iam_scopes",), text)
        if "offline_access" not in scopes and parameters.get("access_type") != "offline":  # as one provider has it
            text = (
                "without offline_access the hub cannot check the membership of users whose access token has expired: "
                "add it, if the provider allows it for this client"
            )
            yield Problem(("hub_iam_scopes",), text, warning=True)
    for name, value in parameters.items():
        if text := _parameter_problem(name, value):
            yield Problem(("hub_iam_authorization_parameters", name), text)
    claim, issuer = v["hub_iam_groups_claim"], v["hub_iam_entitlements"]
    if claim and "entitlement" in claim and issuer is None and v.is_valid("hub_iam_entitlements"):
        text = "missing: without it no URN is a group: write namespace and authority of your groups' URNs"
        yield Problem(("hub_iam_entitlements",), text)


def _parameter_problem(name, value):
    """Why the parameter NAME of the authorization request is not for a site to set, or ""."""
    word = name.lower()
    if not re.fullmatch(r"[A-Za-z_][\w.-]*", name):
        return f"{show(name)} is not the name of a parameter: use letters, digits, dots, dashes and underscores"
    if word == "scope":
        return "the hub requests the scopes of hub_iam_scopes: write them there"
    if word in OWN_PARAMETERS:
        return "the hub sets it at each sign-in: remove it"
    if word in SECRET_PARAMETERS or SECRET_NAME.search(word):
        return "parameters are in the address of each sign-in, where no secret may be: remove it"
    if word == "prompt" and "none" in (value or "").split():
        return "with none the provider shows no sign-in page, so nobody can sign in: write login, or remove it"
    return ""


def _date_problems(settings):
    """Last days that have passed, or that come too late for playbooks/accounts.yml."""
    now, days = today(), (settings or {}).get("days") or 0
    accounts = entries((settings or {}).get("accounts"))
    for i, until in ((i, account["until"]) for i, account in accounts if account["until"]):
        path = ("hub_local_accounts", "accounts", i, "until")
        if until < now.isoformat():
            yield Problem(path, f"{until} has passed, so the account is closed: write a later day", warning=True)
        elif until > (now + datetime.timedelta(days)).isoformat():
            text = f"{until} is more than {days} days from now, so playbooks/accounts.yml refuses it before that"
            yield Problem(path, f"{text}: write an earlier day, or run it later", warning=True)


def _local_problems(v, methods):
    """Local accounts that cannot be used, and administrators of whom it is not clear who they are."""
    names = local_names(v)
    yield from _date_problems(v["hub_local_accounts"])
    if names and "local" not in methods:
        yield Problem(("hub_local_accounts", "accounts"), "these users cannot sign in: add local to hub_sign_in")
    for i, name in enumerate(names):
        if name is not None and name in names[:i]:
            yield Problem(("hub_local_accounts", "accounts", i, "name"), f"{show(name)} is already the name of another")
    if "local" not in methods or not v.is_valid("hub_local_accounts"):
        return
    allowed = v["hub_allowed_users"] or []
    for i, user in enumerate(v["hub_admin_users"] or []):
        if user is None or (user in names) != ("iam" in methods and user in allowed):
            continue
        elsewhere = "; for a user of the provider, add it to hub_allowed_users" if "iam" in methods else ""
        text = f"{show(user)} has no account: add it to hub_local_accounts.accounts{elsewhere}"
        if user in names:
            text = f"{show(user)} is in hub_local_accounts and in hub_allowed_users: leave out who does not administer"
        yield Problem(("hub_admin_users", i), text)
