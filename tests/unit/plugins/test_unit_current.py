"""Which units are older than their files, and what is then done. molecule shows what systemd does."""

import math
import os
import time

import pytest

RUNNING = {
    "LoadState": "loaded",
    "ActiveState": "active",
    "UnitFileState": "enabled",
    "NeedDaemonReload": "no",
    "FragmentPath": "/u",
    "PartOf": "",
    "since": 100,
}
NEW = {"LoadState": "not-found", "ActiveState": "inactive", "UnitFileState": "", "FragmentPath": "", "since": 0}


@pytest.fixture
def module(load):
    return load("modules/unit_current")


def unit(name, *files, reload=False, enable=True, run=True):
    return {"name": name, "files": list(files), "reload": reload, "enable": enable, "run": run}


@pytest.mark.parametrize(
    ("state", "changed_at", "reload", "expected"),
    [
        ({}, {"/u": 50, "/f": 99}, False, {}),
        ({}, {"/f": 100.1}, False, {"restart": ["/f"]}),
        ({}, {"/f": 100}, False, {}),
        ({}, {"/f": 101}, True, {"reload": ["/f"]}),
        ({}, {"/f": math.inf}, False, {"restart": ["/f"]}),
        ({"NeedDaemonReload": "yes"}, {"/u": 101}, True, {"daemon-reload": [], "restart": ["/u"]}),
        ({}, {"/u": math.inf}, True, {"daemon-reload": [], "restart": ["/u"]}),
        ({"UnitFileState": "disabled"}, {}, False, {"enable": []}),
        ({"ActiveState": "failed"}, {"/f": 101}, False, {"start": []}),
        ({"ActiveState": "inactive", "UnitFileState": "disabled"}, {}, False, {"enable": [], "start": []}),
        (NEW, {"/f": math.inf}, False, {"enable": [], "start": []}),
    ],
    ids=["current", "older", "of the same moment", "older, reload", "will be older", "new unit file",
         "unit file will be new", "disabled", "failed", "installed", "missing"],
)  # fmt: skip
def test_actions_for_a_unit(module, state, changed_at, reload, expected):
    actions = module.required_actions([unit("x", "/f", "/missing", reload=reload)], {"x": RUNNING | state}, changed_at)
    assert {verb: units["x"] for verb, units in actions.items() if units} == expected


def test_a_unit_that_something_else_starts_is_not_enabled(module):
    state = {"x": RUNNING | {"UnitFileState": "disabled"}}
    actions = module.required_actions([unit("x", "/f", reload=True, enable=False)], state, {"/f": 101})
    assert {verb: units for verb, units in actions.items() if units} == {"reload": {"x": ["/f"]}}


def test_of_a_unit_that_is_not_ours_systemd_reads_the_settings_only(module):
    changed = {"NeedDaemonReload": "yes", "ActiveState": "inactive", "UnitFileState": "disabled"}
    actions = module.required_actions([unit("x", run=False)], {"x": RUNNING | changed}, {})
    assert {verb: units for verb, units in actions.items() if units} == {"daemon-reload": {"x": []}}


@pytest.mark.parametrize(("file", "restarted"), [("/proxy", ["proxy", "hub"]), ("/hub", ["hub"])])
def test_a_unit_that_is_part_of_another_is_restarted_with_it(module, file, restarted):
    states = {"proxy": RUNNING, "hub": RUNNING | {"PartOf": "proxy"}, "culler": RUNNING}
    units = [unit("proxy", "/proxy"), unit("hub", "/hub"), unit("culler")]
    assert list(module.required_actions(units, states, {file: 101})["restart"]) == restarted


def test_change_times(module, tmp_path):
    file, link, folder = tmp_path / "file", tmp_path / "link", tmp_path / "folder"
    file.touch()
    link.symlink_to("nowhere")
    folder.mkdir()
    paths = [str(path) for path in (file, link, folder, tmp_path / "missing")]
    times = module.change_times(paths, [])
    assert list(times) == paths[:3]
    assert module.change_times(paths, [f"{folder}/entry", "/elsewhere"])[str(folder)] == math.inf
    assert module.change_times(paths, [paths[3]])[paths[3]] == math.inf


def test_a_file_with_an_old_date_and_a_new_mode_are_changes(module, tmp_path):
    file = tmp_path / "file"
    file.touch()
    os.utime(file, (0, 0))
    assert module.change_times([str(file)], [])[str(file)] > time.time() - 60
    before = module.change_times([str(file)], [])
    time.sleep(0.05)  # the kernel's clock of files ticks every few milliseconds
    file.chmod(0o600)
    assert module.change_times([str(file)], [])[str(file)] > before[str(file)]
