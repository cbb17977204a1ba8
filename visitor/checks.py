"""All checks in their order. No check raises an error: each becomes a Result."""

import time
import traceback
from functools import partial
from typing import NamedTuple

from visitor import member_checks, public_checks
from visitor.errors import VisitorError


class Result(NamedTuple):
    name: str
    result: str  # ok, failed, skipped
    detail: str
    seconds: float


def list_checks(settings):
    """[(name, function, names of the checks that must have passed before)]."""
    member = member_checks.MemberChecks(settings)
    checks = [
        ("certificate", partial(public_checks.certificate, settings), ()),
        ("redirect to https", partial(public_checks.redirect, settings), ()),
        ("TLS versions", partial(public_checks.tls_versions, settings), ()),
        ("HSTS", partial(public_checks.hsts, settings), ()),
        ("sign-in page", partial(public_checks.sign_in_page, settings), ()),
        ("OpenID provider", partial(public_checks.provider, settings), ()),
        ("culler", partial(public_checks.culler, settings), ()),
        ("outsider denied", partial(member_checks.outsider_denied, settings), ("sign-in page",)),
        ("sign-in", member.sign_in, ("sign-in page",)),
        ("cookies", member.cookies, ("sign-in",)),
        ("profile list", member.profile_list, ("sign-in",)),
    ]
    profiles = settings["profiles"]
    # A single profile is started twice, to check that its files are still there.
    starts = [(p, p["name"], False) for p in profiles]
    if len(profiles) == 1:
        starts.append((profiles[0], f"{profiles[0]['name']} again", True))
    for number, (profile, label, repeated) in enumerate(starts, 1):
        needs = (f"start {label}",)
        checks.append((f"start {label}", partial(member.start, profile), ("sign-in",)))
        if not repeated:
            checks.append((f"cell in {label}", partial(member.cell, profile), needs))
            checks.append((f"limits of {label}", partial(member.limits, profile), (*needs, f"cell in {label}")))
            checks.append((f"idle timeout of {label}", partial(member.idle_timeout, profile), needs))
        checks.append((f"files in {label}", partial(member.files, profile, number == len(starts)), needs))
        checks.append((f"stop {label}", partial(member.stop, profile), needs))
    return checks


def run(settings, on_result):
    """Run all checks and return their Results; `on_result(result, number, total)` is called after each."""
    results, checks = {}, list_checks(settings)
    for number, (name, function, needs) in enumerate(checks, 1):
        missing = next((need for need in needs if results[need].result != "ok"), None)
        results[name] = Result(name, "skipped", f"needs {missing}", 0.0) if missing else run_check(name, function)
        on_result(results[name], number, len(checks))
    return list(results.values())


def run_check(name, function):
    start = time.monotonic()
    try:
        result, detail = "ok", function()
    except public_checks.CheckSkipped as e:
        result, detail = "skipped", str(e)
    except VisitorError as e:
        result, detail = "failed", str(e)
    except Exception as e:
        # Its text is not shown: it may contain what was sent.
        frame = traceback.extract_tb(e.__traceback__)[-1]
        result, detail = "failed", f"{type(e).__name__} at line {frame.lineno} of {frame.filename.rpartition('/')[2]}"
    return Result(name, result, detail, time.monotonic() - start)
