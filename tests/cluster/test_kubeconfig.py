"""The kubeconfig of a cluster, with a certificate that a real Magnum signs."""

import base64
import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from operator_site import ROOT, kill_all

from openstack_hub.kubernetes.placement import node_labels, node_taints

NAME = "hub"
SHOWN = ("path", "server", "ca_fingerprint", "expires")


@pytest.fixture(scope="module")
def magnum(testbed):
    return testbed.magnum()


@pytest.fixture(scope="module")
def clusters(magnum):
    """Two clusters of one name; the second represents a recreated cluster."""
    template = magnum.cluster_templates.create(
        name=NAME,
        image_id="ubuntu-kube-v1.33.4",
        external_network_id="External",
        flavor_id="l3.micro",
        master_flavor_id="m1.medium",
        coe="kubernetes",
    )
    created = [
        magnum.clusters.create(name=NAME, cluster_template_id=template.uuid, node_count=1).uuid for _ in range(2)
    ]
    yield [completed(magnum, uuid) for uuid in created]
    for uuid in created:
        magnum.clusters.delete(uuid)


def completed(magnum, uuid):
    """Wait until the cluster is complete; before, Magnum may answer with errors."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(Exception):
            cluster = magnum.clusters.get(uuid)
            if cluster.status.endswith("_COMPLETE"):
                return cluster
        time.sleep(0.2)
    raise TimeoutError(uuid)


def task(cluster, **keywords):
    """A task for the kubeconfig of CLUSTER."""
    wanted = {"cloud": "testbed", "cluster": cluster.uuid, "name": NAME, "api_address": cluster.api_address}
    return {"magnum_kubeconfig": wanted, **keywords}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "made/here/kubeconfig"


@pytest.fixture
def start(testbed, path, tmp_path):
    """Start ansible-playbook with TASKS."""
    environment = os.environ | {
        "OS_CLIENT_CONFIG_FILE": str(testbed.clouds),
        "ANSIBLE_CONFIG": "ansible.cfg",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_LIBRARY": "plugins/modules",
        "ANSIBLE_ACTION_PLUGINS": "plugins/action",
    }
    python = f"ansible_python_interpreter={sys.executable}"
    command = [Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,", "-c", "local", "-e", python]

    def start(*tasks, arguments=()):
        for each in tasks:
            each["magnum_kubeconfig"]["path"] = str(path)
        play = tmp_path / "play.json"
        play.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([*command, play, *arguments], cwd=ROOT, env=environment, **pipes)

    return start


@pytest.fixture
def run(start):
    """The results of all tasks, until one fails."""
    return lambda *tasks: results(start(*tasks))[0]


def results(process):
    """(results of all tasks, everything that was shown)"""
    output, errors = process.communicate()
    tasks = json.loads(output[output.index("{\n") :])["plays"][0]["tasks"]
    return [task["hosts"]["localhost"] for task in tasks], output + errors


def parts(path):
    """The encoded parts of a kubeconfig: CA, certificate, key."""
    config = yaml.safe_load(path.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    return cluster["certificate-authority-data"], user["client-certificate-data"], user["client-key-data"]


def assert_serves(path):
    """OpenSSL confirms that CA, certificate and key belong together."""
    files = [str(path.with_name(f"check.{kind}")) for kind in ("ca", "certificate", "key")]
    for file, text in zip(files, parts(path), strict=True):
        Path(file).write_bytes(base64.b64decode(text))
    ca, certificate, key = files

    def openssl(*command):
        return subprocess.run(["openssl", *command], capture_output=True, text=True, check=True).stdout.strip()

    assert openssl("verify", "-purpose", "sslclient", "-CAfile", ca, certificate).endswith(": OK")
    assert openssl("x509", "-in", certificate, "-noout", "-pubkey") == openssl("pkey", "-in", key, "-pubout")
    subject = openssl("x509", "-in", certificate, "-noout", "-subject", "-nameopt", "RFC2253")
    assert subject == "subject=O=system:masters,CN=admin"


def actions(results):
    return [result["actions"] for result in results]


def new(path, reason="it does not exist"):
    return [f"write {path} with a new key ({reason})"]


def test_a_kubeconfig_is_written_once_as_predicted_and_shows_no_secret(testbed, clusters, start, path):
    began = time.time()
    arguments = ["--diff", "-vvv"]
    tasks = [task(clusters[0], check_mode=True), task(clusters[0]), task(clusters[0])]
    (predicted, created, again), output = results(start(*tasks, arguments=arguments))
    assert actions([predicted, created, again]) == [new(path), new(path), []]
    assert [predicted["changed"], created["changed"], again["changed"]] == [True, True, False]
    assert [(call["method"], call["status"]) for call in testbed.calls(began) if call["service"] == "magnum"] == [
        ("GET", 200),  # predicted
        ("GET", 200),
        ("POST", 201),
        ("GET", 200),  # again
    ]
    assert_serves(path)
    assert [entry.stat().st_mode & 0o777 for entry in (path, path.parent, path.parent.parent)] == [0o600, 0o700, 0o700]
    assert [again[key] for key in SHOWN] == [created[key] for key in SHOWN]
    assert created["server"] == clusters[0].api_address
    assert created["diff"]["after"].splitlines() == [f"{key}: {created[key]}" for key in SHOWN[1:]]
    secrets = [parts(path)[2], *json.loads((testbed.folder / "passwords.json").read_text()).values(), "PRIVATE KEY"]
    assert not [secret for secret in secrets if secret in output]


def test_a_recreated_cluster_and_a_rotated_ca_renew_the_kubeconfig(magnum, clusters, run, path):
    run(task(clusters[0]))
    one, two = (cluster.api_address for cluster in clusters)
    moved = new(path, f"the cluster's API is at {two} now, not {one}; the cluster's CA has changed")
    assert actions(run(task(clusters[1], check_mode=True), task(clusters[1]))) == [moved, moved]
    assert_serves(path)
    magnum.certificates.rotate_ca(cluster_uuid=clusters[1].uuid)
    completed(magnum, clusters[1].uuid)
    result = actions(run(task(clusters[1]), task(clusters[1])))
    assert result == [new(path, "the cluster's CA has changed"), []]
    assert_serves(path)


def test_a_file_that_others_can_read_is_closed(clusters, run, path):
    run(task(clusters[0]))
    before = path.read_bytes()
    path.chmod(0o644)
    result = actions(run(task(clusters[0], check_mode=True), task(clusters[0]), task(clusters[0])))
    assert result == [[f"make {path} unreadable for others (mode 0644, now 0600)"]] * 2 + [[]]
    assert (path.stat().st_mode & 0o777, path.read_bytes()) == (0o600, before)


@pytest.mark.parametrize("text", ["clusters: [{name: mine, cluster: {}}]\nusers: []\ncontexts: []\n", "s3cret: {"])
def test_a_foreign_file_is_kept(clusters, start, path, text):
    path.parent.mkdir(parents=True)
    path.write_text(text)
    (result,), output = results(start(task(clusters[0])))
    assert result["failed"]
    assert result["msg"].startswith(f"{path} was not written here for cluster hub: it ")
    assert result["msg"].endswith("Move it away, and run again")
    assert path.read_text() == text
    assert "s3cret" not in output


@pytest.mark.slow
def test_a_symlink_is_kept(clusters, run, path, tmp_path):
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / "elsewhere")
    run(task(clusters[0]))
    assert path.is_symlink()
    assert_serves(path)
    assert (tmp_path / "elsewhere").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
@pytest.mark.parametrize("answer", [503, "close", "lost"])
def test_three_failed_answers_are_retried(testbed, clusters, run, path, answer):
    with testbed.fault(service="magnum", path="certificates", count=3, answer=answer):
        (result,) = run(task(clusters[0]))
    assert result["actions"] == new(path), result.get("msg")
    assert_serves(path)


@pytest.mark.slow
def test_concurrent_runs_write_one_complete_file(clusters, start, run, path):
    result = [results(process)[0][0] for process in [start(task(clusters[0])) for _ in range(3)]]
    assert not any(each.get("failed") for each in result), result
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert_serves(path)
    assert actions(run(task(clusters[0]))) == [[]]


@pytest.mark.slow
def test_a_run_killed_while_magnum_signs_leaves_no_file(testbed, clusters, start, run, path):
    with testbed.fault(service="magnum", path="certificates", method="POST", delay=20):
        process, began = start(task(clusters[0])), time.time()
        while not [call for call in testbed.calls(began) if call["service"] == "magnum"]:
            time.sleep(0.05)
        kill_all(process)
        process.communicate()
    assert not path.exists()
    assert actions(run(task(clusters[0]))) == [new(path)]
    assert_serves(path)


def test_a_missing_cluster_is_an_error(clusters, run, path):
    wanted = task(clusters[0])
    wanted["magnum_kubeconfig"]["cluster"] = unknown = "00000000-0000-4000-8000-000000000000"
    (result,) = run(wanted)
    assert result["failed"]
    assert unknown in result["msg"]
    assert not path.exists()


def test_an_existing_kubeconfig_is_checked_and_not_changed(testbed, clusters, run, path):
    (created,) = run(task(clusters[0]))
    path.chmod(0o640)
    began, before = time.time(), path.read_bytes()
    (result,) = run({"magnum_kubeconfig": {}})
    assert not result["changed"]
    assert result["warnings"] == [f"cluster_kubeconfig: others can read {path} (mode 0640): chmod 600 {path}"]
    assert [result[key] for key in SHOWN] == [created[key] for key in SHOWN]
    assert (path.read_bytes(), path.stat().st_mode & 0o777, testbed.calls(began)) == (before, 0o640, [])


def test_an_existing_kubeconfig_that_cannot_be_used_is_an_error(run, path):
    (result,) = run({"magnum_kubeconfig": {}})
    assert result["msg"] == f"cluster_kubeconfig: there is no file {path} on the controller: correct the path"
    path.parent.mkdir(parents=True)
    path.write_text("clusters: []\nusers: []\ncontexts: []\n")
    (result,) = run({"magnum_kubeconfig": {}})
    assert result["msg"].startswith(f"cluster_kubeconfig: {path} cannot be used: it has no current context: choose one")


def test_magnum_accepts_labels_and_taints_of_a_node_group(magnum, clusters):
    group = {"name": "gpu", "gpus": 1, "labels": {"example.org/use": "teaching"}}
    requested = {"node_labels": node_labels(group), "node_taints": node_taints(group, 1)}
    created = magnum.nodegroups.create(clusters[0].uuid, name="gpu", flavor_id="g-a4000", node_count=0, **requested)
    assert {"node_labels": created.node_labels, "node_taints": created.node_taints} == requested
