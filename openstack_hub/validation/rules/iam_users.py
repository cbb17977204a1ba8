"""Users of the provider: who may sign in by name or by group, and how their names are read."""

import re
from urllib.parse import urlsplit

from openstack_hub.model.administrators import administrators
from openstack_hub.validation.problems import Problem, show
from openstack_hub.validation.rules import entries

# Claims of OpenID Connect with a display name or the like: everybody writes the own, and several persons have the same.
DISPLAY_CLAIMS = ("name", "given_name", "family_name", "middle_name", "nickname", "profile", "picture", "website")
# Providers at which everybody in the world may have an account.
PUBLIC = (
    "accounts.google.com", "appleid.apple.com", "cilogon.org", "gitlab.com", "orcid.org", "www.facebook.com",
    "www.linkedin.com",
)  # fmt: skip
SEPARATORS = {"space": " ", "comma": ",", "semicolon": ";"}


def iam_user_problems(v):
    yield from _everybody_problems(v)
    yield from _claim_problems(v)
    yield from _name_problems(v)
    yield from _separator_problems(v)


def _everybody_problems(v):
    if not v["hub_allow_all"]:
        return
    # Beside local accounts, administrators are there to say whose they are.
    administered = (v["hub_admin_users"] or []) if "local" in v["hub_sign_in"] else []
    without_effect = {
        "hub_allowed_groups": v["hub_allowed_groups"],
        "hub_allowed_users": [name for _, name in entries(v["hub_allowed_users"]) if name not in administered],
    }
    for name, values in without_effect.items():
        if values:
            text = "hub_allow_all is true, which admits everybody whom the provider knows: remove one of the two"
            yield Problem((name,), text)
    host = urlsplit(v["hub_iam_issuer"] or "").hostname
    if host in PUBLIC:
        text = f"everybody in the world can have an account at {host}, and so sign in; is that intended?"
        yield Problem(("hub_allow_all",), text, warning=True)
    if v["verify_outsider"]:
        text = "hub_allow_all is true, so the hub denies access to nobody: remove this account"
        yield Problem(("verify_outsider",), text)


def _claim_problems(v):
    for name in ("hub_iam_groups_claim", "hub_iam_username_claim"):
        if v[name] and (bare := re.sub(r"\[.*?\]|[*$]", "", v[name])) != v[name]:
            text = f"{show(v[name])} is not the name of a claim, of which all entries are read: write"
            yield Problem((name,), f"{text} {bare.strip('.') or 'groups'}")
    claim = v["hub_iam_username_claim"]
    if claim not in DISPLAY_CLAIMS:
        return
    listed = [name for name in ("hub_allowed_users", "hub_admin_users") if _named(v, name)]
    if listed:
        text = (
            f"{show(claim)} is what users choose themselves, so anybody could take a name of {' or '.join(listed)}: "
            "write preferred_username"
        )
    else:
        text = f"{show(claim)} is what users choose themselves, also the name of another: preferred_username is better"
    yield Problem(("hub_iam_username_claim",), text, warning=not listed)


def _named(v, name):
    """(index, text) of the entries of the list NAME that are users of the provider."""
    if name == "hub_admin_users" and v[name]:
        users = administrators(v)["iam_admin_users"]
        return [(i, person) for i, person in entries(v[name]) if person in users]
    return entries(v[name])


def _name_problems(v):
    """Names that no user of the provider has."""
    blocked = [name for _, name in entries(v["hub_blocked_users"])]
    for variable in ("hub_allowed_users", "hub_admin_users"):
        for i, person in _named(v, variable):
            path = (variable, i)
            if person.strip() in ("*", "all", "everybody", "everyone", "any"):
                yield Problem(path, _everybody(variable, person))
            elif person != person.strip():
                yield Problem(path, f"{show(person)} begins or ends with a space: write {show(person.strip())}")
            elif v["hub_iam_username_claim"] == "email" and "@" not in person:
                text = (
                    f"{show(person)} is no e-mail address, as hub_iam_username_claim has them: write the whole address"
                )
                yield Problem(path, text)
            elif "," in person or ";" in person:
                several = [part.strip() for part in person.replace(";", ",").split(",") if part.strip()]
                text = f"{show(person)} is {len(several)} entries in one text: write {', '.join(map(show, several))}"
                yield Problem(path, text, warning=True)
            if person in blocked:
                text = (
                    f"{show(person)} is in hub_blocked_users, too, and so cannot sign in: remove it from one of the two"
                )
                yield Problem(path, text, warning=True)


def _everybody(variable, person):
    if variable == "hub_admin_users":
        return f"{show(person)} is the name of one user: write the name of each administrator, such as jane"
    return (
        f"{show(person)} is the name of one user: to admit everybody whom the provider knows, set hub_allow_all to true"
    )


def _separator_problems(v):
    """Groups whose name the separator would split."""
    word = v["hub_iam_groups_separator"]
    if not word:
        return
    groups = [
        ((name, i), group) for name in ("hub_allowed_groups", "hub_admin_groups") for i, group in entries(v[name])
    ]
    for i, profile in entries(v["hub_profiles"]):
        groups += [(("hub_profiles", i, "groups", j), group) for j, group in entries(profile["groups"])]
    sizes = entries((v["hub_home"] or {}).get("group_sizes"))
    groups += [(("hub_home", "group_sizes", i, "group"), entry["group"]) for i, entry in sizes if entry["group"]]
    for path, group in groups:
        if SEPARATORS[word] in group:
            text = (
                f"{show(group)} contains a {word}, at which hub_iam_groups_separator splits, so that nobody is a member"
            )
            yield Problem(path, f"{text}: rename the group at the provider, or remove hub_iam_groups_separator")
