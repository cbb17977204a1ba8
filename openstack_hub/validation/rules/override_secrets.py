"""Secrets among hub_values_overrides. No message shows a value."""

import re

from openstack_hub.chart.reserved import NO_SECRETS
from openstack_hub.schema import specification
from openstack_hub.validation.secret_patterns import NAMES, PASSWORD_IN_ADDRESS, PRIVATE_KEY, TOKEN

NAME = re.compile(rf"({NAMES}|(^|_)secret|token|credentials)$", re.IGNORECASE)
NOT_SECRET = re.compile(r"/\S*|true|false|yes|no|on|off|[01]?", re.IGNORECASE)  # a path, or a switch
# A line of a file, such as `password: x` or `TOKEN="x"`
SETTING = re.compile(
    r"^[ \t]*(?:export[ \t]+)?[\"']?([\w.-]+)[\"']?[ \t]*[:=][ \t]*[\"']?([^\s\"'(\[{<$]{4,})", re.MULTILINE
)
TEXTS = ((PRIVATE_KEY, "a private key"), (PASSWORD_IN_ADDRESS, "an address with a password"), (TOKEN, "a token"))
SHORTEST, LONG = 8, 12  # a shorter secret may be any word, or part of any text


def is_secret_name(name):
    """Whether the value of NAME is usually a secret."""
    return bool(NAME.search(name))


def secret_problems(values, v):
    """(path, message) of each secret in VALUES; v: the parsed variables."""
    known = {v[name]: name for name in specification.secrets() if len(str(v[name] or "")) >= SHORTEST}
    for path, name, value in _leaves(values, ()):
        if owner := _owner(value, known):
            yield path, f"it contains {owner}: {NO_SECRETS}; remove it"
        elif is_secret_name(name) and not NOT_SECRET.fullmatch(value):
            yield path, f"{NO_SECRETS}: {_instead(path)}"
        elif found := next((what for pattern, what in TEXTS if re.search(pattern, value)), "") or _setting(path, value):
            yield path, f"it contains {found}: {NO_SECRETS}; {_instead(path)}"


def _setting(path, text):
    """`a password or token` if a line of TEXT, a file, sets one, else "". Code in hub.extraConfig is parsed instead."""
    lines = SETTING.finditer(text if "extraConfig" not in path else "")
    is_set = any(is_secret_name(line[1]) and not NOT_SECRET.fullmatch(line[2]) for line in lines)
    return "a password or token" if is_set else ""


def _owner(text, known):
    """The variable whose secret TEXT is or contains, or None. known: secret -> variable."""
    found = (name for secret, name in known.items() if text == secret or (len(secret) >= LONG and secret in text))
    return next(found, None)


def _instead(path):
    if "extraEnv" in path:
        return "create a Secret in the namespace, and write {valueFrom: {secretKeyRef: {name: SECRET, key: KEY}}} here"
    if path[-1] == "value":
        return "create a Secret in the namespace, and write valueFrom: {secretKeyRef: {name: SECRET, key: KEY}} instead"
    if path[0] == "imagePullSecret":
        return "create it with kubectl create secret docker-registry, and name it in imagePullSecrets"
    if path[:2] == ("hub", "services"):
        return "remove it, the chart makes one"
    return "create a Secret in the namespace, and mount it (extraVolumes, extraVolumeMounts)"


def _leaves(value, path):
    """(path, name, text) of each text or number; in an entry {name: A, value: b} of a list the name of b is A."""
    for key, below in value.items() if isinstance(value, dict) else enumerate(value):
        part = key if isinstance(key, int) else str(key)
        if isinstance(below, dict | list):
            yield from _leaves(below, (*path, part))
        elif isinstance(below, str | int | float) and not isinstance(below, bool):
            name = value.get("name") if part == "value" and isinstance(value, dict) else None
            yield (*path, part), str(name or part), str(below)
