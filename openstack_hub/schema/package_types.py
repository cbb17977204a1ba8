"""Types of what is installed for users: packages of PyPI and of Debian."""

import re

from openstack_hub.validation.problems import show

PIP_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
PIP_VERSION = r"(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*(?:(?:a|b|rc|\.post|\.dev)[0-9]+)*(?:\+[A-Za-z0-9.]+)?"
PIP_EXTRAS = rf"\[\s*{PIP_NAME}(?:\s*,\s*{PIP_NAME})*\s*\]"
REQUIREMENT = re.compile(rf"({PIP_NAME})\s*({PIP_EXTRAS})?\s*==\s*({PIP_VERSION})")
# What probably means one version: numpy=2.3.1 of conda, numpy>=2.3, numpy 2.3.1, numpy-2.3.1, numpy@2.3.1
SIGN = r"(?:~=|>=|={1,3}|@|\s|-)"
LOOSE = re.compile(rf"(?=[A-Za-z])({PIP_NAME}?)\s*({PIP_EXTRAS})?\s*{SIGN}\s*v?({PIP_VERSION})(?:\.\*)?")
DEBIAN_NAME = r"[a-z0-9][a-z0-9+.-]*[a-z0-9+.]"


def normalized(name):
    """The NAME of a package of PyPI as PyPI compares names."""
    return re.sub(r"[._-]+", "-", name).lower()


def written(name, extras, version):
    """NAME[EXTRAS]==VERSION without spaces."""
    return f"{name}{''.join((extras or '').split())}=={version}"


def requirement(value, spec):
    """An exact version of a package."""
    text = value.strip() if isinstance(value, str) else ""
    if exact := REQUIREMENT.fullmatch(text):
        return written(*exact.groups())
    if re.fullmatch(PIP_NAME, text) and not LOOSE.fullmatch(text):
        advice = f"append == and one of those that `pip index versions {text}` lists"
        raise ValueError(f"{show(value)} has no exact version: {advice}")
    if loose := LOOSE.fullmatch(text):
        wanted = written(*loose.groups())
        raise ValueError(f"{show(value)} is not a package with an exact version: write {wanted}")
    example = spec.get("example") or "astropy==7.1.0"
    raise ValueError(f"{show(value)} is not a package of PyPI with an exact version: write for example {example}")


requirement.schema = {"type": ["string"], "pattern": rf"^\s*{REQUIREMENT.pattern}\s*$".replace("(?:", "(")}


def debian_package(value, spec):
    if isinstance(value, str) and re.fullmatch(DEBIAN_NAME, value):
        return str(value)
    bare = re.split(r"[\s=:/]", value.strip().lower(), maxsplit=1)[0] if isinstance(value, str) else ""
    wanted = bare if re.fullmatch(DEBIAN_NAME, bare) else "git"
    raise ValueError(
        f"{show(value)} is not the name of a Debian package: write one name without version, such as {wanted}"
    )


debian_package.schema = {"type": ["string"], "pattern": f"^{DEBIAN_NAME}$"}
