"""Files on the machine: what a check says of them, and how they get there."""

import json

import pytest


@pytest.fixture
def tasks(tmp_path):
    """A text, a template and a binary file, into a directory that may not be there."""
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
    ]
    tasks = [{"install_file": file | {"dest": f"{tmp_path}/made/{file['dest']}"}} for file in given]
    tasks[3] |= {"no_log": True, "diff": False}
    return tasks


def test_a_check_tells_it_all_and_does_nothing(play, tasks, tmp_path):
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


def test_files_get_there_once(play, tasks, tmp_path):
    made = tmp_path / "made"
    made.mkdir()
    (made / "text").write_text("other\n")
    (made / ".text.new").write_text("of a run that was killed")
    (made / "whole").symlink_to("text")
    first, second = play(*tasks, arguments=["--diff"]), play(*tasks)
    assert all(result["changed"] for result in first.results), first.output
    assert not any(result["changed"] for result in second.results)
    found = {path.name: (path.read_bytes(), path.stat().st_mode & 0o777) for path in made.iterdir()}
    assert found == {
        "text": (b"text\n", 0o644),
        "whole": (b"2 part!\n", 0o755),
        "binary": (b"\0\xff", 0o644),
        "secret": (b"s3cret\n", 0o600),
    }
    assert not (made / "whole").is_symlink()
    assert "s3cret" not in first.output


def test_a_mode_is_a_change(play, tasks, tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "made/text").write_text("text\n")
    (tmp_path / "made/text").chmod(0o666)
    done = play(tasks[0], arguments=["--diff", "--check"])
    assert [sorted(difference) for difference in done.results[0]["diff"]] == [["after", "before"]]
    assert ": 0666" in json.dumps(done.results)


def test_a_missing_directory_is_said_in_a_run(play, tasks):
    done = play(tasks[0])
    assert done.rc != 0
    assert "made/text: No such file or directory" in done.output
