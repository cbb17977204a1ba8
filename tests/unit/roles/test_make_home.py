"""How a home gets its size, and what an interrupted run leaves to the next; molecule shows what mount then does."""

import grp
import json
import os
import pwd
import subprocess
import sys
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import SimpleNamespace

import pytest

SCRIPT = "roles/hub_systemd/files/make-home"
SIZE = 64 << 20


@pytest.fixture
def make_home(tmp_path, monkeypatch):
    loader = SourceFileLoader("make_home", SCRIPT)
    module = module_from_spec(spec_from_loader("make_home", loader))
    loader.exec_module(module)
    folders = {"IMAGES": "images", "HOMES": "home", "SKELETON": "skel"}
    for name, folder in folders.items():
        (tmp_path / folder).mkdir()
        monkeypatch.setattr(module, name, tmp_path / folder)
    monkeypatch.setattr(module, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(module, "SHADOW", tmp_path / "shadow")
    (tmp_path / "shadow").touch()
    monkeypatch.setattr(module, "MODEL", tmp_path / "hub.json")
    monkeypatch.setattr(module, "SIZES", tmp_path / "sizes")
    (tmp_path / "sizes").mkdir()
    sizes = [{"group": "a", "size": 2 * SIZE}, {"group": "b", "size": 3 * SIZE}]
    (tmp_path / "hub.json").write_text(json.dumps({"home": {"size": SIZE, "group_sizes": sizes}}))
    return module


@pytest.fixture
def machine(make_home, monkeypatch):
    """A machine with user zoe. `commands` are those that the script runs; `quota` is the mount point of quotas."""
    entry = SimpleNamespace(pw_name="zoe", pw_uid=os.getuid(), pw_gid=os.getgid(), pw_gecos=make_home.COMMENT)
    machine = SimpleNamespace(
        commands=[],
        quota=None,
        mounted=set(),
        members=["zoe"],
        users={"zoe": entry},
        groups=None,
        asked=[],
    )

    def run(*command, error=None):
        if command[0] == "nft":
            machine.asked.append((*command, error))
            return ""
        machine.commands.append(command)
        if command[0] == "mount":
            machine.mounted.add(command[-1])
        if command[0] == "useradd":
            machine.users["zoe"] = entry
        return ""

    def find(table, key):
        if table is not None and key not in table:
            raise KeyError(key)
        return table[key] if table else None

    monkeypatch.setattr(make_home, "run", run)
    monkeypatch.setattr(make_home, "quota_mount", lambda path: machine.quota)
    monkeypatch.setattr(os.path, "ismount", lambda path: str(path) in machine.mounted)
    monkeypatch.setattr(pwd, "getpwnam", lambda name: find(machine.users, name))
    monkeypatch.setattr(grp, "getgrnam", lambda name: SimpleNamespace(gr_mem=machine.members))
    monkeypatch.setattr(grp, "getgrgid", lambda number: find(machine.groups, number))
    return machine


@pytest.mark.parametrize(
    ("options", "quota"),
    [
        ("rw,relatime", False),
        ("rw,relatime,usrquota", True),
        ("rw,attr2,usrjquota=aquota.user,jqfmt=vfsv1", True),
        ("rw,noquota", False),
        ("rw,grpquota", False),
    ],
)
def test_quota_where_the_file_system_enforces_it(make_home, monkeypatch, options, quota):
    monkeypatch.setattr(make_home, "run", lambda *command: f"/home   {options}")
    assert make_home.quota_mount("/home") == ("/home" if quota else None)


@pytest.mark.parametrize("name", ["", "Root", "a/b", "../x", "a" * 31, "1a", "a b", "-a"])
def test_a_name_that_no_user_has_is_refused(make_home, name):
    with pytest.raises(SystemExit, match="is not a user name"):
        make_home.main(name)


def test_an_image_is_made_whole_and_mounted_without_devices_and_setuid(make_home, machine):
    make_home.main("zoe")
    image, home = make_home.IMAGES / "zoe.img", make_home.HOMES / "zoe"
    assert machine.commands == [
        ("mkfs.ext4", "-q", "-m", "0", str(image.with_suffix(".new"))),
        ("mount", "-o", "loop,nosuid,nodev", str(image), str(home)),
    ]
    assert image.stat().st_size == SIZE
    assert not image.with_suffix(".new").exists()
    assert home.stat().st_mode & 0o777 == 0o700
    machine.commands.clear()
    make_home.main("zoe")
    assert machine.commands == []


def test_the_lock_can_be_opened_by_root_alone(make_home, machine):
    make_home.main("zoe")
    assert make_home.LOCK.stat().st_mode & 0o777 == 0o600
    make_home.LOCK.chmod(0o644)
    make_home.main("zoe")
    assert make_home.LOCK.stat().st_mode & 0o777 == 0o600


def test_a_quota_is_in_blocks_of_1024_bytes_and_in_files_and_hard(make_home, machine):
    machine.quota = "/home"
    make_home.main("zoe")
    assert machine.commands == [("setquota", "-u", "zoe", "0", str(SIZE // 1024), "0", "4096", "/home")]
    assert [path.name for path in make_home.IMAGES.iterdir()] == ["zoe.quota"]


@pytest.mark.parametrize(
    ("left", "size"),
    [(str(2 * SIZE), 2), (f"{3 * SIZE}\n", 3), (str(4 * SIZE), 1), (str(SIZE // 2), 1), ("-1", 1), ("x", 1), ("", 1),
     (f"{2 * SIZE}{' ' * 30}9", 2), ("9" * 10000, 1)],
)  # fmt: skip
def test_only_a_size_that_the_model_declares_counts(make_home, machine, left, size):
    (make_home.SIZES / "zoe").write_text(left)
    make_home.main("zoe")
    assert (make_home.IMAGES / "zoe.img").stat().st_size == size * SIZE


def test_a_symlink_in_place_of_a_size_is_not_followed(make_home, machine, tmp_path):
    (tmp_path / "other").write_text(str(2 * SIZE))
    (make_home.SIZES / "zoe").symlink_to(tmp_path / "other")
    make_home.main("zoe")
    assert (make_home.IMAGES / "zoe.img").stat().st_size == SIZE


@pytest.mark.parametrize("quota", [None, "/home"])
def test_a_home_does_not_shrink_when_its_user_leaves_the_group(make_home, machine, quota):
    machine.quota = quota
    (make_home.SIZES / "zoe").write_text(str(3 * SIZE))
    make_home.main("zoe")
    (make_home.SIZES / "zoe").unlink()
    machine.commands.clear()
    make_home.main("zoe")
    if quota:
        assert machine.commands == [("setquota", "-u", "zoe", "0", str(3 * SIZE // 1024), "0", "12288", "/home")]
    else:
        assert (machine.commands, (make_home.IMAGES / "zoe.img").stat().st_size) == ([], 3 * SIZE)


def test_a_home_that_started_as_an_image_stays_one(make_home, machine):
    make_home.main("zoe")
    machine.quota = "/home"
    machine.mounted.clear()
    machine.commands.clear()
    make_home.main("zoe")
    assert [command[0] for command in machine.commands] == ["mount"]


def test_an_interrupted_image_is_made_again(make_home, machine):
    new = make_home.IMAGES / "zoe.new"
    new.write_bytes(b"half a file system" * 100)
    with new.open("rb") as interrupted:
        make_home.main("zoe")
        assert os.fstat(interrupted.fileno()).st_nlink == 0, "a file of its own"
    assert (make_home.IMAGES / "zoe.img").read_bytes().count(b"\0") == SIZE


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_home_grows_and_an_interrupted_growth_is_finished(make_home, machine, interrupted):
    """Killed between the file's growth and the file system's, the image has its new size already."""
    image, marker = make_home.IMAGES / "zoe.img", make_home.IMAGES / "zoe.growing"
    with image.open("wb") as file:
        file.truncate(SIZE if interrupted else SIZE // 2)
    if interrupted:
        marker.touch()
    make_home.main("zoe")
    assert [command[0] for command in machine.commands] == ["resize2fs", "mount"]
    assert machine.commands[0][1] == str(image)
    assert image.stat().st_size == SIZE
    assert not marker.exists()
    machine.mounted.clear()
    machine.commands.clear()
    make_home.main("zoe")
    assert [command[0] for command in machine.commands] == ["mount"]


def test_the_marker_of_growth_stays_until_the_file_system_has_grown(make_home, machine, monkeypatch):
    image = make_home.IMAGES / "zoe.img"
    image.touch()

    def killed(*command, error=None):
        if command[0] == "nft":
            return
        assert image.with_suffix(".growing").exists()
        assert image.stat().st_size == SIZE
        raise SystemExit("killed")

    monkeypatch.setattr(make_home, "run", killed)
    with pytest.raises(SystemExit, match="killed"):
        make_home.main("zoe")
    assert image.with_suffix(".growing").exists()


def test_a_smaller_size_leaves_the_image_as_it_is(make_home, machine):
    image = make_home.IMAGES / "zoe.img"
    with image.open("wb") as file:
        file.truncate(2 * SIZE)
    make_home.main("zoe")
    assert image.stat().st_size == 2 * SIZE
    assert [command[0] for command in machine.commands] == ["mount"]
    image.with_suffix(".growing").touch()
    machine.mounted.clear()
    make_home.mount_image(image, make_home.HOMES / "zoe", SIZE)
    assert image.stat().st_size == 2 * SIZE, "a growth that was interrupted and then taken back"


def test_a_home_in_use_grows_later(make_home, machine):
    image, home = make_home.IMAGES / "zoe.img", make_home.HOMES / "zoe"
    image.touch()
    machine.mounted.add(str(home))  # umount fails: nothing is mounted there
    make_home.main("zoe")
    assert image.stat().st_size == 0
    assert machine.commands == []


def test_nobody_writes_below_the_mount_point(make_home, machine, monkeypatch):
    modes = []
    monkeypatch.setattr(make_home, "restrict_network", lambda uid: None)
    monkeypatch.setattr(make_home, "run", lambda *command, error=None: modes.append(
        (command[0], (make_home.HOMES / "zoe").stat().st_mode & 0o777)))  # fmt: skip
    make_home.main("zoe")
    assert modes[-1] == ("mount", 0)


def test_a_new_home_gets_the_skeleton_before_its_owner(make_home, machine, monkeypatch):
    """With folders; a copy that is interrupted is repeated, and does not follow symlinks."""
    (make_home.SKELETON / ".config/app").mkdir(parents=True)
    (make_home.SKELETON / ".config/app/settings").write_text("whole")
    (make_home.SKELETON / ".bashrc").write_text("whole")
    home, owners, outside = make_home.HOMES / "zoe", [], make_home.HOMES / "outside"
    outside.write_text("kept")
    (home / ".config").mkdir(parents=True)
    (home / "lost+found").mkdir()
    (home / ".bashrc").symlink_to(outside)
    machine.users["zoe"].pw_uid = os.getuid() + 1
    monkeypatch.setattr(os, "chown", lambda path, uid, gid, **options: owners.append((str(Path(path).name), uid)))
    make_home.main("zoe")
    assert owners == [(name, os.getuid() + 1) for name in (".bashrc", ".config", "app", "settings", "zoe")]
    assert (home / ".config/app/settings").read_text() == (home / ".bashrc").read_text() == "whole"
    assert outside.read_text() == "kept"
    assert not (home / "lost+found").exists()


def test_a_home_with_its_owner_is_left_alone(make_home, machine):
    (make_home.SKELETON / ".bashrc").write_text("default")
    home = make_home.HOMES / "zoe"
    home.mkdir()
    (home / ".bashrc").write_text("mine")
    make_home.main("zoe")
    assert (home / ".bashrc").read_text() == "mine"


def test_an_account_is_created_once(make_home, machine):
    machine.users.clear()
    make_home.account("zoe")
    assert machine.commands == [
        ("useradd", "--user-group", "--groups", "jupyterhub-users", "--comment", "JupyterHub user", "--no-create-home",
         "--home-dir", str(make_home.HOMES / "zoe"), "--shell", "/bin/bash", "zoe")
    ]  # fmt: skip
    machine.commands.clear()
    make_home.account("zoe")
    assert machine.commands == []


@pytest.mark.parametrize("has_own_group", [True, False])
def test_an_account_whose_creation_was_interrupted_is_completed(make_home, machine, has_own_group):
    """useradd writes /etc/passwd, and /etc/group after it."""
    machine.members = []
    machine.groups = {os.getgid(): object()} if has_own_group else {}
    make_home.account("zoe")
    assert machine.commands == [("groupadd", "--gid", str(os.getgid()), "zoe")] * (not has_own_group) + [
        ("usermod", "--append", "--groups", "jupyterhub-users", "zoe")
    ]


def test_files_of_somebody_else_are_not_hidden_by_a_home(make_home, machine):
    (make_home.HOMES / "zoe").mkdir()
    (make_home.HOMES / "zoe/thesis.tex").touch()
    machine.users["zoe"].pw_gecos = "Zoe, a member of the group by her administrator"
    with pytest.raises(SystemExit, match="which a home of the hub would hide"):
        make_home.main("zoe")
    assert not (make_home.IMAGES / "zoe.img").exists()


def test_an_account_of_the_machine_is_refused(make_home, machine):
    machine.members, machine.users["zoe"].pw_gecos = [], "Zoe, administrator"
    with pytest.raises(SystemExit, match="the name zoe belongs to an account of this machine"):
        make_home.main("zoe")
    assert machine.commands == []


def test_network_rules_hold_for_an_account_before_it_has_a_home(make_home, machine, monkeypatch):
    """Without the rules no home is made, and so no server starts."""
    make_home.main("zoe")
    ((*command, _),) = machine.asked
    assert command == ["nft", "add", "element", "inet", "openstack_hub", "users", f"{{ {os.getuid()} }}"]
    (make_home.HOMES / "zoe").rmdir()
    monkeypatch.setattr(make_home, "run", lambda *command, error=None: sys.exit(error))
    with pytest.raises(SystemExit, match="the network rules for users cannot be loaded"):
        make_home.main("zoe")
    assert not (make_home.HOMES / "zoe").exists()


OURS, EXPIRED = "JupyterHub user", "zoe:!:19000:0:99999:7::1:"


@pytest.mark.parametrize(
    ("gecos", "shadow", "unlocked"),
    [
        (OURS, EXPIRED, True),
        (OURS, "zoe:!:19000:0:99999:7:::", False),
        (OURS, "", False),
        ("Zoe of the cluster", EXPIRED, False),
    ],
    ids=["locked", "not locked", "half made", "of the cluster"],
)
def test_a_start_unlocks_an_account_of_the_hub(make_home, machine, gecos, shadow, unlocked):
    machine.users["zoe"].pw_gecos = gecos
    make_home.SHADOW.write_text(f"root:*:19000:0:99999:7::1:\n{shadow}\n".replace("\n\n", "\n"))
    make_home.main("zoe")
    assert (("usermod", "--expiredate", "", "zoe") in machine.commands) is unlocked


@pytest.mark.parametrize(
    ("gecos", "members"), [(OURS, ["zoe"]), (OURS, []), ("Zoe of the cluster", ["zoe"]), ("root", [])]
)
def test_only_an_account_of_the_hub_is_locked(make_home, machine, monkeypatch, gecos, members):
    machine.users["zoe"].pw_gecos, machine.members, ended = gecos, members, []
    monkeypatch.setattr(make_home, "end_programs", ended.append)
    make_home.main("--lock", "zoe")
    locked = [("usermod", "--expiredate", "1", "zoe")], ["zoe"]
    assert (machine.commands, ended) == (locked if (gecos, members) == (OURS, ["zoe"]) else ([], []))
    assert list(make_home.HOMES.iterdir()) == []


def test_an_account_that_does_not_exist_is_not_locked(make_home, machine):
    machine.users = {"nina": None}
    make_home.main("--lock", "zoe")
    assert machine.commands == []


RUN_LOCKED = """
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
loader = SourceFileLoader("make_home", "roles/hub_systemd/files/make-home")
module = module_from_spec(spec_from_loader("make_home", loader))
loader.exec_module(module)
module.LOCK, module.MODEL = Path(sys.argv[1]), Path(sys.argv[2])
module.account = lambda name: sys.exit(module.run("sh", "-c", sys.argv[3]))
module.main("zoe")
"""


def test_a_program_that_goes_on_after_a_kill_keeps_the_next_start_waiting(make_home, tmp_path):
    """Killed during a resize2fs, whose orphan still writes: nothing else touches the image until it has ended."""

    def start(script):
        script = f"cd {tmp_path}; {script}"
        return subprocess.Popen([sys.executable, "-c", RUN_LOCKED, make_home.LOCK, make_home.MODEL, script])

    (tmp_path / "hold").touch()
    killed = start("touch started; while [ -e hold ]; do sleep 0.02; done; touch ended")
    while not (tmp_path / "started").exists():
        assert killed.poll() is None
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    following = start("test -e ended && touch entered")
    time.sleep(0.5)
    assert following.poll() is None
    (tmp_path / "hold").unlink()
    following.wait(timeout=20)
    assert (tmp_path / "entered").exists()
