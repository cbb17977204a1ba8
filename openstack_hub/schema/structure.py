"""Whether each value is of its kind, and what it is once parsed."""

from openstack_hub.schema import types
from openstack_hub.schema.specification import BUILT, children
from openstack_hub.validation.problems import Mistake, Unknown, meant, nearest, shortened, show, written


def read(spec, path, value, platform):
    """(parsed value, mistakes) of VALUE, which stands at PATH.

    Sizes become bytes, times seconds, absent keys their defaults. What is wrong becomes None, so that rules about
    several values can go on with the others.
    """
    if isinstance(value, Unknown):
        return None, [Mistake(path, value.text)]
    unset = value == "" and spec["kind"] == "secret"  # the manual's default for a vault that lacks it
    if value is None or unset:
        return None, [] if spec.get("optional") else [Mistake(path, _nothing(spec))]
    if unfit := _unfit(spec, path, value, platform):
        return None, [unfit]
    if value == spec.get("default") == "":
        return "", []
    return _READERS.get(spec["kind"], _scalar)(spec, path, value, platform)


def _nothing(spec):
    """What to do where no value stands."""
    if "missing" in spec:
        return f"missing: {spec['missing']}"
    if spec["kind"] == "secret" and spec.get("required"):
        return f'missing: write "{{{{ vault_{spec["name"]} }}}}", and the value into the vault (make vault-edit)'
    if spec["kind"] == "secret":
        return f"nothing is set: put it into the vault as vault_{spec['name']} (make vault-edit)"
    if "default" not in spec:
        return f"missing: write one like {_like(spec)}"
    example = f" like {_like(spec)}" if "example" in spec else ""
    default = f" for the default, {shortened(written(spec['default']))}" if spec["default"] else ""
    return f"nothing stands after the colon: write a value{example}, or leave the line out{default}"


def _like(spec):
    """An example, as one would write it."""
    if spec["kind"] == "map" and "example" not in spec:
        needed = [key for key, sub in spec["keys"].items() if sub.get("required")] or spec["keys"]
        return written({key: spec["keys"][key].get("example") for key in needed})
    if spec["kind"] == "list" and "example" not in spec and spec["items"]["kind"] == "map":
        return f"[{_like(spec['items'])}]"
    example = spec.get("example", spec.get("default"))
    if isinstance(example, str):
        return f'"{example}"' if "{{" in example else example
    return written(example)


def _seen(spec, value):
    """VALUE in a sentence, unless it may be a secret."""
    return "what stands here" if any(sub["kind"] == "secret" for _, sub in children(spec)) else show(value)


def _unfit(spec, path, value, platform):
    """A setting that the platform cannot fulfil is a mistake: silently ignored, nobody would notice."""
    if value == spec.get("default") or value in ([], {}, ""):
        return None
    chosen = spec.get("choices", {}).get(value, {}) if isinstance(value, str) else {}
    for which in filter(None, (spec, chosen)):
        what = f"{show(value)} " if which is chosen else ""
        platforms = which.get("platforms")
        if platforms and platform and platform not in platforms:
            only = f"{what}works only on platform {' or '.join(platforms)}"
            return Mistake(path, f"{only}, and hub_platform is {platform}: leave it out")
        if "planned" in which and platform in BUILT:
            return Mistake(
                path, f"{what}is not in this version yet: leave it out (docs/coverage.md, {which['planned']})"
            )
    return None


def _scalar(spec, path, value, platform):
    try:
        return getattr(types, spec["kind"])(value, spec), []
    except ValueError as error:
        return None, [Mistake(path, str(error))]


def _list(spec, path, value, platform):
    if not isinstance(value, list):
        return None, [Mistake(path, _no_list(spec, value))]
    below = _below(spec, "items", (spec.get("example") or [None])[0])
    items, mistakes = [], []
    for i, entry in enumerate(value):
        item, wrong = read(below, (*path, i), entry, platform)
        if entry is None:
            wrong = [mistake._replace(text=f"{mistake.text}, or remove the dash") for mistake in wrong]
        items.append(item)
        mistakes += wrong
    if not value and spec.get("nonempty"):
        mistakes.append(Mistake(path, spec["nonempty"]))
    if below["kind"] != "map":
        for i, item in enumerate(items):
            if item is not None and item in items[:i]:
                mistakes.append(Mistake((*path, i), f"{show(item)} stands in this list twice: remove one of the two"))
    return items, mistakes


def _below(spec, part, example):
    """The spec of entries, with an EXAMPLE from that of the whole."""
    below = spec[part]
    return below if example is None or "example" in below or "default" in below else {**below, "example": example}


def _no_list(spec, value):
    if isinstance(value, str) and value.startswith("-"):
        return "a space is missing after the dash"
    what = spec.get("what") or types.PLURALS[spec["items"]["kind"]]
    below = spec["items"]
    is_entry = isinstance(value, str) and below["kind"] != "map" and value in below.get("choices", [value])
    like = shortened(written([value])) if is_entry else f"one like {_like(spec)}"
    return f"{show(value)} is not a list of {what}: write {like}"


def _map(spec, path, value, platform):
    keys = spec["keys"]
    if not isinstance(value, dict):
        return None, [Mistake(path, _no_map(spec, value))]
    was = {old: key for key, sub in keys.items() for old in sub.get("was", [])}
    parsed, mistakes, told = {}, [], set()
    for key in value:
        if key in keys:
            continue
        if "name" in keys and "name" not in value and (value[key] is None or isinstance(value[key], dict)):
            # `- gpu:` instead of `- name: gpu`
            mistakes.append(Mistake((*path, str(key)), f"to name the entry write `name: {key}`{_aligned(value[key])}"))
            told |= {"name"} if value[key] is None else {"name", *keys}
        elif value[key] is None and (known := _glued(key, keys)):
            mistakes.append(Mistake((*path, str(key)), f"a space is missing after the colon of {known}"))
            told.add(known)
        elif key in was:
            mistakes.append(Mistake((*path, str(key)), f"this setting is now called {was[key]}: rename it here"))
            told.add(was[key])
        else:
            mistakes.append(Mistake((*path, str(key)), f"there is no such setting{nearest(key, list(keys))}"))
            told.add(meant(key, list(keys)))
    for key, sub in keys.items():
        if key in value or key in told or sub.get("required"):
            entry = value.get(key, Unknown() if key in told else None)
            parsed[key], wrong = read({**sub, "name": f"{spec.get('name')}_{key}"}, (*path, key), entry, platform)
            mistakes += wrong
        else:
            parsed[key] = _default(sub, platform)
    return parsed, mistakes


def _no_map(spec, value):
    if key := _glued(value, spec["keys"]):
        return f"a space is missing after the colon of {key}"
    return f"{_seen(spec, value)} is not {spec['what']}: write one like {_like(spec)}"


def _glued(text, keys):
    """The one of KEYS that TEXT begins with, its colon and no space, as in size:1G; or None."""
    return next((key for key in keys if isinstance(text, str) and text.startswith(f"{key}:")), None)


def _aligned(value):
    return "" if value is None else ", and what belongs to it in line with that, not deeper"


def _mapping(spec, path, value, platform):
    """A mapping with keys of the admin's own and values of one kind."""
    if not isinstance(value, dict):
        return None, [Mistake(path, f"{show(value)} is not a map: write one like {_like(spec)}")]
    below = _below(spec, "values", next(iter(spec["example"].values())))
    parsed, mistakes = {}, []
    for key, entry in value.items():
        parsed[str(key)], wrong = read(below, (*path, str(key)), entry, platform)
        mistakes += wrong
    return parsed, mistakes


def _anything(spec, path, value, platform):
    """A map whose keys and values are not ours to judge."""
    if not isinstance(value, dict):
        return None, [Mistake(path, f"{show(value)} is not a map: write one like {_like(spec)}")]
    return value, list(_untold(path, value))


def _untold(path, value):
    """Mistakes for what cannot be known, all the way down."""
    if isinstance(value, Unknown):
        yield Mistake(path, value.text)
    elif isinstance(value, dict | list):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _untold((*path, key if isinstance(key, int) else str(key)), entry)


def _default(sub, platform):
    """The parsed default of an absent key."""
    if sub.get("default") is None:
        return None
    return _READERS.get(sub["kind"], _scalar)(sub, (), sub["default"], platform)[0]


_READERS = {"list": _list, "map": _map, "mapping": _mapping, "anything": _anything}
