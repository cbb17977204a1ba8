"""Sizes and times as people write them in YAML; the only place that parses them."""

import re

SIZES = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}  # JupyterHub's: G is 1024^3
TIMES = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _parse(value, units, what, example):
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is not a {what}: write a number with a unit, like {example}")
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", str(value))
    if not match or match[2] not in units:
        allowed = ", ".join(unit for unit in units if unit)
        raise ValueError(f"{value!r} is not a {what}: write a number with one of the units {allowed}, like {example}")
    return round(float(match[1]) * units[match[2]])


def parse_size(value):
    """Bytes of a size such as ``1.5G`` or ``512M``; a bare number is bytes. Raises ValueError with a sentence."""
    return _parse(value, SIZES, "size", "1.5G")


def parse_time(value):
    """Seconds of a time such as ``90s``, ``15m``, ``4h``, ``1d``. Raises ValueError with a sentence.

    A bare number is refused, but for 0: ``90`` could mean seconds or minutes, and YAML reads ``1:30`` as 90.
    """
    return _parse(value, TIMES | ({"": 1} if value == 0 else {}), "time", "15m")


def format_size(size):
    """``1.5 GB`` for 1610612736 bytes, in JupyterHub's units."""
    for unit in ("T", "G", "M", "K"):
        if size >= SIZES[unit]:
            return f"{size / SIZES[unit]:.4g} {unit}B"
    return f"{size} bytes"


def format_time(seconds):
    """``1 day``, ``90 seconds``: in the largest unit that divides it."""
    for unit, word in (("d", "day"), ("h", "hour"), ("m", "minute"), ("s", "second")):
        if seconds % TIMES[unit] == 0:
            count = seconds // TIMES[unit]
            return f"{count} {word}{'' if count == 1 else 's'}"
    raise ValueError(f"{seconds!r} is not a whole number of seconds")
