"""Valid variables, with invalid values inserted at any depth."""

import copy
import datetime
from pathlib import Path

import yaml
from hypothesis import strategies as st

from openstack_hub.schema import specification

PROJECT = Path(__file__).resolve().parents[3]
SECRET = "5ec7e7aa" * 8
NESTED = [[[[[[[[["deep"]]]]]]]]]
TEXTS = [
    "", " ", "\n", "two\nlines", "{{ x }}", "{% if", "no", "1:30", "-x", "name:x", "://", "%", "'\"", "1.5.5", "0x10",
    "1e3", "urn:x:y:group:#", "urn:::group:a", "::/0", "10.0.0.1/8", "0000-00-00", "2027-02-30", "example.org",
    "1.5 G", "²", "٣", "\x00", "\x1b[31m", "\u202e", "\u2028", "\ud800", "\ufeff", "e\u0301", "🐍", "9" * 400 + "G",
    "x" * 10000, "-" * 300, "/" * 300, "a." * 200,
]  # fmt: skip
NUMBERS = [
    0, -1, 1, 3, 10**6, 10**18, 10**400, -(10**400), 0.1, -0.0, 1e308, 1e-320, float("nan"), float("inf"),
    -float("inf"),
]  # fmt: skip
OTHERS = [
    None, True, False, datetime.date(2027, 2, 28), datetime.datetime(2027, 2, 28, 1, 2), b"bytes", {1, 2}, [], {},
    [None], [[]], [{}], {None: None}, {1: 2}, {True: 1}, {"": ""}, {2.5: {}}, {datetime.date(2027, 1, 1): 1},
    {"name": None}, {"x" * 300: 1}, NESTED, {"a": NESTED}, ["same", "same"], list(range(300)),
]  # fmt: skip
LISTED = (st.sampled_from(some).map(copy.deepcopy) for some in (TEXTS, NUMBERS, OTHERS))
STRANGE = st.one_of(*LISTED, st.text(max_size=5), st.floats())


def example():
    """The example's variables, with the same value for each secret."""
    text = (PROJECT / "inventories/example/group_vars/all/jupyterhub.yml").read_text()
    return secretive(yaml.safe_load(text) | dict.fromkeys(specification.secrets(), SECRET), specification.variables())


def everything(platform):
    """Each variable with the spec's own example, or its default."""
    found = {name: filled(at) for name, at in specification.variables().items()}
    return secretive(found | {"hub_platform": platform}, specification.variables())


def filled(at):
    """An example for the spec AT with all its keys, whether or not they are allowed together."""
    if at["type"] == "map":
        return {key: filled(sub) for key, sub in at["keys"].items()}
    if at["type"] == "list" and at["items"]["type"] == "map":
        return [filled(at["items"]), *at.get("example", [])]
    # With a default of 0 some rules would not apply.
    return at.get("example", at.get("default")) or (True if at["type"] == "flag" else 1)


def secretive(value, specs, secret=SECRET):
    """VALUE with SECRET as the value of each secret."""
    for key, at in specs.items():
        if at["type"] == "secret":
            value[key] = secret
        elif at["type"] == "map" and value.get(key):
            secretive(value[key], at["keys"], secret)
    return value


SITES = [example(), everything("host"), everything("kubernetes"), everything("slurm")]


@st.composite
def variables(draw):
    v = copy.deepcopy(draw(st.sampled_from(SITES)))
    for _ in range(draw(st.integers(1, 4))):
        places = list(walk(v))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        mutate(draw, holder, key, places)
    return {name: value for name, value in v.items() if name in specification.variables()}


def mutate(draw, holder, key, places):
    value = holder[key]
    secret = isinstance(value, str) and SECRET in value
    mutation = draw(st.sampled_from(["replace", "nest", "delete", "add", "swap", "retype", "break", "break"]))
    if mutation == "delete":
        del holder[key]
    elif mutation == "nest":
        holder[key] = draw(st.sampled_from([[value], {"name": value}, [[value]], [value, value], {"x": [value]}]))
    elif mutation == "add":
        if isinstance(value, dict):
            value[draw(st.sampled_from(["nmae", "", 1, None, True, 2.5, "x y", "cpu", "<<", "é"]))] = draw(STRANGE)
        elif isinstance(value, list):
            value.append(draw(STRANGE))
    elif mutation == "retype":
        holder[key] = f"x{value}" if secret else draw(st.sampled_from([str, repr, lambda v: [v], bool]))(value)
    elif mutation == "break" and isinstance(value, str):
        at = draw(st.integers(0, len(value)))
        holder[key] = value[:at] + draw(st.sampled_from(TEXTS)) + value[at:] if not secret else value + "\n"
    elif mutation == "break" and isinstance(value, int | float):
        holder[key] = draw(st.sampled_from(NUMBERS))
    elif mutation == "swap" and not secret:
        other, other_key = draw(st.sampled_from(places))
        if SECRET not in repr(other.get(other_key) if isinstance(other, dict) else other[other_key]):
            holder[key], other[other_key] = copy.deepcopy(other[other_key]), copy.deepcopy(value)
    else:
        holder[key] = draw(STRANGE)


def walk(value):
    """(holder, key) of every entry at any depth."""
    if isinstance(value, dict | list):
        for key, entry in list(value.items()) if isinstance(value, dict) else list(enumerate(value)):
            yield value, key
            yield from walk(entry)
