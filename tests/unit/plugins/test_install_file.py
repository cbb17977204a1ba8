"""Files on the machine: what check mode reports, and how they are written."""

import base64
import json
import os
import subprocess
import sys
import time

import pytest


@pytest.fixture
def tasks(tmp_path):
    """A text, a template and a binary file, into a directory that may be missing."""
    (tmp_path / "files").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "files/binary").write_bytes(b"\0\xff")
    (tmp_path / "templates/part.j2").write_text("part")
    (tmp_path / "templates/whole.j2").write_text("{{ 1 + 1 }} {% include 'part.j2' %}!\n")
    given = [
        {"content": "text\n", "dest": "text", "mode": "0644"},
        {"src": "whole.j2", "dest": "whole", "mode": "0755"},
        {"src": "binary", "dest": "binary", "mode": "0644"},
        {"content": "s3cret\n", "dest": "secret", "mode": "0600"},
        {"base64": base64.b64encode(b"\0\xfe").decode(), "dest": "encoded", "mode": "0644"},
    ]
    tasks = [{"install_file": file | {"dest": f"{tmp_path}/made/{file['dest']}"}} for file in given]
    tasks[3] |= {"no_log": True, "diff": False}
    return tasks


def test_check_mode_reports_all_and_changes_nothing(play, tasks, tmp_path):
    done = play(*tasks, arguments=["--check", "--diff"])
    assert done.rc == 0, done.output
    assert all(result["changed"] for result in done.results)
    assert not (tmp_path / "made").exists()
    content, mode = done.results[1]["diff"]
    assert (content["before"], content["after"]) == ("", "2 part!\n")
    assert content["after_header"] == done.results[1]["dest"] == f"{tmp_path}/made/whole"
    assert mode["after"].endswith(": 0755\n")
    assert done.results[2]["diff"][0]["after"] == "(binary)\n"
    assert "s3cret" not in done.output


def test_files_are_written_once(play, tasks, tmp_path):
    made = tmp_path / "made"
    made.mkdir()
    (made / "text").write_text("other\n")
    for name, age in {".text.killed.new": 3600, ".text.running.new": 0, ".other.killed.new": 3600}.items():
        (made / name).write_text("of another run")
        os.utime(made / name, (time.time() - age,) * 2)
    (made / "whole").symlink_to("text")
    first, second = play(*tasks, arguments=["--diff"]), play(*tasks)
    assert all(result["changed"] for result in first.results), first.output
    assert not any(result["changed"] for result in second.results)
    found = {path.name: (path.read_bytes(), path.stat().st_mode & 0o777) for path in made.iterdir()}
    assert found == {
        "text": (b"text\n", 0o644),
        "whole": (b"2 part!\n", 0o755),
        "binary": (b"\0\xff", 0o644),
        "encoded": (b"\0\xfe", 0o644),
        "secret": (b"s3cret\n", 0o600),
        ".text.running.new": (b"of another run", 0o644),
        ".other.killed.new": (b"of another run", 0o644),
    }
    assert not (made / "whole").is_symlink()
    assert "s3cret" not in first.output


def test_a_mode_alone_is_a_change(play, tasks, tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "made/text").write_text("text\n")
    (tmp_path / "made/text").chmod(0o666)
    done = play(tasks[0], arguments=["--diff", "--check"])
    assert [sorted(difference) for difference in done.results[0]["diff"]] == [["after", "before"]]
    assert ": 0666" in json.dumps(done.results)


def test_a_missing_directory_is_reported(play, tasks):
    done = play(tasks[0])
    assert done.rc != 0
    assert "made/text: No such file or directory" in done.output


WRITER = """
import importlib.util, os, pathlib, sys
spec = importlib.util.spec_from_file_location("install_file", "plugins/modules/install_file.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
os.umask(0)
for _ in range(300):
    module.write(pathlib.Path(sys.argv[1]), sys.argv[2].encode() * int(sys.argv[3]), 0o600)
"""


def test_an_orphan_that_writes_the_same_file_cannot_mix_with_a_run(tmp_path):
    """Two writers at once: at every moment the file is one of the two, whole, and readable by its owner only."""
    path, contents = tmp_path / "secret", {b"a" * 90000, b"b" * 50000}
    texts = [(chr(content[0]), str(len(content))) for content in contents]
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, *text]) for text in texts]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        for file in tmp_path.iterdir():
            try:
                assert file.stat().st_mode & 0o077 == 0, file
            except FileNotFoundError:
                continue
        if path.exists():
            seen.add(path.read_bytes())
    assert [writer.returncode for writer in writers] == [0, 0]
    assert seen == contents
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["replace", "mkstemp"])
def test_a_write_that_fails_leaves_the_file_and_no_remnant(load, tmp_path, monkeypatch, call):
    module, path = load("modules/install_file"), tmp_path / "file"
    path.write_text("before")

    def fail(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.Path if call == "replace" else module.tempfile, call, fail)
    with pytest.raises(OSError, match="No space left"):
        module.write(path, b"after", 0o644)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"file": "before"}


def test_a_symlink_is_not_the_file_that_it_points_to(load, tmp_path):
    (tmp_path / "file").write_text("text")
    (tmp_path / "symlink").symlink_to("file")
    module = load("modules/install_file")
    assert module.read(tmp_path / "file")[0] == b"text"
    assert module.read(tmp_path / "symlink") == module.read(tmp_path / "missing") == (b"", None)
