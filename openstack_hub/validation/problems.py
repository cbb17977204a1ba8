"""What is wrong with the variables, as data: where, what, and how grave."""

import difflib
from typing import NamedTuple

import yaml

LONGEST_VALUE = 60


class Mistake(NamedTuple):
    """One sentence about one place.

    path: names and indices from the variable down, such as ("hub_profiles", 1, "memory"); text: the sentence without
    its path, "" when what is wrong here is told at another place; warning: it works, but is rarely meant.
    """

    path: tuple
    text: str
    warning: bool = False

    def __str__(self):
        line = f"{dotted(self.path)}: {self.text}"
        return "".join(character if character.isprintable() else " " for character in line)


class Unknown(NamedTuple):
    """Stands for a value that cannot be known; text says why, "" when that is told elsewhere."""

    text: str = ""


def dotted(path):
    """`hub_profiles[1].memory`, as people and Jinja write it."""
    first, *rest = path
    return first + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)


def show(value):
    """VALUE as YAML would have it, in one short line; a text in quotes."""
    if isinstance(value, str):
        return repr(shortened(str(value)))
    return shortened(written(value))


class Dumper(yaml.SafeDumper):
    """YAML of whatever stands there."""


Dumper.add_multi_representer(object, lambda dumper, value: dumper.represent_str(type(value).__name__))


def written(value):
    """VALUE as YAML in one line."""
    text = yaml.dump(value, Dumper=Dumper, default_flow_style=True, width=10000, sort_keys=False, allow_unicode=True)
    return " ".join(text.removesuffix("...\n").split())


def shortened(text):
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def match(name, known):
    """The one of KNOWN that NAME is probably a typing error of, or None.

    Names of one topic (hub_...) must resemble each other in what follows it: hub_ alone says nothing.
    """
    topic = f"{str(name).partition('_')[0]}_"
    rests = {other.removeprefix(topic): other for other in known if other.startswith(topic)}
    if rests:
        return rests.get(next(iter(difflib.get_close_matches(str(name).removeprefix(topic), rests, 1, 0.7)), None))
    return next(iter(difflib.get_close_matches(str(name), known, 1, 0.75)), None)


def meant(name, known):
    """The one of KNOWN that NAME resembles, is short for, or says more than it needs to; or None."""
    akin = [other for other in known if other.startswith(str(name)) or str(name).startswith(f"{other}_")]
    return match(name, known) or min(akin, key=len, default=None)


def nearest(name, known):
    """`; did you mean hub_domain?`, or what is known when nothing is near."""
    if near := meant(name, known):
        return f"; did you mean {near}?"
    return f"; known are {', '.join(known)}" if known else ""
