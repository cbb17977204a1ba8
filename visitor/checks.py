"""All checks in their order. Nothing raises through: whatever happens becomes a result."""

import time
import traceback
from functools import partial
from typing import NamedTuple

from visitor import inside, outside
from visitor.errors import VisitorError


class Result(NamedTuple):
    name: str
    result: str  # ok, failed, skipped
    detail: str
    seconds: float


def plan(settings):
    """[(name, function, names of the checks that it needs)]."""
    member = inside.Member(settings)
    checks = [
        ("certificate", partial(outside.certificate, settings), ()),
        ("redirect to https", partial(outside.redirect, settings), ()),
        ("TLS versions", partial(outside.tls_versions, settings), ()),
        ("HSTS", partial(outside.hsts, settings), ()),
        ("sign-in page", partial(outside.sign_in_page, settings), ()),
        ("OpenID provider", partial(outside.provider, settings), ()),
        ("culler", partial(outside.culler, settings), ()),
        ("outsider refused", partial(inside.outsider_refused, settings), ("sign-in page",)),
        ("sign-in", member.sign_in, ("sign-in page",)),
        ("cookies", member.cookies, ("sign-in",)),
        ("profile menu", member.menu, ("sign-in",)),
    ]
    profiles = settings["profiles"]
    # One profile alone is started a second time: its files must be there again.
    rounds = [(p, p["name"], False) for p in profiles]
    if len(profiles) == 1:
        rounds.append((profiles[0], f"{profiles[0]['name']} again", True))
    for number, (profile, label, again) in enumerate(rounds, 1):
        needs = (f"start {label}",)
        checks.append((f"start {label}", partial(member.start, profile), ("sign-in",)))
        if not again:
            checks.append((f"cell in {label}", partial(member.cell, profile), needs))
            checks.append((f"limits of {label}", partial(member.limits, profile), (*needs, f"cell in {label}")))
            checks.append((f"idle stop of {label}", partial(member.idle, profile), needs))
        checks.append((f"files in {label}", partial(member.files, profile, number == len(rounds)), needs))
        checks.append((f"stop {label}", partial(member.stop, profile), needs))
    return checks


def run(settings, tell):
    """Run every check that can run; `tell(result, number, of)` hears of each when it is done. Returns the results."""
    results, checks = {}, plan(settings)
    for number, (name, function, needs) in enumerate(checks, 1):
        missing = next((need for need in needs if results[need].result != "ok"), None)
        results[name] = Result(name, "skipped", f"needs {missing}", 0.0) if missing else measure(name, function)
        tell(results[name], number, len(checks))
    return list(results.values())


def measure(name, function):
    began = time.monotonic()
    try:
        result, detail = "ok", function()
    except outside.Skip as e:
        result, detail = "skipped", str(e)
    except VisitorError as e:
        result, detail = "failed", str(e)
    except Exception as e:
        # Its text is not for a screen: it may carry what was sent.
        frame = traceback.extract_tb(e.__traceback__)[-1]
        result, detail = "failed", f"{type(e).__name__} at line {frame.lineno} of {frame.filename.rpartition('/')[2]}"
    return Result(name, result, detail, time.monotonic() - began)
