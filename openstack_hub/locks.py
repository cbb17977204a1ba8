"""Lock files of pip and npm: what they pin, and what is wrong with them."""

import json
import re

from openstack_hub import advisories

PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)")


def pins(text):
    """[(package, version, whether a hash is pinned)] of a lock file's TEXT; packages of npm are called npm:NAME.

    A line of a requirements file that pins no version is a package with the version "". Comments and options are left
    out. Raises ValueError for a package-lock.json that is not JSON.
    """
    if text.lstrip().startswith("{"):
        packages = json.loads(text).get("packages", {})
        return [
            (f"npm:{path.rpartition('node_modules/')[2]}", entry.get("version", ""), "integrity" in entry)
            for path, entry in packages.items()
            if path
        ]
    lines = re.sub(r"\\\n", " ", re.sub(r"(^|\s)#.*", "", text, flags=re.MULTILINE)).splitlines()
    found = []
    for line in filter(None, map(str.strip, lines)):
        if not line.startswith("-"):
            pin = PIN.match(line)
            package, version = pin.groups() if pin else (line, "")
            found.append((re.sub(r"[._-]+", "-", package).lower() if pin else package, version, " --hash=" in line))
    return found


def lock_problems(text, path, accepted):
    """Sentences about the lock file PATH with this TEXT. accepted: ids of advisories that the admin has accepted."""
    found = pins(text)
    for package in (package for package, version, _ in found if not version):
        yield f"{path} pins no version of {package}, so that nobody can tell whether it is safe: write NAME==VERSION"
    if loose := [package for package, _, hashed in found if not hashed]:
        make = (
            "make it with npm install --package-lock-only"
            if path.endswith(".json")
            else f"make it with uv pip compile --generate-hashes REQUIREMENTS.in -o {path}"
        )
        names = ", ".join(loose[:3]) + (f" and {len(loose) - 3} more" if len(loose) > 3 else "")
        yield f"{path} has no hash for {names}, so that anybody who can change a download can run code as root: {make}"
    for package, version, _ in found:
        for name, advisory in advisories.affecting(package, version).items() if version else ():
            if name not in accepted:
                details = f"{name} affects ({advisories.described(advisory)})"
                advice = (
                    f"upgrade it, or read https://osv.dev/vulnerability/{name} and add it to hub_accepted_advisories"
                )
                yield f"{path} pins {package} {version}, which advisory {details}: {advice}"
