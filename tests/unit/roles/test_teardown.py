"""Teardown with simulated modules: the order of what roles destroy, cluster and cloud call, and with what."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

CLUSTER = {"uuid": "c-1", "cluster_id": "jupyterhub-abc", "api_address": "https://192.0.2.1:6443"}
IDS = [CLUSTER["uuid"], CLUSTER["cluster_id"]]
# Records its arguments, and returns what FOLDER/answers.json has for its name and state or scope.
MODULE = """#!/usr/bin/python
# WANT_JSON
import json, pathlib, sys
folder, name = pathlib.Path({folder!r}), {name!r}
arguments = json.loads(pathlib.Path(sys.argv[1]).read_text())
checked = arguments.get("_ansible_check_mode", False)
arguments = {{key: value for key, value in arguments.items() if not key.startswith("_ansible")}}
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps([name, checked, arguments]) + "\\n")
title = " ".join([name, *([arguments["scope"]] if "scope" in arguments else ["check"] * checked)])
answers = json.loads((folder / "answers.json").read_text())
print(json.dumps({{"changed": True, **answers.get(title, answers.get(name, {{}}))}}))
"""
ANSWERS = {
    "magnum_cluster": {"cluster": CLUSTER, "actions": []},
    "hub_homes": {"remains": [], "losses": [], "error": ""},
    "hub_removal": {"answers": True, "remains": []},
    "cloud_orphaned_resources": {"removed": [], "remains": [], "unavailable": []},
    "magnum_unused_templates": {},
}


@pytest.fixture
def teardown(tmp_path):
    """Run role destroy with answers of the modules: `rc`, `output` and the `calls`, (title, arguments) of each."""
    library = tmp_path / "library"
    library.mkdir()
    for name in ANSWERS:
        (library / f"{name}.py").write_text(MODULE.format(folder=str(tmp_path), name=name))
    kubeconfig = tmp_path / "kube/config"

    def teardown(*arguments, answers=(), **variables):
        kubeconfig.parent.mkdir(exist_ok=True)
        kubeconfig.write_text("kubeconfig")
        (tmp_path / "calls").write_text("")
        (tmp_path / "answers.json").write_text(json.dumps(ANSWERS | dict(answers)))
        values = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "destroy_cloud": "lab",
            "destroy_name": "jupyterhub",
            "destroy_cluster": "jupyterhub",
            "destroy_kubeconfig_file": str(kubeconfig),
            "cluster_cloud": "lab",
            "cluster_kubeconfig_file": str(kubeconfig),
            "cluster_request": {"cluster": {"name": "jupyterhub"}, "family": "jupyterhub-.*"},
            "cloud_name": "lab",
            "cloud_site": "jupyterhub",
            "cloud_domain": "hub.example.org",
        }
        play = [{"hosts": "all", "gather_facts": False, "roles": ["destroy"]}]
        (tmp_path / "play.yml").write_text(json.dumps(play))
        command = [Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,", tmp_path / "play.yml"]
        command += ["-e", json.dumps(values | variables), *arguments]
        environment = os.environ | {
            "ANSIBLE_CONFIG": str(Path("ansible.cfg").resolve()),
            "ANSIBLE_LIBRARY": str(library),
            "ANSIBLE_ROLES_PATH": str(Path("roles").resolve()),
            "ANSIBLE_FILTER_PLUGINS": str(Path("plugins/filter").resolve()),
        }
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        calls = [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()]
        titled = [
            (" ".join([name, *([args["scope"]] if "scope" in args else ["check"] * checked)]), args)
            for name, checked, args in calls
        ]
        return SimpleNamespace(rc=done.returncode, output=done.stdout + done.stderr, calls=titled)

    teardown.kubeconfig, teardown.ids = kubeconfig, kubeconfig.with_name("cluster-ids.json")
    return teardown


def titles(run):
    return [title for title, _ in run.calls]


def orphaned(run, scope):
    return next(arguments for title, arguments in run.calls if title == f"cloud_orphaned_resources {scope}")


ORDER = [
    "magnum_cluster check",
    "hub_homes",
    "hub_removal",
    "magnum_cluster check",
    "cloud_orphaned_resources services",
    "magnum_cluster",
    "cloud_orphaned_resources cluster",
    "magnum_unused_templates",
    "cloud_orphaned_resources site",
]


def test_everything_is_removed_in_its_order(teardown):
    left = {"kind": "port", "name": "p", "id": "p-1", "reason": "in use"}
    similar = {"kind": "router", "name": "jupyterhub", "id": "r-1", "reason": "left alone"}
    run = teardown(
        answers={
            "cloud_orphaned_resources cluster": {"remains": [left]},
            "cloud_orphaned_resources site": {"remains": [left | {"reason": "similar"}, similar]},
        }
    )
    assert run.rc == 0, run.output
    assert titles(run) == ORDER
    for scope in ("services", "cluster"):
        assert (orphaned(run, scope)["ids"], orphaned(run, scope)["name"]) == (IDS, "jupyterhub")
    assert (orphaned(run, "cluster")["keep"], orphaned(run, "site")["keep"]) == (["homes"], ["address"])
    assert not teardown.kubeconfig.exists() and not teardown.ids.exists()
    assert "port p p-1: in use" in run.output and "router jupyterhub r-1: left alone" in run.output
    assert "p-1: similar" not in run.output, "each resource is reported once"


@pytest.mark.parametrize("variables", [{"destroy_cluster": ""}, {"destroy_homes": "yes"}], ids=str)
def test_without_confirmation_no_module_is_called(teardown, variables):
    run = teardown(**variables)
    assert run.rc != 0 and "Nothing was done" in run.output
    assert run.calls == []


def test_a_cluster_that_may_not_be_deleted_loses_nothing(teardown):
    run = teardown(answers={"magnum_cluster check": {"failed": True, "msg": "not created by openstack-hub"}})
    assert run.rc != 0
    assert titles(run) == ["magnum_cluster check"]
    assert teardown.kubeconfig.exists()


def test_a_failed_deletion_keeps_the_saved_ids_for_the_next_run(teardown):
    run = teardown(
        answers={
            "magnum_cluster": {"failed": True, "msg": "DELETE_FAILED"},
            "magnum_cluster check": ANSWERS["magnum_cluster"],
        }
    )
    assert run.rc != 0
    assert titles(run) == ORDER[:6]
    assert json.loads(teardown.ids.read_text()) == IDS
    assert teardown.ids.stat().st_mode & 0o777 == 0o600
    again = teardown(answers={"magnum_cluster": {"actions": []}})
    assert again.rc == 0, again.output
    assert orphaned(again, "cluster")["ids"] == IDS, "Magnum no longer knows the cluster"
    assert not teardown.ids.exists()


def test_homes_and_address_are_deleted_on_request_and_check_mode_deletes_no_file(teardown):
    run = teardown("--check", destroy_homes="delete all homes of jupyterhub", destroy_address=True)
    assert run.rc == 0, run.output
    assert (orphaned(run, "cluster")["keep"], orphaned(run, "site")["keep"]) == ([], [])
    assert orphaned(run, "cluster")["ids"] == IDS
    assert teardown.kubeconfig.exists() and not teardown.ids.exists()
