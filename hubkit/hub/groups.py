"""Names of groups, in each of the formats that identity providers use."""

from urllib.parse import unquote

MAX_LENGTH = 255  # of JupyterHub's database column for the name of a group
SEPARATORS = {"space": " ", "comma": ",", "semicolon": ";"}


def groups_in(user_info, claim, entitlements=None, separator=None):
    """The set of full group names under CLAIM of USER_INFO, without a leading slash. Anything else is left out.

    ENTITLEMENTS, {"namespace", "authority"}, says whose entitlements count as groups; None for nobody's. SEPARATOR, a
    key of SEPARATORS, splits a claim that is one text; without it a text is no group. An entry of a list is never
    split: its name may have been chosen by a user.
    """
    value = _claim_value(user_info, claim)
    if isinstance(value, str) and separator:
        value = [name.strip(" ") for name in value.split(SEPARATORS[separator])]
    names = [_group_name(entry, entitlements) for entry in value] if isinstance(value, list) else ()
    return {name for name in names if 0 < len(name) <= MAX_LENGTH and name.isprintable()}


def _claim_value(claims, name):
    """The value under the key NAME, or where its dots lead in nested claims."""
    if not isinstance(claims, dict):
        return None
    first, dot, rest = name.partition(".")
    return _claim_value(claims.get(first), rest) if dot and name not in claims else claims.get(name)


def _group_name(value, entitlements):
    """The group that VALUE names, "" for none.

    A URN of AARC-G069 (or G002), NAMESPACE:group:cloud:jupyter[:role=member][#AUTHORITY], is cloud/jupyter. Namespace
    and authority must be those of ENTITLEMENTS: providers pass on entitlements that others have issued, who may have
    groups of the same names; so no plain name counts beside them. Other roles are ignored: a member who has one also
    has a URN with role=member, and a user who only manages a group is not a member. Parts that contain a slash once
    decoded are ignored, too.
    """
    if not isinstance(value, str):
        return ""
    urn, _, authority = value.partition("#")
    namespace, is_group, path = urn.partition(":group:")
    if value[:4].lower() != "urn:":
        return "" if entitlements else value.removeprefix("/")
    if not is_group:
        return value
    if not entitlements or (namespace.lower(), authority) != (
        entitlements["namespace"].lower(),
        entitlements["authority"] or "",
    ):
        return ""
    parts = [unquote(part) for part in path.removesuffix(":role=member").split(":")]
    return "/".join(parts) if all(part and "/" not in part and not part.startswith("role=") for part in parts) else ""
