"""The module that keeps one-time passwords in files."""

import json
import subprocess
import sys

import pytest


@pytest.fixture
def run(load, tmp_path):
    """run(names, renew=()): result of the module for the folder .accounts."""

    def run(names, renew=()):
        arguments = {"folder": str(tmp_path / ".accounts"), "names": names, "renew": list(renew)}
        done = subprocess.run(
            [sys.executable, load("modules/one_time_passwords").__file__],
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
            capture_output=True,
            text=True,
            check=False,
        )
        return json.loads(done.stdout)

    return run


def test_a_password_stays_until_it_is_renewed(run, tmp_path):
    first = run(["ada", "bob"])["passwords"]
    assert first["ada"] != first["bob"] and all(len(password) == 16 for password in first.values())
    again = run(["ada", "bob"])
    assert again["passwords"] == first and again["changed"] is False
    renewed = run(["ada", "bob"], renew=["ada"])
    assert renewed["changed"] and renewed["passwords"]["ada"] != first["ada"]
    assert renewed["passwords"]["bob"] == first["bob"]


def test_files_are_the_operators_alone_and_not_for_git(run, tmp_path):
    run(["ada"])
    folder = tmp_path / ".accounts"
    assert folder.stat().st_mode & 0o777 == 0o700 and (folder / "ada").stat().st_mode & 0o777 == 0o600
    assert (folder / ".gitignore").read_text() == "*\n"
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "ada"], "no temporary file"


@pytest.mark.parametrize("name", ["../../.ssh/id_ed25519", "/etc/passwd", "", ".gitignore", "a/b", "ada\n", "Ada"])
def test_no_other_file_is_read_or_written(run, tmp_path, name):
    """A hub that an attacker controls could name accounts so."""
    answer = run(["ada", name])
    assert answer["failed"] and "these are not names of accounts" in answer["msg"]
    assert not (tmp_path / ".accounts").exists()


def test_a_file_that_cannot_be_written_whole_does_not_exist(load, tmp_path, monkeypatch):
    module = load("modules/one_time_passwords")
    monkeypatch.setattr(module.os, "fsync", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        module.write(tmp_path / "ada", "secret")
    assert not (tmp_path / "ada").exists()
