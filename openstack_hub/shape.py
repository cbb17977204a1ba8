"""Whether each value is of its kind, and what it is once parsed."""

from openstack_hub import kinds
from openstack_hub.mistakes import Mistake, match, nearest, show
from openstack_hub.spec import BUILT


def read(spec, path, value, platform):
    """(parsed value, mistakes) of VALUE, which stands at PATH.

    Sizes become bytes, times seconds, absent keys their defaults. What is wrong becomes None, so that rules about
    several values can go on with the others.
    """
    unfit = _unfit(spec, path, value, platform)
    if unfit:
        return None, [unfit]
    if value == "" and spec["kind"] == "secret":  # the manual's default for a vault that lacks it
        value = None
    if value is None and spec.get("optional"):
        return None, []
    if value == spec.get("default") == "":
        return "", []
    if value is None and "default" not in spec and (spec["kind"] not in ("secret", "list", "map") or "missing" in spec):
        return None, [Mistake(path, f"missing: {_hint(spec)}")]
    return _READERS.get(spec["kind"], _scalar)(spec, path, value, platform)


def _hint(spec):
    example = spec.get("example")
    return spec.get("missing") or f"write one like {example if isinstance(example, str) else show(example)}"


def _unfit(spec, path, value, platform):
    """A setting that the platform cannot fulfil is a mistake: silently ignored, nobody would notice."""
    if value is None or value == spec.get("default") or value in ([], {}, ""):
        return None
    chosen = spec.get("choices", {}).get(value, {}) if isinstance(value, str) else {}
    for which, what in ((spec, ""), (chosen, f"{show(value)} ")):
        platforms = which.get("platforms")
        if platforms and platform and platform not in platforms:
            return Mistake(path, f"{what}needs platform {' or '.join(platforms)}, hub_platform is {platform}")
        if "planned" in which and platform in BUILT:
            return Mistake(path, f"{what}not in this version yet: leave it out (docs/coverage.md, {which['planned']})")
    return None


def _scalar(spec, path, value, platform):
    try:
        return getattr(kinds, spec["kind"])(value, spec), []
    except ValueError as error:
        return None, [Mistake(path, str(error))]


def _list(spec, path, value, platform):
    if not isinstance(value, list):
        what = spec.get("what") or kinds.PLURALS[spec["items"]["kind"]]
        example = f", like {show(spec['example'])}" if "example" in spec else ""
        found = f"{show(value)} is not" if value is not None else "missing: write"
        return None, [Mistake(path, f"{found} a list of {what}{example}")]
    items, mistakes = [], []
    for i, entry in enumerate(value):
        item, wrong = read(spec["items"], (*path, i), entry, platform)
        items.append(item)
        mistakes += wrong
    if not value and spec.get("nonempty"):
        mistakes.append(Mistake(path, spec["nonempty"]))
    if spec["items"]["kind"] != "map":
        for i, item in enumerate(items):
            if item is not None and item in items[:i]:
                mistakes.append(Mistake((*path, i), f"{show(item)} stands in the list twice"))
    return items, mistakes


def _map(spec, path, value, platform):
    keys = spec["keys"]
    if not isinstance(value, dict):
        needed = [key for key, sub in keys.items() if sub.get("required")] or list(keys)
        found = f"{show(value)} is not" if value is not None else "missing: write"
        return None, [Mistake(path, f"{found} {spec.get('what', 'a mapping')} with {', '.join(needed)}")]
    was = {old: key for key, sub in keys.items() for old in sub.get("was", [])}
    parsed, mistakes = {}, []
    meant = {was.get(key) or match(key, list(keys)) for key in value if key not in keys}
    for key in value:
        if key in was:
            mistakes.append(Mistake((*path, str(key)), f"this setting is now called {was[key]}"))
        elif key not in keys:
            mistakes.append(Mistake((*path, str(key)), _no_such(key, value[key], keys)))
    for key, sub in keys.items():
        if key in value:
            parsed[key], wrong = read({**sub, "name": f"{spec.get('name')}_{key}"}, (*path, key), value[key], platform)
            mistakes += wrong
        elif sub.get("required"):
            parsed[key] = None
            if key not in meant:
                mistakes.append(Mistake((*path, key), f"missing: {_hint(sub)}"))
        else:
            parsed[key] = _default(sub, platform)
    return parsed, mistakes


def _no_such(key, value, keys):
    if value is None and "name" in keys:  # `- gpu:` instead of `- name: gpu`
        return f"nothing stands after its colon; to name the entry write name: {key}"
    return f"there is no such setting{nearest(key, list(keys))}"


def _mapping(spec, path, value, platform):
    """A mapping with keys of the admin's own and values of one kind."""
    if not isinstance(value, dict):
        return None, [Mistake(path, f"{show(value)} is not a mapping, like {show(spec['example'])}")]
    parsed, mistakes = {}, []
    for key, entry in value.items():
        parsed[str(key)], wrong = read(spec["values"], (*path, str(key)), entry, platform)
        mistakes += wrong
    return parsed, mistakes


def _default(spec, platform):
    """The parsed default of an absent key."""
    if spec.get("default") is None:
        return None
    return _READERS.get(spec["kind"], _scalar)(spec, (), spec["default"], platform)[0]


_READERS = {"list": _list, "map": _map, "mapping": _mapping}
