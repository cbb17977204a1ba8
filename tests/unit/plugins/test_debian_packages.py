"""What dpkg calls installed. What a killed installation leaves is mended in molecule (bare.py, then converge)."""

import shutil

import pytest


def test_only_installed_is_installed(load):
    answer = "a installed\nb half-configured\nc config-files\nd unpacked\n"
    assert load("modules/debian_packages").not_installed(["a", "b", "c", "d", "e"], answer) == ["b", "c", "d", "e"]


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="needs Debian's dpkg")
def test_a_check_names_what_is_missing(play):
    done = play({"debian_packages": {"name": ["dpkg", "no-such-package"]}}, arguments=["--check", "--diff"])
    assert done.rc == 0
    assert done.results[0]["missing"] == ["no-such-package"]
    assert done.results[0]["diff"]["after"] == "package no-such-package\n"
