"""Which packages are installed. In molecule, an interrupted installation is finished (bare.py, then converge)."""

import shutil
from types import SimpleNamespace

import pytest


@pytest.fixture
def apt(load, monkeypatch):
    """The module, and `run` in place of its commands: the `answers` are used up first, then all succeeds."""
    module = load("modules/debian_packages")
    apt = SimpleNamespace(module=module, commands=[], answers=[])
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)

    def run(command):
        apt.commands.append(command)
        return apt.answers.pop(0) if apt.answers else (0, "", "")

    apt.run = run
    return apt


def test_installs_without_recommended_packages_and_removes_none(apt):
    assert apt.module.install(apt.run, ["a", "b"]) == (0, "")
    update, install = apt.commands
    assert update[:2] == ["apt-get", "update"]
    assert (install[:2], install[-2:]) == (["apt-get", "install"], ["a", "b"])
    assert {"--yes", "--no-install-recommends", "--no-remove", "Dpkg::Options::=--force-confold"} <= set(install)


def test_waits_for_the_lock_of_the_lists(apt):
    """Another run, or the orphan of a killed one, fetches them."""
    locked = (100, "", "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)")
    apt.answers = [locked, locked]
    apt.module.install(apt.run, ["a"])
    assert [command[1] for command in apt.commands] == ["update"] * 3 + ["install"]


def test_waits_for_a_bounded_time(apt, monkeypatch):
    monkeypatch.setattr(apt.module, "LISTS_TIMEOUT", 0)
    apt.answers = [(100, "", "lists/lock")]
    apt.module.install(apt.run, ["a"])
    assert [command[1] for command in apt.commands] == ["update", "install"]


def test_an_interrupted_installation_is_finished(apt):
    apt.answers = [(0, "", ""), (100, "", "E: dpkg was interrupted")]
    assert apt.module.install(apt.run, ["a"]) == (0, "")
    assert [(command[0], command[-1]) for command in apt.commands] == [
        ("apt-get", "-q"), ("apt-get", "a"), ("dpkg", "-a"), ("apt-get", "--fix-broken"), ("apt-get", "a")
    ]  # fmt: skip


def test_an_installation_that_fails_twice_gives_its_last_error(apt):
    apt.answers = [(0, "", ""), (100, "", "first"), (0, "", ""), (0, "", ""), (100, "", "last")]
    assert apt.module.install(apt.run, ["a"]) == (100, "last")


def test_only_installed_is_installed(load):
    answer = "a installed\nb half-configured\nc config-files\nd unpacked\n"
    assert load("modules/debian_packages").not_installed(["a", "b", "c", "d", "e"], answer) == ["b", "c", "d", "e"]


def test_a_virtual_package_is_refused_because_each_run_would_install_it(load, monkeypatch):
    module = load("modules/debian_packages")
    answers = iter(["a installed\n", "a installed\nb installed\n"])

    class Failed(Exception):
        pass

    class Module:
        params, check_mode = {"name": ["a", "b", "mail-transport-agent"]}, False

        def __init__(self, *_, **__):
            pass

        def run_command(self, command):
            return (0, next(answers) if command[0] == "dpkg-query" else "", "")

        def fail_json(self, msg):
            raise Failed(msg)

    monkeypatch.setattr(module, "AnsibleModule", Module)
    monkeypatch.setattr(module, "install", lambda run, names: (0, ""))
    with pytest.raises(
        Failed, match=r"^apt-get has installed another package for mail-transport-agent: name that package"
    ):
        module.main()


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="needs Debian's dpkg")
def test_check_mode_names_missing_packages(play):
    done = play({"debian_packages": {"name": ["dpkg", "no-such-package"]}}, arguments=["--check", "--diff"])
    assert done.rc == 0
    assert done.results[0]["missing"] == ["no-such-package"]
    assert done.results[0]["diff"]["after"] == "package no-such-package\n"
