"""The known security advisories of pinned packages, from advisories.yml."""

import datetime
from functools import cache
from pathlib import Path

import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

DAYS = 180  # after which the list, and what an admin accepted by it, should be read again


@cache
def _file():
    return yaml.safe_load(Path(__file__).with_name("advisories.yml").read_text())


def known():
    """Id -> {packages, affected, summary, mitigation} of every advisory."""
    return _file()["advisories"]


def expiry():
    """The last day on which the list counts as current, a date."""
    return _file()["checked"] + datetime.timedelta(days=DAYS)


def today():
    """The current date, which tests replace."""
    return datetime.date.today()


def affecting(package, version):
    """The part of known() that affects VERSION of PACKAGE; packages of npm are called npm:NAME.

    All advisories about the package affect a version that cannot be compared.
    """
    try:
        Version(version)
    except InvalidVersion:
        return {name: advisory for name, advisory in known().items() if package in advisory["packages"]}
    return {
        name: advisory
        for name, advisory in known().items()
        if package in advisory["packages"]
        and any(SpecifierSet(span).contains(version, prereleases=True) for span in advisory["affected"])
    }


def described(advisory):
    """`summary; affected: <1.2; mitigation`, for messages."""
    mitigation = advisory.get("mitigation", "nothing here mitigates it")
    return f"{advisory['summary']}; affected: {' or '.join(advisory['affected'])}; {mitigation}"
