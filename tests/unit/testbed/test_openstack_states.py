"""States of the OpenStack testbed: how they are stored, copied and restored."""

import sqlite3
from contextlib import closing

import openstack_path  # noqa: F401  (for what importing it does)
import pytest
from openstack_testbed import build, install, places


def test_files_are_replaced_atomically_and_private(tmp_path):
    file = tmp_path / "clouds.yaml"
    file.write_text("old")
    file.chmod(0o644)
    places.write(file, "new")
    assert file.read_text() == "new" and file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_the_key_follows_the_content(tmp_path):
    one, other = tmp_path / "one.txt", tmp_path / "code"
    other.mkdir()
    one.write_text("1")
    first = places.key(one, other)
    (other / "part.py").write_text("pass")
    second = places.key(one, other)
    one.write_text("2")
    assert len({first, second, places.key(one, other)}) == 3


def test_a_copy_that_another_process_made_first_is_kept(tmp_path):
    new, path = tmp_path / "new", tmp_path / "path"
    new.mkdir()
    path.mkdir()
    (path / "file").write_text("first")
    (new / "file").write_text("second")
    places.publish(new, path)
    assert (path / "file").read_text() == "first" and not new.exists()


def database(file, rows):
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS instances (name TEXT)")
        connection.execute("DELETE FROM instances")
        connection.executemany("INSERT INTO instances VALUES (?)", [(row,) for row in rows])


def rows(file):
    with closing(sqlite3.connect(file)) as connection:
        return [row for (row,) in connection.execute("SELECT name FROM instances")]


@pytest.fixture
def state(tmp_path):
    """A state with one server and one image, a copy from before it had a server, and an open reader."""
    var = tmp_path / "var"
    (var / "images").mkdir(parents=True)
    (var / "images/seeded").write_text("testbed")
    database(var / "nova.sqlite", [])
    build.copy(var, tmp_path / "seed")
    (var / "images/own").write_text("own")
    database(var / "nova.sqlite", ["server"])
    with closing(sqlite3.connect(var / "nova.sqlite")) as reader:
        cursor = reader.execute("SELECT name FROM instances")
        yield tmp_path
        cursor.close()


def test_a_reset_while_services_run(state):
    assert build.has_servers(state / "var")
    build.restore_running(state)
    assert not build.has_servers(state / "var")
    assert rows(state / "var/nova.sqlite") == []
    assert [image.name for image in (state / "var/images").iterdir()] == ["seeded"]


@pytest.mark.parametrize(("maker", "comes_back"), [(install.name(), True), ("other", False), (None, False)])
def test_only_a_state_of_these_releases_is_restored(state, maker, comes_back):
    if maker:
        (state / "seed" / build.READY).write_text(maker)
    build.restore(state)
    assert (state / "var/nova.sqlite").exists() is comes_back
