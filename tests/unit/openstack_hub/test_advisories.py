"""The list of advisories: its entries are complete and found by package and version."""

import re

from packaging.specifiers import SpecifierSet

from openstack_hub import advisories


def test_every_entry_is_complete():
    for name, entry in advisories.known().items():
        assert re.fullmatch(r"GHSA(-[a-z0-9]{4}){3}|CVE-\d{4}-\d{4,}|PYSEC-\d{4}-\d+", name)
        assert set(entry) - {"mitigation"} == {"packages", "affected", "summary"}, name
        assert entry["packages"] and all(SpecifierSet(span) for span in entry["affected"]), name


def test_an_advisory_affects_several_spans():
    affected = [
        v
        for v in ("4.1.5", "4.1.6", "5.0.0", "5.1.0")
        if "GHSA-9x4q-3gxw-849f" in advisories.affecting("jupyterhub", v)
    ]
    assert affected == ["4.1.5", "5.0.0"]


def test_packages_of_npm_and_of_python_are_apart():
    assert advisories.affecting("npm:debug", "4.4.2")
    assert not advisories.affecting("debug", "4.4.2")
