"""The action plugin that calls its module until nothing is pending, and shows the progress."""

from pathlib import Path
from types import SimpleNamespace

import pytest


class Clock:
    now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def action(load, monkeypatch, capsys):
    """The result of a task whose module returns ANSWERS, one after the other; each call takes 15 seconds."""
    plugin, clock = load("action/_poll"), Clock()
    monkeypatch.setattr(plugin, "time", clock)

    def action(*answers, timeout=60, parents=None, check_mode=False, module="magnum_cluster"):
        plugin_object = object.__new__(plugin.ActionModule)
        plugin_object._task = SimpleNamespace(action=module, args={"cloud": "lab"}, check_mode=check_mode, async_val=0)
        calls, left = [], list(answers)

        def execute(module_args, task_vars):
            clock.now += 15
            calls.append(module_args)
            answer = left.pop(0) if len(left) > 1 else left[0]
            invoked = {"invocation": {"module_args": module_args | {"timeout": timeout}}}
            return {"changed": bool(answer.get("actions")), "actions": [], "progress": [], **answer, **invoked}

        monkeypatch.setattr(plugin.ActionBase, "run", lambda *_: {})
        parents = iter(parents or [])
        monkeypatch.setattr(plugin.os, "getppid", lambda: next(parents, 1))
        plugin_object._execute_module = execute
        result = plugin_object.run(task_vars={})
        return SimpleNamespace(result=result, output=capsys.readouterr().out, calls=calls)

    return action


WORK = {"pending": "cluster lab is CREATE_IN_PROGRESS", "progress": ["lab CREATE_IN_PROGRESS"]}


def test_the_module_is_called_until_nothing_is_pending(action):
    state = {"requests": {"create": {"updated_at": "never"}}}
    done = action(
        WORK | {"actions": ["create cluster lab"], "progress_state": state, "diff": {"before": "", "after": "lab"}},
        WORK | {"progress_state": state},
        {
            "pending": None,
            "cluster": {"uuid": "c-1"},
            "actions": ["resize it"],
            "progress_state": state,
            "warnings": ["old"],
        },
    )
    assert [call["progress_state"] for call in done.calls] == [{}, state, state]
    assert {key: value for key, value in done.result.items() if key != "invocation"} == {
        "changed": True,
        "actions": ["create cluster lab", "resize it"],
        "diff": {"before": "", "after": "lab"},
        "cluster": {"uuid": "c-1"},
        "warnings": ["old"],
    }
    assert done.output.splitlines() == ["  create cluster lab", "  00:15  lab CREATE_IN_PROGRESS", "  resize it"]


def test_without_actions_nothing_has_changed(action):
    done = action({"pending": None})
    assert (done.result["changed"], done.result["actions"], done.output, len(done.calls)) == (False, [], "", 1)


def test_a_failure_ends_the_task_and_keeps_the_actions(action):
    done = action(WORK | {"actions": ["create cluster lab"]}, {"failed": True, "msg": "no host"})
    assert (done.result["failed"], done.result["msg"]) == (True, "no host")
    assert (done.result["actions"], done.result["changed"]) == (["create cluster lab"], True)


def test_the_same_line_is_shown_once_a_minute(action):
    done = action(*[WORK] * 9, {"pending": None}, timeout=900)
    assert [line.split()[0] for line in done.output.splitlines()] == ["00:15", "01:30"]


def test_a_time_out_names_what_to_do(action):
    done = action(WORK, timeout=60)
    assert len(done.calls) == 6
    assert done.result["failed"] and done.result["msg"].startswith(
        "no progress for 1 minute: cluster lab is CREATE_IN_PROGRESS\n- lab CREATE_IN_PROGRESS\nRun again"
    )
    for text in ("conductor", "openstack coe service list", "cluster_node_minutes"):
        assert text in done.result["msg"]


@pytest.mark.parametrize(
    ("module", "advice", "foreign"),
    [
        ("magnum_nodegroups", "Magnum's conductor is up", "Helm"),
        ("hub_release", "Helm waits for the pods of the release", "Magnum"),
        ("hub_rollout", "playbooks/status.yml shows which pods are not ready", "Magnum"),
        ("hub_prerequisites", "The cluster's nodes are not ready", "Magnum"),
        ("collection.name.hub_release", "Helm waits", "Magnum"),
    ],
)
def test_the_message_of_a_time_out_is_the_modules_own(action, module, advice, foreign):
    message = action(WORK, module=module).result["msg"]
    assert advice in message and foreign not in message.replace("magnum", "")
    assert "raise cluster_node_minutes" in message


def test_every_polled_module_has_the_action():
    plugins = Path("plugins/action")
    linked = {path.stem for path in plugins.glob("*.py") if path.is_symlink()}
    assert all((plugins / f"{name}.py").resolve().name == "_poll.py" for name in linked)
    polled = {path.stem for path in Path("plugins/modules").glob("*.py") if "progress_state" in path.read_text()}
    assert polled == linked


def test_a_new_line_or_action_is_progress(action):
    lines = [WORK | {"progress": [f"lab UPDATE_IN_PROGRESS, {up} up"]} for up in range(20)]
    assert "failed" not in action(*lines, {"pending": None}, timeout=30).result
    asks = [{"pending": "asked", "actions": [f"do {i}"]} for i in range(20)]
    assert len(action(*asks, {"pending": None}, timeout=30).result["actions"]) == 20


def test_an_api_that_answers_now_and_then_is_no_progress(action):
    done = action(*[WORK, {"pending": "Magnum answers 503"}] * 20, timeout=60)
    assert done.result["failed"] and len(done.calls) < 8


def test_check_mode_waits_for_an_answer(action):
    none = {"pending": "Magnum answers 503"}
    done = action(none, none, {"pending": None, "actions": ["create cluster lab"]}, check_mode=True)
    assert done.result["actions"] == ["create cluster lab"]


def test_a_task_of_a_killed_run_ends(action):
    done = action(WORK, parents=[7, 7, 1])
    assert (done.result["msg"], len(done.calls)) == ("ansible-playbook was killed", 2)


def test_a_module_with_wrong_arguments(action):
    done = action({"failed": True, "msg": "missing required arguments: name"})
    assert (done.result["failed"], done.result["actions"], done.result["changed"]) == (True, [], False)
