"""Valid values, drawn from the specification: new variables are covered at once, a new type fails until it is added."""

import json
import re
from functools import cache

from hypothesis import strategies as st

from openstack_hub import platforms
from openstack_hub.schema import specification, types
from openstack_hub.schema.units import TIMES, parse_size, parse_time

MOST = 3  # entries of a list
ABSENT = object()
CHARACTERS = st.characters(codec="utf-8")
ODD = ["C", "C++", "C#", "🐍", "🦀", "a: b", "no", "{}"]
TEXT = st.sampled_from(ODD) | st.text(CHARACTERS, min_size=1, max_size=12).filter(str.strip)
LINE = st.from_regex(r"[^\W_]([^\W_]|[ .:@/#(),=+-]){0,9}[^\W_]", fullmatch=True, alphabet=CHARACTERS)
PATH = st.lists(st.from_regex(r"[\w{}@+ -][\w.{}@+ -]{0,8}", fullmatch=True), min_size=1).map(
    lambda parts: f"/{'/'.join(parts)}"
)
REST = st.from_regex(r"(/[\w.~!$&'()*+,;=%-]{0,8}){0,3}", fullmatch=True, alphabet=CHARACTERS)
QUERIES = st.sampled_from(["", "/?a=b#c", "/@jane"])
WORD = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
OWN = st.dictionaries(WORD.map("own-{}".format), st.none() | st.booleans() | TEXT | st.lists(TEXT), max_size=MOST)
NETWORKS = st.sampled_from(["10.0.0.0/8", "10.100.0.0/16", "192.0.2.0/24", "198.51.100.7/32", "fd00:a::/32", "::/0"])
# Several entries with the same one of these are a problem; elsewhere it is their name.
UNIQUE = {"hub_mounts": ("name", "path"), "repositories": ("url",)}


def within(at, read):
    """A filter for values within the limits of the specification AT."""
    low, high = (read(at[key]) if key in at else None for key in ("min", "max"))
    return lambda value: (low is None or read(value) >= low) and (high is None or read(value) <= high)


def sizes(at, platform):
    units = st.sampled_from([*"MGT", ".5G", ".25T"])
    written = st.builds("{}{}".format, st.integers(1, 999), units)
    return st.one_of(st.integers(2**20, 2**45), written, written.map(" {} ".format)).filter(within(at, parse_size))


def times(at, platform):
    units = st.sampled_from([*TIMES, " m", ".5h"])
    written = st.builds("{}{}".format, st.integers(1, 99), units).filter(within(at, parse_time))
    return st.one_of(written, st.sampled_from([0, "0s"])) if at.get("or_zero") else written


def numbers(at, platform):
    low = at.get("min", 0)
    return st.one_of(st.floats(low, 1e4, allow_nan=False), st.integers(-int(-low // 1), 1000)).filter(within(at, float))


def counts(at, platform):
    found = st.integers(at.get("min", 0), at.get("max", 200))
    return found.filter(lambda value: value % 2) if at.get("odd") else found


def choices(at, platform):
    return st.sampled_from([word for word, choice in at["choices"].items() if is_settable(choice, platform)])


def versions(at, platform):
    number = st.integers(0, 99)
    return st.builds(f"{'v' if at['example'][0] == 'v' else ''}{{}}.{{}}.{{}}".format, number, number, number)


def secrets(at, platform):
    return st.text("0123456789abcdef", min_size=at["hex"], max_size=at["hex"]) if "hex" in at else TEXT


def maps(at, platform):
    return mapping({key: sub for key, sub in at["keys"].items() if is_settable(sub, platform)}, platform)


def lists(at, platform):
    by = [key for key in UNIQUE.get(at.get("name"), ("name",)) if key in at["items"].get("keys", {})]
    return st.lists(
        value(at["items"], platform),
        min_size=1 if at.get("nonempty") else 0,
        max_size=MOST,
        unique_by=tuple((lambda entry, key=key: entry.get(key)) for key in by) or json.dumps,
    )


STRATEGIES = {
    "size": sizes,
    "time": times,
    "number": numbers,
    "count": counts,
    "flag": lambda *_: st.booleans(),
    "text": lambda at, _: TEXT if at.get("prose") else LINE,
    "word": lambda *_: st.from_regex(r"[\w.:/@#=+-]{1,12}", fullmatch=True, alphabet=CHARACTERS),
    "email": lambda *_: st.from_regex(r"[\w.+-]{1,8}@[a-z0-9-]{1,8}(\.[a-z]{1,8}){1,3}", fullmatch=True),
    "url": lambda *_: st.builds("http{}://{}.lab.test{}{}".format, st.sampled_from(["", "s"]), WORD, REST, QUERIES),
    "issuer": lambda *_: st.builds("https://{}.lab.test{}{}".format, WORD, st.sampled_from(["", ":8443"]), REST),
    "server": lambda *_: st.sampled_from(["nfs", "nfs-1.lab.test", "192.0.2.7", "fd00::7"]),
    "kubernetes_name": lambda *_: st.from_regex(r"[a-z0-9]{1,9}([.-][a-z0-9]{1,9}){0,3}", fullmatch=True),
    "path": lambda *_: PATH,
    "file": lambda *_: st.sampled_from(["/", "~/"]).flatmap(lambda start: PATH.map(lambda path: start + path[1:])),
    "choice": choices,
    "host": lambda *_: st.from_regex(rf"{types.LABEL}(\.{types.LABEL}){{0,2}}\.[a-z]{{2,9}}", fullmatch=True),
    "group": lambda *_: st.lists(st.from_regex(r"[\w.-]{1,8}( \w{1,8})?", fullmatch=True), min_size=1).map("/".join),
    "cidr": lambda *_: NETWORKS,
    "date": lambda *_: st.dates().flatmap(lambda day: st.sampled_from([day, day.isoformat()])),
    "version": versions,
    "image": lambda *_: st.builds("{}/{}{}".format, WORD, WORD, st.sampled_from([":1.0", f"@sha256:{64 * 'a'}"])),
    "secret": secrets,
    "anything": lambda *_: OWN,
    "map": maps,
    "list": lists,
    "mapping": lambda at, platform: st.dictionaries(TEXT, value(at["values"], platform), max_size=MOST),
}  # fmt: skip


def is_settable(at, platform):
    """Whether something can be set on PLATFORM."""
    return platform in at.get("platforms", platforms.PLATFORMS)


def value(at, platform):
    """A strategy of values for the spec AT, as YAML has them."""
    if at["type"] in STRATEGIES:
        return STRATEGIES[at["type"]](at, platform)
    return st.from_regex(re.compile(getattr(types, at["type"]).schema["pattern"]), fullmatch=True, alphabet=CHARACTERS)


def mapping(specs, platform):
    """A strategy of dicts with all required keys and about half of the others."""
    entries = {}
    for key, at in specs.items():
        entries[key] = value(at, platform)
        if at.get("optional"):
            entries[key] = st.none() | entries[key]
        if not at.get("required") and {"default", "optional"} & set(at):
            entries[key] = st.just(ABSENT) | entries[key]
    return st.fixed_dictionaries(entries).map(lambda drawn: {k: v for k, v in drawn.items() if v is not ABSENT})


@cache
def variables(platform):
    """A strategy of variables whose values are valid each by itself."""
    return mapping({name: at for name, at in specification.variables().items() if is_settable(at, platform)}, platform)
