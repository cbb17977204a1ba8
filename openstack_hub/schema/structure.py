"""Parses the values of variables: checks each against its type and applies defaults."""

import re

from openstack_hub.schema import corrections, types
from openstack_hub.schema.specification import children, variables
from openstack_hub.validation.problems import (
    Problem,
    Unknown,
    meant,
    nearest,
    not_set,
    renamed,
    shortened,
    show,
    written,
)
from openstack_hub.validation.secret_patterns import CREDENTIALS


def read(spec, path, value, platform):
    """(parsed value, [Problem]) of the VALUE at PATH.

    Sizes become bytes, times seconds, absent keys their defaults. A wrong value becomes None, so that rules about
    several values can still check the others.
    """
    if isinstance(value, Unknown):
        return None, [Problem(path, value.text)]
    unset = value == "" and spec["type"] == "secret"  # the default of a secret that the vault lacks
    if value is None or unset:
        return None, [] if spec.get("optional") else [Problem(path, _missing(spec))]
    if unsupported := _unsupported(spec, path, value, platform):
        return None, [unsupported]
    if value == spec.get("default") == "":
        return "", []
    return _READERS.get(spec["type"], _scalar)(spec, path, value, platform)


def _missing(spec):
    """The message for a value that is missing."""
    if "missing" in spec:
        return f"missing: {spec['missing']}"
    if spec["type"] == "secret" and spec.get("required"):
        secret = f"vault_{spec['name']}"
        return f'missing: write "{{{{ {secret} }}}}" here and add {secret} to the vault (make vault-edit)'
    if spec["type"] == "secret":
        return not_set(spec["name"])
    if "default" not in spec:
        return f"missing: write for example {_example(spec)}"
    example = f", for example {_example(spec)}" if "example" in spec else ""
    default = f" for the default, {shortened(written(spec['default']))}" if spec["default"] else ""
    return f"the value after the colon is missing: write one{example}, or remove the line{default}"


def _example(spec):
    """An example as YAML."""
    if spec["type"] == "map" and "example" not in spec:
        needed = [key for key, sub in spec["keys"].items() if sub.get("required")] or spec["keys"]
        return written({key: spec["keys"][key].get("example") for key in needed})
    if spec["type"] == "list" and "example" not in spec and spec["items"]["type"] == "map":
        return f"[{_example(spec['items'])}]"
    example = spec.get("example", spec.get("default"))
    if isinstance(example, str):
        return f'"{example}"' if "{{" in example else example
    return written(example)


def _show(spec, value):
    """VALUE for a message, unless it may contain a secret."""
    return "the value" if any(sub["type"] == "secret" for _, sub in children(spec)) else show(value)


def _unsupported(spec, path, value, platform):
    """The problem of a setting that the platform does not support: ignoring it would mislead the admin."""
    if value == spec.get("default") or value in ([], {}, ""):
        return None
    choice = spec.get("choices", {}).get(value, {}) if isinstance(value, str) else {}
    for entry in filter(None, (spec, choice)):
        subject = f"{show(value)} is " if entry is choice else ""
        platforms = entry.get("platforms")
        if platforms and platform and platform not in platforms:
            only = f"{subject}only available on platform {' or '.join(platforms)}"
            return Problem(path, f"{only}, but hub_platform is {platform}: remove it")
    return None


def _scalar(spec, path, value, platform):
    if isinstance(value, str) and spec["type"] != "secret" and CREDENTIALS.search(value):
        return None, [Problem(path, _credentials(spec, value))]
    try:
        return getattr(types, spec["type"])(value, spec), []
    except ValueError as error:
        return None, [Problem(path, str(error))]


def _credentials(spec, value):
    """The message for a VALUE with the password or token of an address, which is the user's own or nobody's."""
    address = next(corrections.url(value), "") if spec["type"] in ("url", "issuer") else ""
    address = re.sub(r"[?#].*", "", address) if CREDENTIALS.search(address) else address
    hint = f"write {address}" if address and not CREDENTIALS.search(address) else "leave it out"
    return f"{show(value)} contains a secret in clear text, a password or token: {hint}"


def _list(spec, path, value, platform):
    if not isinstance(value, list):
        return None, [Problem(path, _not_a_list(spec, value))]
    item_spec = _with_example(spec["items"], (spec.get("example") or [None])[0])
    items, problems = [], []
    for i, entry in enumerate(value):
        item, errors = read(item_spec, (*path, i), entry, platform)
        several = _entries(item_spec, entry) if errors or item_spec["type"] == "group" else []
        if len(several) > 1 and (errors or corrections.split(entry) != [corrections.tidy(entry)]):
            text = f"{show(entry)} is {len(several)} entries in one text: write {', '.join(map(show, several))}"
            item, errors = None, [Problem((*path, i), text)]
        if entry is None:
            errors = [problem._replace(text=f"{problem.text}, or remove the dash") for problem in errors]
        items.append(item)
        problems += errors
    if not value and spec.get("nonempty"):
        problems.append(Problem(path, spec["nonempty"]))
    if item_spec["type"] != "map":
        for i, item in enumerate(items):
            if item is not None and item in items[:i]:
                problems.append(Problem((*path, i), f"{show(item)} is in this list twice: remove one"))
    return items, problems


def _is_map_of(value, spec):
    """Whether VALUE is a map with keys of SPEC, and not one of maps by name."""
    if not isinstance(value, dict) or spec["type"] != "map" or not value:
        return False
    return value.keys() <= spec["keys"].keys() and not any(isinstance(entry, dict) for entry in value.values())


def _with_example(spec, example):
    """SPEC with EXAMPLE, unless it has an example or a default of its own."""
    return spec if example is None or "example" in spec or "default" in spec else {**spec, "example": example}


def _not_a_list(spec, value):
    if isinstance(value, str) and re.match(r"-\S", value):
        return "a space is missing after the dash"
    if _is_map_of(value, spec["items"]):
        return "one map, where a list is needed: begin it with a dash, and indent its other keys to the same column"
    what = spec.get("what") or types.PLURALS[spec["items"]["type"]]
    entries = _entries(spec["items"], value)
    if not entries and spec["items"]["type"] == "group" and isinstance(value, str) and "*" in value:
        return _scalar(spec["items"], (), value, None)[1][0].text
    correction = written(entries) if entries else f"for example {_example(spec)}"
    shown = "a map" if isinstance(value, dict) else show(value)  # whose values may be passwords
    return f"{shown} is not a list of {what}: write {correction}"


def _entries(item_spec, value):
    """The valid entries of a list that was written as the text VALUE, such as "a, b"; [] if it is none."""
    if not isinstance(value, str) or item_spec["type"] not in types.PLURALS or CREDENTIALS.search(value):
        return []
    parts = corrections.split(value) if "=" not in value else [value]
    words = value.split()
    if len(parts) == 1 and (item_spec["type"] not in ("group", "text") or all("/" in word for word in words)):
        parts = corrections.split(value.replace(" ", ","))
    valid = [part for part in dict.fromkeys(parts) if not _scalar(item_spec, (), part, None)[1]]
    return valid if len(valid) == len(set(parts)) and len(value) < 1000 else []


def _map(spec, path, value, platform):
    keys = spec["keys"]
    if not isinstance(value, dict):
        return None, [Problem(path, _not_a_map(spec, value))]
    parsed, problems, reported = {}, [], set()
    for key in value:
        if key not in keys:
            text, names = _unknown_key(key, value, keys)
            problems.append(Problem((*path, str(key)), text))
            reported |= names
    for key, sub in keys.items():
        if key in value or key in reported or sub.get("required"):
            entry = value.get(key, Unknown() if key in reported else None)
            parsed[key], errors = read({**sub, "name": f"{spec.get('name')}_{key}"}, (*path, key), entry, platform)
            problems += errors
        else:
            parsed[key] = _default(sub, platform)
    return parsed, problems


def _unknown_key(key, value, keys):
    """(message, names of KEYS that are probably meant) for a KEY of the map VALUE that KEYS do not contain."""
    former = {old: new for new, sub in keys.items() for old in sub.get("was", [])}
    is_nameless = "name" in keys and "name" not in value and isinstance(key, str)
    if is_nameless and (value[key] is None or isinstance(value[key], dict)):
        # `- gpu:` instead of `- name: gpu`
        if value[key] is None:
            return f"write `name: {key}` to name the entry", {"name"}
        return f"write `name: {key}` to name the entry, and indent its other keys to the same column", {"name", *keys}
    if value[key] is None and (glued := _without_space(key, keys)):
        return f"a space is missing after the colon of {glued}", {glued}
    if key in former:
        return renamed("key", former[key], former[key] in value), {former[key]}
    if key in variables():
        return "a variable of its own: remove the spaces before it", set()
    return f"unknown key{nearest(key, list(keys))}", {meant(key, list(keys))}


def _not_a_map(spec, value):
    if key := _without_space(value, spec["keys"]):
        return f"a space is missing after the colon of {key}"
    if key := _without_space(value, spec["keys"], "="):
        return f"an equals sign instead of a colon: write `{key}: ` and the value"
    if isinstance(value, list) and value and all(_is_map_of(entry, spec) for entry in value):
        return f"a list instead of {spec['what']}: remove the dash"
    return f"{_show(spec, value)} is not {spec['what']}: write for example {_example(spec)}"


def _without_space(text, keys, sign=":"):
    """The one of KEYS that TEXT begins with, followed by SIGN without a space, as in size:1G; or None."""
    return next((key for key in keys if isinstance(text, str) and re.match(rf"{key}\s*{sign}", text)), None)


def _mapping(spec, path, value, platform):
    """A map whose keys the admin chooses, with values of one type."""
    if not isinstance(value, dict):
        return None, [Problem(path, f"{show(value)} is not a map: write for example {_example(spec)}")]
    value_spec = _with_example(spec["values"], next(iter(spec["example"].values())))
    parsed, problems = {}, []
    for key, entry in value.items():
        parsed[str(key)], errors = read(value_spec, (*path, str(key)), entry, platform)
        problems += errors
    return parsed, problems


def _anything(spec, path, value, platform):
    """A map that is passed on unchecked."""
    if not isinstance(value, dict):
        return None, [Problem(path, f"{show(value)} is not a map: write for example {_example(spec)}")]
    return value, list(_unknown_values(path, value))


def _unknown_values(path, value):
    """Problems for every Unknown in VALUE, at any depth."""
    if isinstance(value, Unknown):
        yield Problem(path, value.text)
    elif isinstance(value, dict | list):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _unknown_values((*path, key if isinstance(key, int) else str(key)), entry)


def _default(sub, platform):
    """The parsed default of an absent key."""
    if sub.get("default") is None:
        return None
    return _READERS.get(sub["type"], _scalar)(sub, (), sub["default"], platform)[0]


_READERS = {"list": _list, "map": _map, "mapping": _mapping, "anything": _anything}
