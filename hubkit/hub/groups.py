"""Names of groups, in each of the ways in which identity providers say them."""

import re
from urllib.parse import unquote

LONGEST = 255  # JupyterHub's column for the name of a group
NAMESPACE = re.compile(r"urn(:[^:]+){2,}", re.IGNORECASE)


def groups_in(user_info, claim):
    """The full names, without a slash in front, that USER_INFO holds under CLAIM. Whatever is no name is left out."""
    found = _claim(user_info, claim)
    names = map(_name, found) if isinstance(found, list) else ()
    return {name for name in names if 0 < len(name) <= LONGEST and name.isprintable()}


def _claim(claims, name):
    """What stands under NAME: there is a key like that, or its dots lead into claims within claims."""
    if not isinstance(claims, dict):
        return None
    first, dot, rest = name.partition(".")
    return _claim(claims.get(first), rest) if dot and name not in claims else claims.get(name)


def _name(said):
    """The group that SAID names, "" for none.

    A URN of AARC-G069 (or G002), urn:…:group:cloud:jupyter[:role=member][#authority], is cloud/jupyter. Other roles do
    not count: a member who holds one has a second URN that says member, and who only manages others is none. Neither do
    parts that are several once they are decoded.
    """
    if not isinstance(said, str):
        return ""
    namespace, is_group, path = said.partition("#")[0].partition(":group:")
    if not is_group or said[:4].lower() != "urn:":
        return said.removeprefix("/")
    parts = [unquote(part) for part in path.removesuffix(":role=member").split(":")]
    sound = all(part and "/" not in part and not part.startswith("role=") for part in parts)
    return "/".join(parts) if sound and NAMESPACE.fullmatch(namespace) else ""
