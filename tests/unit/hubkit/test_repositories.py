"""Cloning the repositories of a profile into a home, with real git."""

import asyncio
import logging
import subprocess
from pathlib import Path

import pytest

from hubkit.server import repositories
from hubkit.server.repositories import clone_all, folder_name

LOG = logging.getLogger("test")


@pytest.fixture
def course(tmp_path):
    source = tmp_path / "course.git"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(source)]
    subprocess.run(["git", "init", "-q", "-b", "main", str(source)], check=True)
    (source / "lesson.txt").write_text("one")
    for arguments in (["add", "."], ["commit", "-qm", "one"], ["branch", "other"]):
        subprocess.run([*git, *arguments], check=True)
    (tmp_path / "home").mkdir()
    return {"url": f"file://{source}", "branch": None}


def clone(tmp_path, *repositories):
    asyncio.run(clone_all(repositories, tmp_path / "home", LOG))
    return sorted(path.name for path in (tmp_path / "home").iterdir())


def test_a_missing_folder_is_cloned_and_an_existing_one_is_kept(tmp_path, course):
    (tmp_path / "home/.course.cloning/.git").mkdir(parents=True)  # left by a server that was stopped while it cloned
    assert clone(tmp_path, course) == ["course"]
    lesson = tmp_path / "home/course/lesson.txt"
    lesson.write_text("my own")
    assert clone(tmp_path, course) == ["course"] and lesson.read_text() == "my own"


def test_a_branch(tmp_path, course):
    clone(tmp_path, course | {"branch": "other"})
    assert (tmp_path / "home/course/.git/HEAD").read_text().strip() == "ref: refs/heads/other"


def test_a_failure_is_noted_in_the_home_until_it_is_over(tmp_path, course):
    missing = {"url": f"file://{tmp_path}/missing/course.git", "branch": None}
    note = "course could not be cloned.txt"
    assert clone(tmp_path, missing) == [note]
    assert missing["url"] in (tmp_path / "home" / note).read_text()
    assert clone(tmp_path, course) == ["course"]


def test_one_failure_does_not_affect_the_others(tmp_path, course):
    missing = {"url": f"file://{tmp_path}/missing.git", "branch": None}
    assert clone(tmp_path, missing, course) == ["course", "missing could not be cloned.txt"]


def test_without_git_there_is_a_note(tmp_path, course, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert clone(tmp_path, course) == ["course could not be cloned.txt"]


@pytest.fixture
def mock_git(tmp_path, monkeypatch):
    """Replace git by a shell script."""

    def install(script):
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin/git").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "bin/git").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")

    return install


def note(tmp_path):
    return (tmp_path / "home/course could not be cloned.txt").read_text()


def test_git_asks_no_questions_and_has_the_servers_environment(tmp_path, course, mock_git, monkeypatch):
    monkeypatch.setenv("MARK", "of the server")
    mock_git('env >&2; echo "$@" >&2; cat >&2; exit 1')
    clone(tmp_path, course | {"branch": "other"})
    text = note(tmp_path)
    for line in ("GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=true", "GIT_SSH_COMMAND=ssh -oBatchMode=yes",
                 "MARK=of the server",
                 f"clone --quiet --branch other -- {course['url']} {tmp_path}/home/.course.cloning"):  # fmt: skip
        assert line in text.splitlines()
    assert text.startswith(f"{course['url']} could not be cloned when this server started:\n\n")
    assert text.endswith("\n\nThe next start tries again.\n")


def test_a_clone_that_takes_too_long_is_killed_and_noted(tmp_path, course, mock_git, monkeypatch):
    assert repositories.TIMEOUT == 600
    monkeypatch.setattr(repositories, "TIMEOUT", 1)
    mock_git(f"echo $$ > {tmp_path}/pid; exec sleep 1000")
    clone(tmp_path, course)
    assert "The clone timed out after 0 minutes." in note(tmp_path)
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_a_failure_without_any_output_names_the_status(tmp_path, course, mock_git):
    mock_git("exit 7")
    clone(tmp_path, course)
    assert "git ended with status 7" in note(tmp_path)


def test_a_home_that_cannot_be_written_is_logged(tmp_path, course, mock_git, caplog):
    mock_git("exit 1")
    (tmp_path / "home").rmdir()
    asyncio.run(clone_all([course], tmp_path / "home", LOG))
    assert "could not be cloned" in caplog.text and "No such file" in caplog.text


@pytest.mark.parametrize(
    ("url", "name"),
    [("https://git.example.org/a/course.git", "course"), ("https://git.example.org/a/b/", "b"),
     ("https://git.example.org", "repository")],
)  # fmt: skip
def test_folders_are_named_as_git_does(url, name):
    assert folder_name(url) == name
