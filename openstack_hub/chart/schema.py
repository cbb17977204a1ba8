"""Which values a chart accepts, and what is wrong with values that it would refuse.

The schemas in schemas/ hold names and types only; openstack_hub.generate.chart_schema writes them.
"""

import functools
import json
import math
import re
import tarfile
from pathlib import Path

import yaml

from openstack_hub.validation.problems import meant, shortened, show, written

SHIPPED = Path(__file__).with_name("schemas")
MANY = 12  # more keys than this are not listed
REFERENCE = "https://z2jh.jupyter.org/en/stable/resources/reference.html"
# JSON type -> what it is called, and whether a value of Python has it
TYPES = {
    "object": ("a map", lambda value: isinstance(value, dict)),
    "array": ("a list", lambda value: isinstance(value, list)),
    "string": ("text", lambda value: isinstance(value, str)),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "integer": ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "number": (
        "a number",
        lambda value: isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value),
    ),
    "null": ("null", lambda value: value is None),
}
EXAMPLES = {"object": "{NAME: value}", "array": "[value]", "integer": "1", "number": "0.5"}


@functools.cache
def schema_of(version, path=None):
    """The schema of the chart at PATH, a packaged one, or else of VERSION; None when neither is known."""
    if path and (found := packaged(path)):
        return found[1]
    shipped = SHIPPED / f"{version}.json"
    return json.loads(shipped.read_text()) if shipped.is_file() else None


@functools.cache
def packaged(path):
    """(version, schema) of the packaged chart at PATH; None if it is none. A run of Helm says why."""
    try:
        return _unpacked(Path(path).expanduser())
    except (OSError, KeyError, TypeError, ValueError, tarfile.TarError, yaml.YAMLError):
        return None


def _unpacked(path):
    with tarfile.open(path) as package:
        about = yaml.safe_load(package.extractfile("jupyterhub/Chart.yaml"))
        return about["version"], json.load(package.extractfile("jupyterhub/values.schema.json"))


def value_problems(schema, values):
    """(path, message, path that is probably meant or None) of all in VALUES that SCHEMA does not allow.

    The values are merged into the chart's own.
    """
    yield from _problems(schema, values, (), schema, False)


def _problems(schema, value, path, root, complete):
    """complete: VALUE is not merged into a value of the chart, so nothing required may be missing."""
    if text := _type_problem(schema, value):
        yield path, text, None
    elif isinstance(value, dict):
        if complete:
            yield from _missing(schema, value, path)
        for key, below in value.items():
            part = str(key)
            sub, is_named = _below(schema, part)
            if sub is False:
                yield (*path, part), *_unknown(path, part, schema, root)
            elif isinstance(sub, dict):
                yield from _problems(sub, below, (*path, part), root, not is_named)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for i, item in enumerate(value):
            yield from _problems(schema["items"], item, (*path, i), root, True)


def _below(schema, key):
    """(schema of KEY, or False where it is not allowed, or None where everything is; whether the chart names it)"""
    if key in schema.get("properties", {}):
        return schema["properties"][key], True
    for pattern, sub in schema.get("patternProperties", {}).items():
        if re.search(pattern, key):
            return sub, False
    sub = schema.get("additionalProperties")
    return (sub if sub is False or isinstance(sub, dict) else None), False


def _type_problem(schema, value):
    """What is wrong with VALUE itself, or ''."""
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if "enum" in schema and value not in schema["enum"]:
        words = [word for word in schema["enum"] if word]
        if isinstance(value, dict | list):
            return f"a map or a list is not one of {', '.join(words)}"
        near = meant(value, words) if isinstance(value, str) else None
        return f"{show(value)} is not one of {', '.join(words)}" + (f": write {near}" if near else "")
    if types and not any(TYPES[name][1](value) for name in types):
        names = [name for name in types if name != "null"]
        wanted = " or ".join(TYPES[name][0] for name in names)
        if value is None:
            return f"the value after the colon is missing: write {wanted}, or remove the line"
        # A map or list is not shown: it may hold a secret.
        given = (
            TYPES["object" if isinstance(value, dict) else "array"][0]
            if isinstance(value, dict | list)
            else show(value)
        )
        return f"{given} is not {wanted}: {_correction(names, value, schema)}"
    if "minimum" in schema and value is not None and value < schema["minimum"]:
        return f"{value} is too small: write {schema['minimum']} or more"
    return ""


def _correction(types, value, schema):
    if "string" in types and not isinstance(value, dict | list):
        return f"put it in quotes, {json.dumps(written(value))}"
    if {"integer", "number"} & {*types} and isinstance(value, str) and re.fullmatch(r"\d+", value.strip()):
        return f"write {value.strip()}, without quotes"
    if "boolean" in types and str(value).lower() in ("true", "false"):
        return f"write {str(value).lower()}, without quotes"
    if "boolean" in types:
        return "write true or false"
    if types == ["array"] and not isinstance(value, dict | list):
        is_item = not _type_problem(schema.get("items", {}), value)
        return f"write {shortened(written([value if is_item else str(value)]))}"
    return f"write for example {EXAMPLES.get(types[0], 'text')}"


def _missing(schema, value, path):
    for key in schema.get("required", ()):
        if key not in value:
            yield path, f"{key} is missing: add it", None
    choices = [key for each in schema.get("oneOf", ()) for key in each.get("required", ())]
    if choices and len({*choices} & {*value}) != 1:
        yield path, f"it needs one of {', '.join(choices)}", None


def _unknown(path, key, schema, root):
    """(message, path that is probably meant or None) for a KEY below PATH that SCHEMA does not have."""
    known, parts = [*schema.get("properties", {})], tuple(key.split("."))
    if len(parts) > 1 and (*path, *parts) in [*_paths(root)]:
        nested = "".join(f"{{{part}: " for part in parts[1:]) + "…" + "}" * (len(parts) - 1)
        return f"a map in a map is not written with dots: write {parts[0]}: {nested}", (*path, *parts)
    if not path and key == root.get("title", "jupyterhub"):
        return "this is the chart itself: remove this line, and indent what is below it by one level less", None
    if near := meant(key, known):
        return f"the chart has no such value; did you mean {near}?", (*path, near)
    elsewhere = [found for found in _paths(root) if found[-1] == key]
    if len(elsewhere) == 1:
        return f"the chart has no such value here; did you mean {'.'.join(elsewhere[0])}?", elsewhere[0]
    if patterns := [pattern for pattern in schema.get("patternProperties", {}) if pattern != ".*"]:
        return f"the chart has no such value: names here must match {' or '.join(patterns)}", None
    hint = f"available: {', '.join(known)}" if len(known) <= MANY else f"see {REFERENCE}"
    return f"the chart has no such value; {hint}", None


def _paths(schema, path=()):
    """The path of each value that SCHEMA names."""
    for key, sub in schema.get("properties", {}).items():
        yield (*path, key)
        yield from _paths(sub, (*path, key))
