"""What an admin probably meant by a text that a type refuses: messages show the first candidate that it accepts."""

import ipaddress
import posixpath
import re
import unicodedata
from urllib.parse import quote, urlsplit

# Signs of word processors -> those of the keyboard.
QUOTES = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a"
SIGNS = str.maketrans(dict.fromkeys(QUOTES, '"') | dict.fromkeys("\u2010\u2011\u2013\u2014\u2212", "-"))
DISCOVERY = re.compile(r"/?\.well-known/.*|/protocol/openid-connect.*")
SCHEME = re.compile(r"^(\w+:/+|https?/+|/+)", re.IGNORECASE)


def invisible(text):
    """The first character of TEXT that nobody sees, such as U+200B, or that is not the space it looks like; else ""."""
    return next((sign for sign in text if sign != " " and unicodedata.category(sign)[0] in "CZ"), "")


def tidy(text):
    """TEXT without what surrounds it and what nobody sees, and with the keyboard's quotes and dashes."""
    kinds = [(sign, unicodedata.category(sign)) for sign in text]
    seen = "".join(
        " " if kind[0] == "Z" or sign in "\t\r\n" else "" if kind[0] == "C" else sign for sign, kind in kinds
    )
    return seen.translate(SIGNS).strip(" \"'`,;<>")


def without_scheme(text):
    """TEXT without https://, and without what precedes @."""
    return SCHEME.sub("", tidy(text), count=1).rpartition("@")[2] if "/" in text else tidy(text)


def host(text):
    bare = re.split(r"[/?#]", without_scheme(text).lower())[0].rpartition("@")[2].split(":")[0].strip(".")
    yield bare
    yield re.sub(r"\.+", ".", bare.replace("_", "-"))
    yield bare.replace("*", "hub")
    try:
        yield bare.encode("idna").decode()
    except UnicodeError:
        return


def server(text):
    yield re.split(r"[/?#]", without_scheme(text).lower())[0].rpartition("@")[2].rstrip(":.").partition(":")[0]


def email(text):
    yield tidy(text)
    if ":" in tidy(text).removeprefix("mailto:"):  # perhaps a password
        return
    yield from re.findall(r"[^@\s:/<>,;\"'()]+@[^@\s:/<>,;\"'()]+\.[a-zA-Z0-9-]+", tidy(text).replace(" at ", "@"))


def url(text):
    bare = tidy(text)
    if repository := re.fullmatch(r"(?:ssh://)?git@([\w.-]+)[:/]+(\S+)", bare):
        yield f"https://{repository[1]}/{repository[2]}"
    scheme = "http" if bare.lower().startswith("http:") else "https"
    rest = re.sub(r"(?i)^(https?|\w{0,6})[:;]?[/\\]+", "", bare)
    host, slash, path = rest.partition("/")
    rest = f"{host.rpartition('@')[2].lower()}{slash}{path}"
    yield f"{scheme}://{rest}" if "." in rest else ""
    yield f"{scheme}://{quote(rest, safe='/:?#[]@!$&()*+,;=%~')}" if "." in rest else ""


def issuer(text):
    for candidate in url(text):
        bare = re.sub(r"[?#].*", "", DISCOVERY.sub("", candidate)).replace("http://", "https://")
        yield bare if bare.count("/") > 2 or bare == candidate else f"{bare}/"


def name(text):
    last = tidy(text).rstrip("/").rpartition("/")[2]
    ascii_only = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode().lower()
    yield re.sub(r"[^a-z0-9]+", "-", ascii_only)[:31].strip("-")


def kubernetes_name(text):
    yield re.sub(r"[^a-z0-9.-]+", "-", tidy(text).lower()).strip("-.")


def cloud_name(text):
    yield re.sub(r"[^A-Za-z0-9_.-]+", "-", tidy(text)).strip("-")


def word(text):
    yield tidy(text)


def image(text):
    command = r"(?i)^(\w+ (pull|run|push) |from )?([a-z-]+://)?"
    bare = re.sub(command, "", tidy(text)).replace(" ", "")
    name, at, rest = bare.partition("@")
    name, colon, tag = (
        name.partition(":") if ":" in name.rpartition("/")[2] and name.count(":") == 1 else (name, "", "")
    )
    yield f"{name.lower().strip('/')}{colon}{tag}{at}{rest.lower()}"
    yield f"{name.lower()}{colon}{tag}".rstrip(":@")


def version(text):
    bare = tidy(text).lower().lstrip("v")
    yield from (bare, f"v{bare}")


def path(text):
    slashes = tidy(text).replace("\\", "/")
    if slashes and ".." not in slashes and slashes[0] != "~":
        yield posixpath.normpath(f"/{slashes}").replace("//", "/")


def page(text):
    path = re.sub(r"[?#].*|^\w*:?//[^/]*", "", tidy(text))
    yield re.sub(r"^/(hub/)?user(-redirect|/[^/]*)(?=/)", "", f"/{path.lstrip('/')}")


def group(text):
    yield "/".join(filter(None, (part.strip() for part in tidy(text).split("/"))))


def cidr(text):
    try:
        yield str(ipaddress.ip_network(re.sub(r"\s", "", tidy(text)), strict=False))
    except ValueError:
        return


def urn(text):
    yield re.split(r":group(?::|$)|#", tidy(text))[0]


def split(text):
    """The entries of a list that was written as one text, separated by commas, semicolons or lines."""
    lines = (re.sub(r"^\s*[-*] +", "", line) for line in text.splitlines())
    entries = (entry for line in lines for entry in re.split("[,;]", tidy(line).strip("[](){}")))
    return [entry for entry in map(tidy, entries) if entry.strip("-* ")]


def folder_name(url):
    """The name of the folder into which git clones URL, as hubkit.server.repositories has it."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2].removesuffix(".git") or "repository"
