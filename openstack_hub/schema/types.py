"""The types of variables: what is allowed, as a message and as JSON Schema for editors.

Each type is a function (value, spec) -> parsed value. It raises ValueError with the message for the admin.
"""

import datetime
import ipaddress
import re
from urllib.parse import unquote

from openstack_hub.schema.package_types import debian_package, requirement  # noqa: F401 - two of the types
from openstack_hub.schema.units import format_size, format_time, parse_size, parse_time
from openstack_hub.validation.problems import not_set, show

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST = rf"{LABEL}(\.{LABEL})+"
# RFC 2606 and 6761 reserve these: a value that contains one is an example that was not replaced.
EXAMPLE_DOMAIN = re.compile(r"(?<![\w-])example\.(org|com|net)(?!\.?[\w-])")


def _pattern(expression, what):
    """The type of text that matches EXPRESSION as a whole; else the error is "'x' is not WHAT"."""

    def parse(value, spec):
        if not isinstance(value, str) or not re.fullmatch(expression, value):
            raise ValueError(f"{show(value)} is not {what}")
        return str(value)

    parse.schema = {"type": ["string"], "pattern": f"^({expression})$"}
    return parse


def _bounded(value, spec, read, write):
    """VALUE if it lies within the spec's `min` and `max` (parsed by READ), or is 0 where `or_zero` allows it."""
    low, high = (None if spec.get(key) is None else read(spec[key]) for key in ("min", "max"))
    if value == 0 and spec.get("or_zero"):
        return value
    error = "small" if low is not None and value < low else "large" if high is not None and value > high else ""
    if error:
        allowed = f"{write(low)} or more" if high is None else f"{write(low or 0)} to {write(high)}"
        zero = f", or 0 ({spec['or_zero']})" if spec.get("or_zero") else ""
        raise ValueError(f"{write(value)} is too {error}: write {allowed}{zero}")
    return value


def size(value, spec):
    return _bounded(parse_size(value), spec, parse_size, format_size)


def time(value, spec):
    return _bounded(parse_time(value, spec.get("or_zero")), spec, parse_time, format_time)


def _unquoted(value):
    """What to do about a number that YAML reads as text, else ""."""
    is_number = isinstance(value, str) and re.fullmatch(r"\s*\d+(\.\d+)?\s*", value)
    return f"write {value.strip()}, without quotes" if is_number else ""


def number(value, spec):
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:
        raise ValueError(f"{show(value)} is not a number: {_unquoted(value) or 'write one such as 2 or 0.5'}")
    return _bounded(float(value), spec, float, lambda n: f"{n:g}")


def count(value, spec):
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1e15:
        hint = f"write one such as {spec.get('example') or spec.get('default') or 4}"
        raise ValueError(f"{show(value)} is not a whole number: {_unquoted(value) or hint}")
    if spec.get("odd") and value % 2 == 0:
        raise ValueError(f"{value} is even: write an odd number, so that a majority remains when one fails")
    return _bounded(int(value), spec, int, str)


def flag(value, spec):
    if value in ("true", "false"):  # from -e name=true
        return value == "true"
    if not isinstance(value, bool):
        raise ValueError(f"{show(value)} is not a boolean: write true or false")
    return bool(value)


def text(value, spec):
    if not isinstance(value, str) or not (value.strip() or spec.get("default") == ""):
        if isinstance(value, str):
            raise ValueError("the value is empty: write one, or remove the line")
        quotes = ": put it in quotes" if isinstance(value, bool | int | float | datetime.date) else ""
        raise ValueError(f"{show(value)} is not text{quotes}")
    return str(value)


def choice(value, spec):
    if isinstance(value, str) and value in spec.get("refused", {}):
        raise ValueError(
            f"{show(value)} is not supported: {spec['refused'][value]}; write one of {', '.join(spec['choices'])}"
        )
    if not isinstance(value, str) or value not in spec["choices"]:
        raise ValueError(f"{show(value)} is not one of {', '.join(spec['choices'])}")
    return str(value)


def host(value, spec):
    if not isinstance(value, str) or not re.fullmatch(HOST, value):
        bare = re.sub(r"^(\w*://|@)", "", str(value).lower().strip()).split("/")[0].split(":")[0]
        example = bare if re.fullmatch(HOST, bare) else "hub.example.org"
        raise ValueError(
            f"{show(value)} is not a host name: write the full name in lower case, without https://, port or path, "
            f"such as {example}"
        )
    return str(value)


def group(value, spec):
    if not isinstance(value, str) or not value.strip("/ "):
        quotes = ": put it in quotes" if isinstance(value, int | float) else ""
        raise ValueError(f"{show(value)} is not a group name{quotes}")
    if value.startswith("urn:") and ":group:" in value:
        path = value.partition("#")[0].partition(":group:")[2].partition(":role=")[0]
        plain = show(unquote(path.replace(":", "/"))) if path else "such as cloud/jupyter"
        raise ValueError(f"{show(value)} is a URN: write the group name, {plain}")
    if value != "/".join(filter(None, value.split("/"))):
        raise ValueError(f"{show(value)} has an extra slash: write {show('/'.join(filter(None, value.split('/'))))}")
    return str(value)


def cidr(value, spec):
    try:
        network = str(ipaddress.ip_network(str(value), strict=False)) if "/" in str(value) else ""
    except ValueError:
        network = ""
    if not network or str(ipaddress.ip_address(value.split("/")[0])) != network.split("/")[0]:
        example = network or spec.get("example", "10.100.0.0/16")
        raise ValueError(f"{show(value)} is not a network in CIDR notation: write for example {example}")
    return network


def date(value, spec):
    """YYYY-MM-DD; YAML itself may already have parsed it as a date."""
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.isoformat()
    try:
        return datetime.date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise ValueError(f"{show(value)} is not a date: write YYYY-MM-DD, such as 2027-03-15") from None


def version(value, spec):
    example = spec["example"]
    expression = r"v\d+\.\d+\.\d+" if example.startswith("v") else r"\d+\.\d+\.\d+"
    if not isinstance(value, str) or not re.fullmatch(expression, value):
        raise ValueError(f"{show(value)} is not an exact version: write for example {example}")
    return str(value)


def image(value, spec):
    """A container image with a tag or digest that does not move."""
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9][\w./:-]*(:[\w.-]+|@sha256:[0-9a-f]{64})", value):
        raise ValueError(f"{show(value)} is not an image with an exact tag: write for example {spec['example']}")
    if value.endswith(":latest"):
        raise ValueError(f"{show(value)} can change at any time: write an exact tag, such as {spec['example']}")
    return str(value)


def secret(value, spec):
    """A secret; no message shows its value."""
    if not isinstance(value, str):
        raise ValueError("the secret is not text: put it in quotes in the vault (make vault-edit)")
    if not value.strip():
        raise ValueError(not_set(spec["name"]))
    if spec.get("hex") and not re.fullmatch(rf"[0-9a-f]{{{spec['hex']}}}", value):
        raise ValueError(
            f"the secret is not {spec['hex']} hexadecimal digits: create it with `openssl rand -hex {spec['hex'] // 2}`"
        )
    return str(value)


def variable(value, spec):
    """The value of an environment variable, which may be empty; no message shows it, because it may be a secret."""
    if not isinstance(value, str):
        raise ValueError("the value is not text: put it in quotes")
    if any(ord(character) < 32 and character not in "\n\t" for character in value) or "\x7f" in value:
        raise ValueError("the value contains a control character, which no environment variable may have: remove it")
    return str(value)


name = _pattern(
    r"[a-z][a-z0-9-]{0,30}",
    "a valid name: use lower-case letters, digits and dashes, a letter first, at most 31 characters",
)
claim = _pattern(
    r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?",
    "a name in Kubernetes: use lower-case letters, digits, dashes and dots, a letter or digit first and last",
)
cloud_name = _pattern(
    r"[A-Za-z][A-Za-z0-9_.-]{0,241}",
    "a valid name in OpenStack: use letters, digits, underscores, dots and dashes, a letter first",
)
email = _pattern(r"[^@\s:/]+@[^@\s:/]+\.[^@\s:/]+", "an e-mail address: write for example help@example.org")
url = _pattern(r"https?://[^\s/?#]+(/\S*)?", "a URL: begin with https:// or http://, such as https://example.org/help")
issuer = _pattern(
    r"https://[^\s/?#]+(/[^\s?#]*)?",
    "the URL of an OpenID provider: begin with https://, such as https://iam.example.org/",
)
urn = _pattern(
    r"urn:(?:(?!group:)[^:#\s]+:)+(?!group(:|$))[^:#\s]+",
    "a namespace of URNs: write what precedes :group: in the URNs, such as urn:geant:example.org",
)
path = _pattern(r"/.*", "an absolute path: begin with a slash")
page = _pattern(
    r"/(?!/)([^\s{}\\]|\{username\})*",
    "a path on a user server: begin with one slash, without the name of the hub, such as /lab/tree/welcome.ipynb",
)
resource = _pattern(
    r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?",
    "a resource of Kubernetes: write its name as kubectl describe node shows it, such as nvidia.com/gpu",
)
_any_file = _pattern(
    r"(/|~/).+",
    'an absolute path: for a file in the site folder write for example "{{ inventory_dir }}/certificates/hub.crt"',
)


def file(value, spec):
    if isinstance(value, str) and re.fullmatch(r"[\w.][^:\n]{0,99}", value):
        in_site = f'"{{{{ inventory_dir }}}}/{value.removeprefix("./")}"'
        raise ValueError(f"{show(value)} is not an absolute path: for a file in the site folder write {in_site}")
    return _any_file(value, spec)


file.schema = _any_file.schema

# For editors; a pattern type brings its own. Weaker than the type where JSON Schema cannot express it, never stricter.
TEMPLATE = r"\{[{%]"  # an editor cannot evaluate it
SCHEMAS = {
    "size": {"type": ["string", "number"], "pattern": r"^\s*\d+(\.\d+)?\s*[KMGT]\s*$", "minimum": 0},
    "time": {"type": ["string"], "pattern": r"^\s*\d+(\.\d+)?\s*[smhd]\s*$"},
    "number": {"type": ["number"], "minimum": 0},
    "count": {"type": ["integer"], "minimum": 0},
    "flag": {"type": ["boolean"]},
    "text": {"type": ["string"], "pattern": r"\S"},
    "host": {"type": ["string"], "pattern": rf"^{LABEL}(\.{LABEL})+$"},
    "group": {"type": ["string"], "pattern": r"^(?!urn:.*:group:)[^/]+(/[^/]+)*$"},
    "cidr": {"type": ["string"], "pattern": r"^[0-9A-Fa-f.:]+/[0-9.]+$"},
    "date": {"type": ["string"], "pattern": r"^\d{4}-\d\d-\d\d$"},
    "version": {"type": ["string"], "pattern": r"^v?\d+\.\d+\.\d+$"},
    "image": {"type": ["string"], "pattern": r"^(?!.*:latest$)[a-z0-9][\w./:-]*(:[\w.-]+|@sha256:[0-9a-f]{64})$"},
    "secret": {"type": ["string"], "pattern": r"^\$ANSIBLE_VAULT"},
    "variable": {"type": ["string"]},
    "anything": {},
}
# In messages: "a list of ...".
PLURALS = {
    "date": "dates", "requirement": "packages", "debian_package": "packages", "variable": "texts", "text": "texts",
    "group": "group names", "choice": "values", "name": "names", "cidr": "networks", "url": "URLs",
}  # fmt: skip
