"""The types of variables: what is allowed, as a message and as JSON Schema for editors.

Each type is a function (value, spec) -> parsed value. It raises ValueError with the message for the admin.
"""

import datetime
import difflib
import re
from urllib.parse import unquote

from openstack_hub.schema import corrections
from openstack_hub.schema.numbers import count, flag, number, size, time  # noqa: F401 -- types as well
from openstack_hub.schema.package_types import debian_package, requirement  # noqa: F401 -- types as well
from openstack_hub.validation.problems import not_set, show
from openstack_hub.validation.secret_patterns import CREDENTIALS

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST = rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})*\.(?![0-9]+$){LABEL}"  # the last part is no number: that is an address
LOCAL = re.compile(r"https?://(localhost|127\.[0-9.]+|0\.0\.0\.0|\[::1?\])([:/?#]|$)")
# RFC 2606 and 6761 reserve these: a value that contains one is an example that was not replaced.
EXAMPLE_DOMAIN = re.compile(r"(?<![\w-])example\.(org|com|net)(?!\.?[\w-])")


def _pattern(expression, what, example="", fix=None, schema=None):
    """The type of text that matches EXPRESSION as a whole; else the error is "'x' is not WHAT".

    It ends in what was probably meant according to FIX, a function of corrections.py, or in EXAMPLE. schema: a weaker
    pattern for editors, which do not have all of Python's.
    """

    def parse(value, spec):
        if isinstance(value, str) and LOCAL.match(value):
            raise ValueError(f"{show(value)} is on the machine itself: write an address that others can reach")
        if isinstance(value, str) and not value.strip():
            raise ValueError(f"the value is empty: write {f'for example {example}' if example else 'one'}")
        if not isinstance(value, str) or not re.fullmatch(expression, value):
            meant = _meant(fix, expression, value) if fix else ""
            lead = ", such as " if ": " in what else ": write " if meant else ": write for example "
            raise ValueError(f"{show(value)} is not {what}{(meant or example) and lead + (meant or example)}")
        return str(value)

    parse.schema = {"type": ["string"], "pattern": f"^({schema or expression})$"}
    return parse


def _meant(fix, expression, value):
    """The first correction of VALUE by FIX that matches EXPRESSION, else ""."""
    found = fix(value) if isinstance(value, str) else ()
    return next((text for text in found if re.fullmatch(expression, text) and not CREDENTIALS.search(text)), "")


def text(value, spec):
    """Text in one line as it is written, or with `prose` any text."""
    if not isinstance(value, str) or not (value.strip() or spec.get("default") == ""):
        if isinstance(value, str):
            raise ValueError("the value is empty: write one, or remove the line")
        quotes = ": put it in quotes" if isinstance(value, bool | int | float | datetime.date) else ""
        raise ValueError(f"{show(value)} is not text{quotes}")
    if not spec.get("prose") and value.strip() and not corrections.tidy(value):
        raise ValueError("the value has no visible character: write one, or remove the line")
    if not spec.get("prose") and value.strip() and (value != value.strip() or corrections.invisible(value)):
        raise ValueError(f"{show(value)} contains {_odd(value)}: write {show(corrections.tidy(value))}")
    return str(value)


def _odd(value):
    """What nobody sees in VALUE."""
    sign = corrections.invisible(value)
    return (
        f"the invisible character U+{ord(sign):04X}"
        if sign and sign != "\n"
        else "a line break"
        if sign
        else "spaces around it"
    )


def choice(value, spec):
    if isinstance(value, str) and value in spec.get("refused", {}):
        raise ValueError(
            f"{show(value)} is not supported: {spec['refused'][value]}; write one of {', '.join(spec['choices'])}"
        )
    if not isinstance(value, str) or value not in spec["choices"]:
        word = corrections.tidy(value).lower().replace("-", "_") if isinstance(value, str) else ""
        near = (
            word
            if word in spec["choices"]
            else next(iter(difflib.get_close_matches(word, spec["choices"], 1, 0.75)), "")
        )
        hint = f"; did you mean {near}?" if near else ""
        raise ValueError(f"{show(value)} is not one of {', '.join(spec['choices'])}{hint}")
    return str(value)


def group(value, spec):
    if not isinstance(value, str) or not corrections.tidy(value).strip("/ "):
        quotes = ": put it in quotes" if isinstance(value, int | float) else ""
        raise ValueError(f"{show(value)} is not a group name{quotes}")
    if value.strip() in ("*", "**", "%"):
        raise ValueError(f"{show(value)} is not a group: {spec.get('everybody', 'write the names of all groups')}")
    if value.startswith("urn:") and ":group:" in value:
        path = value.partition("#")[0].partition(":group:")[2].partition(":role=")[0]
        plain = show(unquote(path.replace(":", "/"))) if path else "such as cloud/jupyter"
        raise ValueError(f"{show(value)} is a URN: write the group name, {plain}")
    if "*" in value:
        raise ValueError(f"{show(value)} is a pattern, but names are compared whole: write the name of each group")
    if corrections.invisible(value) or value != value.strip(f" \"'{corrections.QUOTES}"):
        meant = show(next(corrections.group(value)))
        raise ValueError(f"{show(value)} contains quotes, spaces or invisible characters: write {meant}")
    if value != "/".join(filter(None, value.split("/"))):
        raise ValueError(f"{show(value)} has an extra slash: write {show('/'.join(filter(None, value.split('/'))))}")
    return str(value)


def cidr(value, spec):
    example = spec.get("example", "10.100.0.0/16")
    network = next(corrections.cidr(value), "") if isinstance(value, str) else ""
    if network and "/" not in value and {"default", "optional"} & {*spec}:  # a network of its own is no single address
        network = next(corrections.cidr(f"{value}/{example.partition('/')[2]}"), "")
    if not network or "/" not in value or value != value.strip() or value.split("/")[0] != network.split("/")[0]:
        example = network or example
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
        written = _meant(corrections.version, expression, value) or f"for example {example}"
        raise ValueError(f"{show(value)} is not an exact version: write {written}")
    return str(value)


REGISTRY = r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?"
REPOSITORY = r"[a-z0-9]+((\.|_{1,2}|-+)[a-z0-9]+)*"
TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
DIGEST = r"@sha256:[0-9a-f]{64}"
IMAGE = rf"({REGISTRY}/)?{REPOSITORY}(/{REPOSITORY})*(:{TAG}({DIGEST})?|{DIGEST})"


def image(value, spec):
    """A container image with a tag or digest that does not move."""
    if not isinstance(value, str) or not re.fullmatch(IMAGE, value):
        digest = re.search(r"@sha256:(\w*)$", value) if isinstance(value, str) else None
        if digest and not re.fullmatch(r"[0-9a-fA-F]{64}", digest[1]):
            text = (
                f"its digest has {len(digest[1])} characters, not 64 hexadecimal digits: copy it again, or write a tag"
            )
            raise ValueError(f"{show(value)} is not an image: {text}, such as {spec['example']}")
        written = _meant(corrections.image, IMAGE, value) or f"for example {spec['example']}"
        raise ValueError(f"{show(value)} is not an image with an exact tag: write {written}")
    if value.endswith(":latest"):
        raise ValueError(f"{show(value)} can change at any time: write an exact tag, such as {spec['example']}")
    return str(value)


def secret(value, spec):
    """A secret; no message shows its value."""
    if not isinstance(value, str):
        raise ValueError("the secret is not text: put it in quotes in the vault (make vault-edit)")
    if not value.strip():
        raise ValueError(not_set(spec["name"]))
    if spec.get("hex") and not re.fullmatch(rf"[0-9a-fA-F]{{{spec['hex']}}}", value):
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


NO_GAPS = rf"[^\s\x00-\x20\x7f-\xa0\xad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff{corrections.QUOTES}]"
ADDRESSEE = rf"(?:(?![@:/<>,;\"'()]){NO_GAPS})+"
URL_HOST = r"(\[[0-9A-Fa-f:.]+\]|\w[\w.-]*)(:[0-9]{1,5})?"
host = _pattern(
    HOST,
    "a host name: write the full name in lower case, without https://, port or path",
    "hub.example.org",
    corrections.host,
    rf"{LABEL}(\.{LABEL})+",
)
server = _pattern(
    rf"{HOST}|{LABEL}|([0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}|[0-9a-f:]*:[0-9a-f:]+",
    "a host name or an address: write it without scheme and path",
    "nfs.example.org",
    corrections.server,
    r"[0-9a-z.:-]+",
)
name = _pattern(
    r"[a-z]([a-z0-9-]{0,29}[a-z0-9])?",
    "a valid name: use lower-case letters, digits and dashes, a letter first, at most 31 characters",
    fix=corrections.name,
)
cloud_name = _pattern(
    r"[A-Za-z][A-Za-z0-9_.-]{0,241}",
    "a valid name in OpenStack: use letters, digits, underscores, dots and dashes, a letter first",
    fix=corrections.cloud_name,
)
kubernetes_name = _pattern(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*",
    "a valid name in Kubernetes: use lower-case letters, digits, dashes and dots",
    fix=corrections.kubernetes_name,
)
word = _pattern(
    rf"{NO_GAPS}+", "one word: leave out spaces, quotes and invisible characters", fix=corrections.word, schema=r"\S+"
)
email = _pattern(
    rf"{ADDRESSEE}@{ADDRESSEE}\.[A-Za-z0-9-]+", "an e-mail address", "help@example.org", corrections.email, r"\S+@\S+"
)
url = _pattern(
    rf"https?://{URL_HOST}([/?#][\w!#-;=?-~]*)?",
    "a URL: begin with https:// or http://",
    "https://example.org/help",
    corrections.url,
    r"https?://[^\s/?#]+([/?#]\S*)?",
)
issuer = _pattern(
    rf"https://{URL_HOST}(?!.*/(\.well-known|protocol/openid-connect)/)(/[\w!$-.0->@-~/]*)?",
    "the URL of an OpenID provider: begin with https://",
    "https://iam.example.org/",
    corrections.issuer,
    r"https://[^\s/?#]+(/[^\s?#]*)?",
)
urn = _pattern(
    r"urn:(?:(?!group:)[^:#\s]+:)+(?!group(:|$))[^:#\s]+",
    "a namespace of URNs: write what precedes :group: in the URNs",
    "urn:geant:example.org",
    corrections.urn,
)
path = _pattern(
    r"/(?!\.{1,2}(/|$))([^\x00-\x1f/:]+/(?!\.{1,2}(/|$)))*[^\x00-\x1f/:]*",
    "an absolute path: begin with a slash, without .., // and colons",
    "/archive",
    corrections.path,
    r"/.*",
)
page = _pattern(
    r"/(?!/|(hub|user|user-redirect|services)(/|$))([^\s{}\\]|\{username\})*",
    "a path on a user server: begin with one slash, without the hub's name, /hub and /user",
    "/lab/tree/welcome.ipynb",
    corrections.page,
)
resource = _pattern(
    r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?",
    "a resource of Kubernetes: write its name as kubectl describe node shows it",
    "nvidia.com/gpu",
)


def file(value, spec):
    if isinstance(value, str) and re.fullmatch(r"(/|~/)[^\x00-\x1f]*[^\x00-\x1f/]", value):
        return str(value)
    example = spec.get("example", "{{ inventory_dir }}/certificates/hub.crt")
    if isinstance(value, str) and re.fullmatch(r"[\w.][^:\n]{0,99}", value):
        in_site = value.removeprefix("./")
        lead, example = "for a file in the site folder write", f"{{{{ inventory_dir }}}}/{in_site}"
    else:
        lead = "write for example"
    raise ValueError(f'{show(value)} is not the absolute path of a file: {lead} "{example}"')


file.schema = {"type": ["string"], "pattern": r"^(/|~/)[^\x00-\x1f]*[^\x00-\x1f/]$"}

# For editors; a pattern type brings its own. Weaker than the type where JSON Schema cannot express it, never stricter.
TEMPLATE = r"\{[{%]"  # an editor cannot evaluate it
SCHEMAS = {
    "size": {"type": ["string", "number"], "pattern": r"^\s*\d+(\.\d+)?\s*[KMGT]\s*$", "minimum": 0},
    "time": {"type": ["string"], "pattern": r"^\s*\d+(\.\d+)?\s*[smhd]\s*$"},
    "number": {"type": ["number"], "minimum": 0},
    "count": {"type": ["integer"], "minimum": 0},
    "flag": {"type": ["boolean"]},
    "text": {"type": ["string"], "pattern": r"\S"},
    "group": {"type": ["string"], "pattern": r"^(?!urn:.*:group:)[^/]+(/[^/]+)*$"},
    "cidr": {"type": ["string"], "pattern": r"^[0-9A-Fa-f.:]+/[0-9.]+$"},
    "date": {"type": ["string"], "pattern": r"^\d{4}-\d\d-\d\d$"},
    "version": {"type": ["string"], "pattern": r"^v?\d+\.\d+\.\d+$"},
    "image": {"type": ["string"], "pattern": rf"^(?!.*:latest$){IMAGE}$"},
    "secret": {"type": ["string"], "pattern": r"^\$ANSIBLE_VAULT"},
    "variable": {"type": ["string"]},
    "anything": {},
}
# In messages: "a list of ...".
PLURALS = {
    "date": "dates", "requirement": "packages", "debian_package": "packages", "variable": "texts", "text": "texts",
    "word": "words", "group": "group names", "choice": "values", "name": "names", "cidr": "networks", "url": "URLs",
}  # fmt: skip
