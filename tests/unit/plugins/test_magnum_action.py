"""The action plugin, which calls a module of Magnum until nothing is pending, and shows what goes on."""

from types import SimpleNamespace

import pytest
from magnum_samples import Clock


@pytest.fixture
def action(load, monkeypatch, capsys):
    """What the task returns when its module returns, one after the other, what is given; a pass takes 15 seconds."""
    plugin, clock = load("action/magnum_cluster"), Clock()
    monkeypatch.setattr(plugin, "time", clock)

    def action(*passes, timeout=60, parents=None, check_mode=False):
        plugin_object = object.__new__(plugin.ActionModule)
        plugin_object._task = SimpleNamespace(args={"cloud": "lab"}, check_mode=check_mode, async_val=0)
        given, left = [], list(passes)

        def execute(module_args, task_vars):
            clock.now += 15
            given.append(module_args)
            found = left.pop(0) if len(left) > 1 else left[0]
            invoked = {"invocation": {"module_args": module_args | {"timeout": timeout}}}
            return {"changed": bool(found.get("actions")), "actions": [], "progress": [], **found, **invoked}

        monkeypatch.setattr(plugin.ActionBase, "run", lambda *_: {})
        parents = iter(parents or [])
        monkeypatch.setattr(plugin.os, "getppid", lambda: next(parents, 1))
        plugin_object._execute_module = execute
        result = plugin_object.run(task_vars={})
        return SimpleNamespace(result=result, said=capsys.readouterr().out, passes=given)

    return action


WORK = {"pending": "cluster lab is CREATE_IN_PROGRESS", "progress": ["lab CREATE_IN_PROGRESS"]}


def test_the_module_is_called_until_nothing_is_pending(action):
    asked = {"asked": {"create": {"seen": "never"}}}
    done = action(
        WORK | {"actions": ["create cluster lab"], "sofar": asked, "diff": {"before": "", "after": "lab"}},
        WORK | {"sofar": asked},
        {"pending": None, "cluster": {"uuid": "c-1"}, "actions": ["resize it"], "sofar": asked, "warnings": ["old"]},
    )
    assert [given["sofar"] for given in done.passes] == [{}, asked, asked]
    assert {key: value for key, value in done.result.items() if key != "invocation"} == {
        "changed": True,
        "actions": ["create cluster lab", "resize it"],
        "diff": {"before": "", "after": "lab"},
        "cluster": {"uuid": "c-1"},
        "warnings": ["old"],
    }
    assert done.said.splitlines() == ["  create cluster lab", "  00:15  lab CREATE_IN_PROGRESS", "  resize it"]


def test_nothing_changed(action):
    done = action({"pending": None})
    assert (done.result["changed"], done.result["actions"], done.said, len(done.passes)) == (False, [], "", 1)


def test_a_failure_ends_it_and_keeps_what_was_done(action):
    done = action(WORK | {"actions": ["create cluster lab"]}, {"failed": True, "msg": "no host"})
    assert (done.result["failed"], done.result["msg"]) == (True, "no host")
    assert (done.result["actions"], done.result["changed"]) == (["create cluster lab"], True)


def test_the_same_line_is_shown_once_a_minute(action):
    done = action(*[WORK] * 9, {"pending": None}, timeout=900)
    assert [line.split()[0] for line in done.said.splitlines()] == ["00:15", "01:30"]


def test_nothing_moves(action):
    done = action(WORK, timeout=60)
    assert len(done.passes) == 6
    assert done.result["failed"] and done.result["msg"].startswith(
        "nothing has moved for 1 minute: cluster lab is CREATE_IN_PROGRESS\n- lab CREATE_IN_PROGRESS\nRun again"
    )
    for told in ("conductor", "openstack coe service list", "cluster_node_minutes"):
        assert told in done.result["msg"]


def test_each_new_line_or_action_is_a_move(action):
    lines = [WORK | {"progress": [f"lab UPDATE_IN_PROGRESS, {up} up"]} for up in range(20)]
    assert "failed" not in action(*lines, {"pending": None}, timeout=30).result
    asks = [{"pending": "asked", "actions": [f"do {i}"]} for i in range(20)]
    assert len(action(*asks, {"pending": None}, timeout=30).result["actions"]) == 20


def test_an_api_that_answers_now_and_then_is_no_move(action):
    done = action(*[WORK, {"pending": "Magnum answers 503"}] * 20, timeout=60)
    assert done.result["failed"] and len(done.passes) < 8


def test_check_mode_waits_for_an_answer_too(action):
    none = {"pending": "Magnum answers 503"}
    done = action(none, none, {"pending": None, "actions": ["create cluster lab"]}, check_mode=True)
    assert done.result["actions"] == ["create cluster lab"]


def test_a_killed_run_ends(action):
    done = action(WORK, parents=[7, 7, 1])
    assert (done.result["msg"], len(done.passes)) == ("ansible-playbook has gone", 2)


def test_a_module_that_could_not_begin(action):
    done = action({"failed": True, "msg": "missing required arguments: name"})
    assert (done.result["failed"], done.result["actions"], done.result["changed"]) == (True, [], False)
