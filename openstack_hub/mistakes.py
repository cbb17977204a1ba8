"""What is wrong with the variables, as data: where, what, and how grave."""

import difflib
from typing import NamedTuple

import yaml

LONGEST_VALUE = 60


class Mistake(NamedTuple):
    """One sentence about one place.

    path: names and indices from the variable down, such as ("hub_profiles", 1, "memory"); text: the sentence without
    its path; warning: it works, but is rarely meant.
    """

    path: tuple
    text: str
    warning: bool = False

    def __str__(self):
        return f"{dotted(self.path)}: {self.text}"


def dotted(path):
    """`hub_profiles[1].memory`, as people and Jinja write it."""
    first, *rest = path
    return first + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)


def show(value):
    """VALUE as YAML would have it, in one short line; a text in quotes."""
    if isinstance(value, str):
        text = repr(str(value))
    else:
        text = yaml.safe_dump(value, default_flow_style=True, width=1000, sort_keys=False).removesuffix("...\n").strip()
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def match(name, known):
    """The one of KNOWN that NAME is probably a typing error of, or None."""
    return next(iter(difflib.get_close_matches(str(name), known, 1)), None)


def nearest(name, known):
    """`; did you mean hub_domain?`, or what is known when nothing is near."""
    if near := match(name, known):
        return f"; did you mean {near}?"
    return f"; known are {', '.join(known)}" if len(known) <= 30 else ""
