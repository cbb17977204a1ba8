"""The module that runs the operator's commands. tests/unit/hubkit has the commands, molecule the playbooks."""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from openstack_hub.kubernetes import client, hub_pod
from openstack_hub.platforms import INSTALLED, PLATFORMS

# A command that answers with its order, or with what the order asks for
COMMAND = "import json, sys; order = json.loads(sys.stdin.readline()); print(order['command'] or json.dumps(order))"


class Failed(Exception):
    pass


@pytest.fixture
def run(load):
    """run(order, check=False, **options): result of the module, with a command that answers with its order."""

    def run(order, *, check=False, **options):
        hub = {"command": [sys.executable, "-c", COMMAND]}
        arguments = {"hub": hub, "order": order, "_ansible_check_mode": check, **options}
        done = subprocess.run(
            [sys.executable, load("modules/hub_command").__file__],
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
            capture_output=True,
            text=True,
            check=False,
        )
        return json.loads(done.stdout)

    return run


@pytest.mark.parametrize("check", [True, False])
def test_the_order_is_standard_input_and_the_answer_is_the_result(run, check):
    result = run({"command": "", "changed": True, "text": ["ada"]}, check=check)
    assert (result["changed"], result["text"], result["check"]) == (True, ["ada"], check)


def test_passwords_reach_the_command_and_no_output(run):
    result = run({"command": ""}, passwords={"ada": "one-time-a"})
    assert result["passwords"] != {} and "one-time-a" not in str(result)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ('{"error": "people_move=x: nobody is called x"}', "people_move=x: nobody is called x"),
        ("no JSON", "the command failed with status 0: "),
    ],
)
def test_an_error_is_told(run, answer, message):
    result = run({"command": answer})
    assert result["failed"] and result["msg"].startswith(message)


def test_with_a_kubeconfig_it_runs_in_the_pod(load, monkeypatch):
    def fail_json(msg):
        raise Failed(msg)

    run, module = load("modules/hub_command").run, SimpleNamespace(fail_json=fail_json)
    hub = {"command": ["python3"], "kubeconfig": "config", "namespace": "ns"}
    monkeypatch.setattr(client, "Api", lambda kubeconfig: f"api of {kubeconfig}")
    monkeypatch.setattr(hub_pod, "run_in_hub", lambda *args: args)
    assert run(module, hub, "secret") == ("api of config", "ns", ["python3"], "secret")

    def unreachable(*args):
        raise client.Unreachable("https://cluster: late")

    monkeypatch.setattr(hub_pod, "run_in_hub", unreachable)
    with pytest.raises(Failed, match="https://cluster: late"):
        run(module, hub, "secret")


@pytest.mark.parametrize("name", INSTALLED)
def test_the_command_of_a_platform_names_its_module(name):
    *_, option, command, module = PLATFORMS[name].hub_command
    assert (option, command, module) == ("-m", "hubkit.command", PLATFORMS[name].spawner)
    source = Path(*module.split(".")).with_suffix(".py").read_text()
    assert re.search(r"\bSTATE = ", source) and "def has_home(name):" in source
