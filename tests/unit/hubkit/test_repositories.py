"""Repositories of a profile in a home, with real git."""

import asyncio
import logging
import subprocess

import pytest

from hubkit.server.repositories import clone_all, name_of

LOG = logging.getLogger("test")


@pytest.fixture
def course(tmp_path):
    source = tmp_path / "course.git"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(source)]
    subprocess.run(["git", "init", "-q", "-b", "main", str(source)], check=True)
    (source / "lesson.txt").write_text("one")
    for words in (["add", "."], ["commit", "-qm", "one"], ["branch", "other"]):
        subprocess.run([*git, *words], check=True)
    (tmp_path / "home").mkdir()
    return {"url": f"file://{source}", "branch": None}


def clone(tmp_path, *repositories):
    asyncio.run(clone_all(repositories, tmp_path / "home", LOG))
    return sorted(path.name for path in (tmp_path / "home").iterdir())


def test_what_is_absent_is_cloned_and_what_is_there_stays(tmp_path, course):
    (tmp_path / "home/.course.cloning").mkdir()  # of a server that was ended meanwhile
    assert clone(tmp_path, course) == ["course"]
    lesson = tmp_path / "home/course/lesson.txt"
    lesson.write_text("my own")
    assert clone(tmp_path, course) == ["course"] and lesson.read_text() == "my own"


def test_a_branch(tmp_path, course):
    clone(tmp_path, course | {"branch": "other"})
    assert (tmp_path / "home/course/.git/HEAD").read_text().strip() == "ref: refs/heads/other"


def test_failure_is_told_where_people_look_and_taken_back(tmp_path, course):
    away = {"url": f"file://{tmp_path}/away/course.git", "branch": None}
    note = "course could not be cloned.txt"
    assert clone(tmp_path, away) == [note]
    assert away["url"] in (tmp_path / "home" / note).read_text()
    assert clone(tmp_path, course) == ["course"]


def test_one_failure_does_not_keep_others_away(tmp_path, course):
    away = {"url": f"file://{tmp_path}/away.git", "branch": None}
    assert clone(tmp_path, away, course) == ["away could not be cloned.txt", "course"]


def test_without_git_there_is_a_note(tmp_path, course, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert clone(tmp_path, course) == ["course could not be cloned.txt"]


@pytest.mark.parametrize(
    ("url", "name"),
    [("https://git.example.org/a/course.git", "course"), ("https://git.example.org/a/b/", "b"),
     ("https://git.example.org", "repository")],
)  # fmt: skip
def test_names_are_gits(url, name):
    assert name_of(url) == name
