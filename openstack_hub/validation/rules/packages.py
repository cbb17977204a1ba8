"""Packages for users: one version of each, without known vulnerabilities, and not those that the hub relies on."""

from functools import cache
from pathlib import Path

from openstack_hub import advisories
from openstack_hub.locks import pins
from openstack_hub.schema.package_types import normalized
from openstack_hub.validation.problems import Problem, show

INPUT = Path(__file__).parents[3] / "roles/hub_systemd/files/user-requirements.in"


@cache
def fixed():
    """Package -> version of what user servers need in exactly this version."""
    return {package: version for package, version, _ in pins(INPUT.read_text()) if version}


def package_problems(v):
    seen = {}
    for i, entry in enumerate((v["hub_packages"] or {}).get("pip") or []):
        if entry is None:
            continue
        path = ("hub_packages", "pip", i)
        name, _, version = entry.partition("==")
        package = normalized(name.partition("[")[0])
        needed = fixed().get(package, version)
        if package in seen and seen[package] != entry:
            yield Problem(path, f"{show(entry)} and {show(seen[package])} are one package: remove one of the two")
        elif needed != version:
            yield Problem(path, f"user servers run with {package} {needed}, not with {version}: remove it")
        else:
            yield from advisory_problems(path, package, version, v["hub_accepted_advisories"])
        seen.setdefault(package, entry)


def advisory_problems(path, package, version, accepted):
    found = [name for name in advisories.affecting(package, version) if name not in (accepted or {})]
    if found and accepted is not None:
        known = " and ".join(found)
        text = (
            f"{package} {version} has known vulnerabilities: write a later version, or read {known} at https://osv.dev"
        )
        yield Problem(path, f"{text} and add what you accept to hub_accepted_advisories")
