"""Sizes and times as admins write them in YAML; nothing else parses them."""

import re

from openstack_hub.validation.problems import show

SIZES = {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}  # JupyterHub's: G is 1024^3
TIMES = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LEAST_BYTES = SIZES["M"]  # a bare number from here on may mean bytes; `memory: 4` does not


# What people write -> the unit, by its first letter; longer ones first.
WORDS = {
    "size": r"([kmgt])(?:i?b|i|bytes?|ilobytes?|egabytes?|igabytes?|erabytes?|ebibytes?|ibibytes?)?",
    "time": r"(s|m|h|d|w)(?:ec|ecs|econds?|in|ins|inutes?|r|rs|ours?|ays?|eeks?|k|ks)?",
}
NEVER = ("0", "-1", "never", "forever", "none", "off", "no", "unlimited", "infinite", "infinity", "disabled", "false")


def _parse(value, units, what, example):
    match = re.fullmatch(r"\s*([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*([A-Za-z]*)\s*", str(value))
    if not match or match[2] not in units:
        meant = _meant(value, units, what) if isinstance(value, str) else ""
        units_and_example = f"a number with one of the units {', '.join(units)}, such as {example}"
        raise ValueError(f"{show(value)} is not a {what}: write {meant or units_and_example}")
    return round(float(match[1]) * units[match[2]])


def _meant(value, units, what):
    """VALUE with our units, or "": `10Gi`, `1 GB` and `1,5G` are 10G, 1G and 1.5G; `1w` and `1h30m` are 7d and 90m."""
    text = re.sub(r"[\s_]", "", value.lower())
    part = rf"([0-9]{{1,9}}(?:\.[0-9]{{1,3}}|,[0-9]{{1,2}})?){WORDS[what]}(?=[0-9]|$)"
    parts = re.findall(part, text)
    if not parts or re.sub(part, "", text):
        return ""
    if len(parts) == 1 and parts[0][1] != "w":
        number, unit = parts[0]
        return number.replace(",", ".") + (unit.upper() if what == "size" else unit)
    if what == "size":
        return ""
    seconds = round(sum(float(number.replace(",", ".")) * {"w": 604800, **units}[unit] for number, unit in parts))
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % units[unit] == 0)
    return f"{seconds // units[unit]}{unit}"


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def parse_size(value):
    """Bytes of a size such as ``1.5G`` or ``512M``; a bare number is bytes. Raises ValueError with a message."""
    if _is_number(value) and (value == 0 or LEAST_BYTES <= value < 2**63):
        return round(value)
    if _is_number(value) and 0 < value < LEAST_BYTES:
        example = f"{value:g}G" if value < 1000 else "1.5G"
        raise ValueError(f"{show(value)} has no unit: append one of {', '.join(SIZES)}, such as {example}")
    return _parse(value, SIZES, "size", "1.5G")


def parse_time(value, zero=""):
    """Seconds of a time such as ``90s``, ``15m``, ``4h``, ``1d``. Raises ValueError with a message.

    A bare number other than 0 is refused: ``90`` could mean seconds or minutes, and YAML reads ``1:30`` as 90. zero:
    what 0 means, where it is allowed.
    """
    if _is_number(value) and value == 0:
        return 0
    if zero and (value in (False, -1) or str(value).strip().lower() in NEVER):
        raise ValueError(f"{show(value)} is not a time: write 0 ({zero})")
    return _parse(value, TIMES, "time", "15m")


def format_size(size):
    """``1.5G`` for 1610612736 bytes, as an admin would write it."""
    unit = next((unit for unit in ("T", "G", "M") if size >= SIZES[unit]), "K")
    return f"{size / SIZES[unit]:.6g}{unit}" if size else "0"


def format_time(seconds):
    """``1 day``, ``90 seconds``: in the largest unit that divides it."""
    for unit, word in (("d", "day"), ("h", "hour"), ("m", "minute")):
        if seconds and seconds % TIMES[unit] == 0:
            return counted(seconds // TIMES[unit], word)
    return counted(seconds, "second")


def write_time(seconds):
    """``1d``, ``90s``: as an admin would write it."""
    unit = next(unit for unit in reversed(TIMES) if seconds % TIMES[unit] == 0)
    return f"{seconds // TIMES[unit]}{unit}" if seconds else "0"


def counted(count, word):
    """``1 node``, ``2 nodes``."""
    return f"{count} {word}{'' if count == 1 else 's'}"
