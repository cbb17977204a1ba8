"""The module that runs the command for local accounts. tests/unit/hubkit has the command, molecule the playbook."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from openstack_hub.kubernetes import client, hub_pod


class Failed(Exception):
    pass


@pytest.fixture
def module():
    """A module of Ansible that records commands; `params` may be changed."""

    def run_command(command, data, environ_update, umask):
        module.commands.append((command, data, environ_update["PYTHONPATH"], umask))
        return 0, "{}", ""

    def fail_json(msg):
        raise Failed(msg)

    module = SimpleNamespace(params={"kubeconfig": None, "namespace": None}, commands=[])
    module.run_command, module.fail_json = run_command, fail_json
    return module


def test_on_one_machine_the_order_is_standard_input(load, module):
    assert load("modules/hub_accounts").run(module, "secret") == (0, "{}", "")
    ((command, data, path, umask),) = module.commands
    assert data == "secret\n" and "secret" not in str(command) and umask == 0o077
    assert path == "/opt/openstack-hub/lib/hubkit.zip"


def test_with_a_kubeconfig_it_runs_in_the_pod(load, module, monkeypatch):
    accounts = load("modules/hub_accounts")
    module.params.update(kubeconfig="config", namespace="ns")
    monkeypatch.setattr(client, "Api", lambda kubeconfig: f"api of {kubeconfig}")
    monkeypatch.setattr(hub_pod, "run_in_hub", lambda *args: args)
    assert accounts.run(module, "secret") == ("api of config", "ns", accounts.POD, "secret") and not module.commands

    def unreachable(*args):
        raise client.Unreachable("https://cluster: late")

    monkeypatch.setattr(hub_pod, "run_in_hub", unreachable)
    with pytest.raises(Failed, match="https://cluster: late"):
        accounts.run(module, "secret")


@pytest.mark.parametrize(("command", "platform"), [("HOST", "host"), ("POD", "kubernetes")])
def test_the_file_is_in_the_folder_of_the_hubs_state(load, command, platform):
    state = re.search(r'STATE = (?:"/opt/openstack-hub", )?"([^"]+)"', Path(f"hubkit/hub/{platform}.py").read_text())[1]
    assert getattr(load("modules/hub_accounts"), command)[-1] == f"{state}/local.sqlite"


@pytest.mark.parametrize(
    ("states", "line"),
    [
        ({}, "ada, valid until 2027-03-20"),
        ({"disabled": True}, "ada, valid until 2027-03-20, disabled"),
        ({"one_time": True}, "ada, valid until 2027-03-20, has a one-time password"),
    ],
)
def test_an_account_is_one_line(load, states, line):
    account = {"name": "ada", "until": "2027-03-20", "disabled": False, "one_time": False}
    assert load("modules/hub_accounts").line(account | states) == line
