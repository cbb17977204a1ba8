"""The types of variables that are numbers, and booleans; see types.py."""

import re

from openstack_hub.schema.units import format_size, format_time, parse_size, parse_time, write_time
from openstack_hub.validation.problems import show

MOST, LEAST = 1e15, 1e-4  # numbers between them are written without an exponent


def _bounded(value, spec, read, write, advise=None):
    """VALUE if it lies within the spec's `min` and `max` (parsed by READ), or is 0 where `or_zero` allows it.

    The message contains VALUE by WRITE, and what is allowed by ADVISE.
    """
    low, high = (None if spec.get(key) is None else read(spec[key]) for key in ("min", "max"))
    advise = advise or write
    if value == 0 and spec.get("or_zero"):
        return value
    error = "small" if value < (low or 0) else "large" if high is not None and value > high else ""
    if error:
        allowed = f"{advise(low or 0)} or more" if high is None else f"{advise(low or 0)} to {advise(high)}"
        zero = f", or 0 ({spec['or_zero']})" if spec.get("or_zero") else ""
        raise ValueError(f"{write(value)} is too {error}: write {allowed}{zero}")
    return value


def size(value, spec):
    return _bounded(parse_size(value), spec, parse_size, format_size)


def time(value, spec):
    return _bounded(parse_time(value, spec.get("or_zero")), spec, parse_time, format_time, write_time)


def _is_number(value):
    """Whether VALUE is a number, neither too long to be written nor NaN."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST


def _number_in(value):
    """What to do about a number that YAML reads as text, such as "8", 1e3, 0o10 or 500m (of a CPU); else ""."""
    text = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(r"(0|[1-9]\d{0,14})(\.\d{1,15})?", text):
        return f"write {text}, without quotes"
    if re.fullmatch(r"\d{1,15}m", text):
        return f"write {int(text[:-1]) / 1000:g}"
    text = re.sub(r"(?i)\s*(v?cpus?|cores?)$", "", text.replace(",", ".").removeprefix("+"))
    for read in (int, float, lambda text: int(text, 0)):
        try:
            number = read(text)
        except ValueError:
            continue
        return f"write {number:.15g}" if number == 0 or LEAST <= number < MOST else ""
    return ""


def number(value, spec):
    if not _is_number(value):
        hint = _number_in(value) or f"write one such as {spec.get('example') or '2 or 0.5'}"
        raise ValueError(f"{show(value)} is not a number: {hint}")
    return _bounded(float(value), spec, float, lambda n: f"{n:g}")


def count(value, spec):
    if _is_number(value) and isinstance(value, float) and value.is_integer():
        raise ValueError(f"{show(value)} is not a whole number: write {value:.0f}")
    if not _is_number(value) or isinstance(value, float):
        hint = f"write one such as {spec.get('example') or spec.get('default') or spec.get('min') or 4}"
        number = _number_in(value)
        raise ValueError(f"{show(value)} is not a whole number: {number if number and '.' not in number else hint}")
    if spec.get("odd") and value % 2 == 0:
        raise ValueError(f"{value} is even: write an odd number, so that a majority remains when one fails")
    return _bounded(int(value), spec, int, str)


def flag(value, spec):
    if value in ("true", "false"):  # from -e name=true
        return value == "true"
    if not isinstance(value, bool):
        words = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}
        word = words.get(value.strip().lower()) if isinstance(value, str) else None
        raise ValueError(f"{show(value)} is not a boolean: write {word or 'true or false'}")
    return bool(value)
