"""A problem in the variables as data, and the parts of messages that several modules share."""

import difflib
import re
from typing import NamedTuple

import yaml

from openstack_hub.validation.secret_patterns import PARAMETER, TOKEN

LONGEST_VALUE = 60


class Problem(NamedTuple):
    """One message about one place.

    path: names and indices from the variable down, such as ("hub_profiles", 1, "memory"); text: the message without its
    path, "" if another problem already explains why the value is wrong; warning: it works, but is rarely intended.
    A problem of a file as a whole has the path () and the line in which it shows.
    """

    path: tuple
    text: str
    warning: bool = False
    line: int = 1

    def __str__(self):
        line = f"{dotted(self.path)}: {self.text}" if self.path else self.text
        return "".join(character if character.isprintable() else " " for character in masked(line))


class Unknown(NamedTuple):
    """Replaces a value that cannot be determined; text says why, "" if another problem already does."""

    text: str = ""


def dotted(path):
    """`hub_profiles[1].memory`, as in Jinja."""
    first, *rest = path
    return first + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)


def show(value):
    """VALUE as YAML in one short line; text is quoted. Passwords and tokens in addresses are left out."""
    if isinstance(value, str):
        return repr(shortened(masked(str(value))))
    return shortened(masked(written(value)))


def masked(text):
    """TEXT without the passwords and tokens of the addresses in it."""
    text = re.sub(PARAMETER, r"\1…", text)
    text = re.sub(r"(:/+)\S*@|\b(?!mailto:)(?<!/)[\w.+-]+:[^\s@/:]+@(?!sha256:)", r"\1…@", text)
    return re.sub(TOKEN, "…", text)


class TolerantDumper(yaml.SafeDumper):
    """Writes values that YAML cannot represent as the name of their type."""


TolerantDumper.add_multi_representer(object, lambda dumper, value: dumper.represent_str(type(value).__name__))


def written(value):
    """VALUE as YAML in one line."""
    text = yaml.dump(
        value, Dumper=TolerantDumper, default_flow_style=True, width=10000, sort_keys=False, allow_unicode=True
    )
    return " ".join(text.removesuffix("...\n").split())


def shortened(text):
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def not_set(secret):
    """The message for a SECRET without a value."""
    return f"not set: add vault_{secret} to the vault (make vault-edit)"


def renamed(what, new, is_set):
    """The message for a variable or key (WHAT) that is now called NEW. is_set: the site sets NEW as well."""
    return f"this {what} is now called {new}: " + ("remove it, both are set" if is_set else "rename it here")


def match(name, known):
    """The one of KNOWN of which NAME is probably a misspelling, or None.

    Names with the same prefix (hub_...) must be similar in the rest: the prefix alone says nothing.
    """
    prefix = f"{str(name).partition('_')[0]}_"
    rests = {other.removeprefix(prefix): other for other in known if other.startswith(prefix)}
    if rests:
        return rests.get(next(iter(difflib.get_close_matches(str(name).removeprefix(prefix), rests, 1, 0.7)), None))
    return next(iter(difflib.get_close_matches(str(name), known, 1, 0.75)), None)


def meant(name, known):
    """The one of KNOWN that NAME misspells, abbreviates or extends (memory_limit for memory), or None."""
    related = [other for other in known if other.startswith(str(name)) or str(name).startswith(f"{other}_")]
    return match(name, known) or min(related, key=len, default=None)


def nearest(name, known):
    """`; did you mean hub_domain?`, or a list of KNOWN if none is similar."""
    if near := meant(name, known):
        return f"; did you mean {near}?"
    return f"; available: {', '.join(known)}" if known else ""
