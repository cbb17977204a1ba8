"""Names of groups, in each of the formats that identity providers use."""

import re
from urllib.parse import unquote

MAX_LENGTH = 255  # of JupyterHub's database column for the name of a group
NAMESPACE = re.compile(r"urn(:[^:]+){2,}", re.IGNORECASE)


def groups_in(user_info, claim):
    """The set of full group names under CLAIM of USER_INFO, without a leading slash. Anything else is left out."""
    value = _claim_value(user_info, claim)
    names = map(_group_name, value) if isinstance(value, list) else ()
    return {name for name in names if 0 < len(name) <= MAX_LENGTH and name.isprintable()}


def _claim_value(claims, name):
    """The value under the key NAME, or where its dots lead in nested claims."""
    if not isinstance(claims, dict):
        return None
    first, dot, rest = name.partition(".")
    return _claim_value(claims.get(first), rest) if dot and name not in claims else claims.get(name)


def _group_name(value):
    """The group that VALUE names, "" for none.

    A URN of AARC-G069 (or G002), urn:…:group:cloud:jupyter[:role=member][#authority], is cloud/jupyter. Other roles are
    ignored: a member who has one also has a URN with role=member, and a user who only manages a group is not a member.
    Parts that contain a slash once decoded are ignored, too.
    """
    if not isinstance(value, str):
        return ""
    namespace, is_group, path = value.partition("#")[0].partition(":group:")
    if not is_group or value[:4].lower() != "urn:":
        return value.removeprefix("/")
    parts = [unquote(part) for part in path.removesuffix(":role=member").split(":")]
    valid = all(part and "/" not in part and not part.startswith("role=") for part in parts)
    return "/".join(parts) if valid and NAMESPACE.fullmatch(namespace) else ""
