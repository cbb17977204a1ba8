"""What is wrong with the variables: every mistake at once, one sentence each, before anything changes."""

import difflib
import re

from openstack_hub.units import format_size, format_time, parse_size, parse_time

VARIABLES = [
    "hub_platform",
    "hub_domain",
    "hub_port",
    "hub_contact",
    "hub_notice",
    "hub_iam_name",
    "hub_iam_issuer",
    "hub_iam_client_id",
    "hub_iam_client_secret",
    "hub_iam_scopes",
    "hub_iam_username_claim",
    "hub_iam_groups_claim",
    "hub_iam_membership_url",
    "hub_allowed_groups",
    "hub_admin_groups",
    "hub_profiles",
    "hub_home",
    "hub_idle",
    "hub_max_users",
    "hub_certificate",
    "hub_cookie_secret",
    "hub_crypt_key",
    "hub_proxy_token",
    "hub_culler_token",
]
PROFILE_KEYS = [
    "name",
    "title",
    "description",
    "cpu",
    "memory",
    "cpu_guarantee",
    "memory_guarantee",
    "groups",
    "idle",
    "max_age",
]
PLATFORMS = ("host",)
SHORTEST_IDLE = 60  # the servers report every 2 s at the most: below a minute the stop could not be on time
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def _nearest(name, known):
    match = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {match[0]}?" if match else f"; known are {', '.join(known)}"


def _try(parse, path, value):
    """(parsed value, no error) or (None, the sentence with its path)."""
    try:
        return parse(value), []
    except ValueError as error:
        return None, [f"{path}: {error}"]


def _number(value):
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{value!r} is not a number of CPUs: write a number like 2 or 0.5")
    return value


def _text(variables, name, what):
    value = variables.get(name)
    if not isinstance(value, str) or not value.strip():
        return [f"{name}: {value!r} is not {what}"]
    return []


def name_errors(variables):
    """Variables with our prefix that nobody reads."""
    return [
        f"{name}: there is no such variable{_nearest(name, VARIABLES)}"
        for name in sorted(variables)
        if name.startswith("hub_") and name not in VARIABLES
    ]


def address_errors(variables):
    """Platform, domain, port."""
    errors = []
    if variables.get("hub_platform") not in PLATFORMS:
        errors.append(f"hub_platform: {variables.get('hub_platform')!r} is not one of {', '.join(PLATFORMS)}")
    domain = variables.get("hub_domain")
    if not isinstance(domain, str) or not re.fullmatch(rf"{LABEL}(\.{LABEL})+", domain):
        errors.append(
            f"hub_domain: {domain!r} is not a host name: write it in small letters, "
            "without https://, path and port, like hub.example.org"
        )
    port = variables.get("hub_port")
    if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536:
        errors.append(f"hub_port: {port!r} is not a port: write a number from 1 to 65535, usually 443")
    return errors


def group_errors(path, groups):
    """A list of full group names, as the IAM writes them."""
    if not isinstance(groups, list):
        return [f"{path}: {groups!r} is not a list of group names"]
    errors = []
    for i, group in enumerate(groups):
        if not isinstance(group, str) or not group:
            errors.append(f"{path}[{i}]: {group!r} is not the name of a group")
        elif group.startswith("/") or group.endswith("/"):
            errors.append(f"{path}[{i}]: {group!r} has a slash too many: write {group.strip('/')!r}")
    return errors


def sign_in_errors(variables):
    """IAM, groups, contact."""
    errors = []
    issuer = variables.get("hub_iam_issuer")
    if not isinstance(issuer, str) or not re.fullmatch(r"https://[^\s/?#]+(/[^\s?#]*)?", issuer):
        errors.append(
            f"hub_iam_issuer: {issuer!r} is not the address of an OpenID provider, like https://iam.example.org/"
        )
    errors += _text(variables, "hub_iam_client_id", "the name under which the IAM knows this hub")
    for secret in ("client_secret", "cookie_secret", "crypt_key", "proxy_token", "culler_token"):
        name = "hub_iam_client_secret" if secret == "client_secret" else f"hub_{secret}"
        if not isinstance(variables.get(name), str) or not variables[name].strip():
            errors.append(f"{name}: nothing is set: put it into the vault as vault_{name}")
        elif secret in ("cookie_secret", "crypt_key") and not re.fullmatch(r"[0-9a-f]{64}", variables[name]):
            errors.append(f"{name}: not 64 hexadecimal digits: make it by `openssl rand -hex 32`")
    allowed, admins = variables.get("hub_allowed_groups"), variables.get("hub_admin_groups")
    errors += group_errors("hub_allowed_groups", allowed) + group_errors("hub_admin_groups", admins)
    if allowed == [] and admins == []:
        errors.append("hub_allowed_groups: nobody could sign in: name at least one group of the IAM")
    contact = variables.get("hub_contact")
    if not isinstance(contact, dict) or not (contact.get("email") or contact.get("url")):
        errors.append("hub_contact: refused people must be told whom to ask: set email, url or both")
    return errors


def profile_errors(path, entry, default_idle):
    """One entry of hub_profiles."""
    if not isinstance(entry, dict):
        return [f"{path}: {entry!r} is not a profile: write name, cpu and memory below the dash"]
    errors = [
        f"{path}.{key}: there is no such setting{_nearest(str(key), PROFILE_KEYS)}"
        for key in entry
        if key not in PROFILE_KEYS
    ]
    name = entry.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name):
        errors.append(f"{path}.name: {name!r} is not usable: small letters, digits and dashes, a letter first")
    found = {}
    for key, parse, default in (
        ("cpu", _number, None),
        ("memory", parse_size, None),
        ("cpu_guarantee", _number, 0),
        ("memory_guarantee", parse_size, 0),
        ("idle", parse_time, default_idle),
        ("max_age", parse_time, 0),
    ):
        if key not in entry and default is None:
            errors.append(f"{path}.{key}: missing: every profile says its cpu and memory")
            continue
        found[key], wrong = _try(parse, f"{path}.{key}", entry.get(key, default))
        errors += wrong if key in entry else []
    if found.get("cpu") == 0 or found.get("memory") == 0:
        errors.append(f"{path}: a server needs some cpu and memory: neither can be 0")
    for limit in ("cpu", "memory"):
        if (found.get(f"{limit}_guarantee") or 0) > (found.get(limit) or float("inf")):
            errors.append(
                f"{path}.{limit}_guarantee: {entry[f'{limit}_guarantee']!r} is above the limit {entry[limit]!r}"
            )
    idle, age = found.get("idle"), found.get("max_age")
    if "idle" in entry:
        errors += idle_errors(f"{path}.idle", idle)
    if age and idle and age < idle:
        errors.append(
            f"{path}.max_age: {format_time(age)} is below the idle life of {format_time(idle)}, which could never apply"
        )
    return errors + group_errors(f"{path}.groups", entry.get("groups", []))


def idle_errors(path, idle):
    """An idle life in seconds, None when it did not parse."""
    if idle and idle < SHORTEST_IDLE:
        return [f"{path}: {format_time(idle)} is too short: allowed are {format_time(SHORTEST_IDLE)} and more, or 0"]
    return []


def server_errors(variables):
    """Profiles, homes, idle life, number of users."""
    idle, errors = _try(parse_time, "hub_idle", variables.get("hub_idle"))
    errors += idle_errors("hub_idle", idle)
    profiles = variables.get("hub_profiles")
    if not isinstance(profiles, list) or not profiles:
        errors.append(f"hub_profiles: {profiles!r} is not a list of at least one profile")
        profiles = []
    for i, entry in enumerate(profiles):
        errors += profile_errors(f"hub_profiles[{i}]", entry, variables.get("hub_idle"))
    for key in ("name", "title"):
        values = [entry.get(key) for entry in profiles if isinstance(entry, dict) and entry.get(key)]
        errors += [
            f"hub_profiles: {value!r} is the {key} of more than one profile"
            for value in dict.fromkeys(values)
            if values.count(value) > 1
        ]
    home = variables.get("hub_home")
    if not isinstance(home, dict) or "size" not in home:
        errors.append(f"hub_home: {home!r} says no size: write hub_home: {{size: 1G}}")
    else:
        size, wrong = _try(parse_size, "hub_home.size", home["size"])
        errors += wrong
        if size is not None and size < parse_size("64M"):
            errors.append(f"hub_home.size: {format_size(size)} is too small: a home needs 64 MB and more")
    users = variables.get("hub_max_users")
    if isinstance(users, bool) or not isinstance(users, int) or not 1 <= users <= 3000:
        errors.append(f"hub_max_users: {users!r} is not a number of people from 1 to 3000")
    return errors


def hub_errors(variables):
    """All mistakes in the ``hub_*`` variables (a dict by name) as a list of sentences; empty when there are none."""
    certificate = variables.get("hub_certificate")
    errors = name_errors(variables) + address_errors(variables) + sign_in_errors(variables) + server_errors(variables)
    if not isinstance(certificate, dict) or not certificate.get("file") or not certificate.get("key"):
        errors.append("hub_certificate: set file and key, paths of PEM files on the machine that runs Ansible")
    return errors
