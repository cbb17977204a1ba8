"""A Kubernetes cluster for the tests of a session, as fixtures: TEST_KUBECONFIG's, or one of the session's own."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = ROOT / "testbed/kubernetes"
sys.path.insert(0, str(COMMAND))

from kubernetes_testbed import build, images, places  # noqa: E402
from kubernetes_testbed.cluster import Cluster  # noqa: E402
from kubernetes_testbed.network import Network  # noqa: E402

USER = images.NAMES["user"]


class Kubernetes:
    """A running cluster: its kubeconfig, kubectl on it, and, where it is the session's own, `cluster` (a Cluster)."""

    def __init__(self, kubeconfig, programs, cluster=None):
        self.kubeconfig = Path(kubeconfig)
        self.environment = os.environ | {"KUBECONFIG": str(kubeconfig), "PATH": f"{programs}:{os.environ['PATH']}"}
        self.cluster = cluster

    def kubectl(self, *words, text=None, check=True):
        """Output of kubectl; TEXT is its input. Without CHECK also that of a failure, with its errors."""
        done = subprocess.run(
            ["kubectl", *words], input=text, capture_output=True, text=True, env=self.environment, check=False
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout if check else done.stdout + done.stderr

    def apply(self, *manifests):
        """Create or change objects; manifests are dicts."""
        items = {"apiVersion": "v1", "kind": "List", "items": manifests}
        return self.kubectl("apply", "-f", "-", text=json.dumps(items))

    def get(self, *words):
        """The output of `kubectl get`, as data."""
        return json.loads(self.kubectl("get", "-o", "json", *words))

    def wait(self, *words, seconds=60):
        """Wait for a condition with `kubectl wait`."""
        return self.kubectl("wait", f"--timeout={seconds}s", *words)

    def python(self, namespace, pod, code):
        """Output of a Python program in a pod."""
        return self.kubectl("exec", "-n", namespace, pod, "--", "python3", "-c", code).strip()


def unmet_requirement():
    """Why there can be no cluster on this machine, as a message; None if there can."""
    if os.environ.get("TEST_KUBECONFIG"):
        return None
    if os.geteuid() != 0:
        return "clusters of the testbed need root; or name another cluster in TEST_KUBECONFIG"
    missing = [program for program in ("podman", "go") if not shutil.which(program)]
    return (
        f"clusters of the testbed need {' and '.join(missing)}; or name another cluster in TEST_KUBECONFIG"
        if missing
        else None
    )


def command(*words, check=True):
    """Output of the testbed's command line."""
    line = [sys.executable, COMMAND, *words]
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert not check or done.returncode == 0, done.stdout
    return done.stdout


def remove_orphaned():
    """Remove the clusters of killed sessions: each is named after the process of its session."""
    for folder in (places.state() / "networks").glob("test-[0-9]*"):
        if not Path(f"/proc/{folder.name.split('-')[1]}").exists():
            command("stop", "--name", folder.name)


def wait_for(condition, seconds=30):
    """Wait until CONDITION returns a true value, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.1)
    return found


@pytest.fixture(scope="session")
def built():
    """Binaries and images of clusters; building them takes some minutes the first time."""
    if reason := unmet_requirement():
        pytest.fail(reason)
    return build.ensure()


@pytest.fixture(scope="session")
def kubernetes(built):
    """The session's cluster, or TEST_KUBECONFIG's: nodes worker-1 and gpu-1, load balancers, heartbeats."""
    if given := os.environ.get("TEST_KUBECONFIG"):
        yield Kubernetes(given, built.bin)
        return
    remove_orphaned()
    name = f"test-{os.getpid()}"
    try:
        command("start", "--name", name, "--gpu")
        cluster = Cluster(name, Network(name))
        yield Kubernetes(cluster.folder / "kubeconfig", built.bin, cluster)
    finally:
        command("stop", "--name", name)


@pytest.fixture
def cluster(kubernetes):
    """The Cluster itself, for tests that change its nodes."""
    return kubernetes.cluster or pytest.skip("the cluster is TEST_KUBECONFIG's: its nodes must not be changed")


@pytest.fixture
def namespace(kubernetes):
    """A new namespace for one test, which is deleted afterwards."""
    name = f"test-{time.time_ns()}"
    kubernetes.kubectl("create", "namespace", name)
    wait_for(lambda: "default" in kubernetes.kubectl("get", "-n", name, "serviceaccounts"))
    yield name
    kubernetes.kubectl("delete", "namespace", name, "--wait=false")


def pod(name, command, *, labels=None, limits=None, volumes=None, **spec):
    """A pod that runs a shell command in the users' image; VOLUMES is {mount path: claim}."""
    container = {
        "name": "main",
        "image": USER,
        "imagePullPolicy": "Never",
        "command": ["/bin/sh", "-c", command],
        "resources": {"limits": limits or {}, "requests": limits or {}},
        "volumeMounts": [{"name": claim, "mountPath": path} for path, claim in (volumes or {}).items()],
    }
    claims = [{"name": each, "persistentVolumeClaim": {"claimName": each}} for each in (volumes or {}).values()]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {"app": name}},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "containers": [container],
            "volumes": claims,
            **spec,
        },
    }


def service(name, app, port, **spec):
    """A Service of the pods labelled app=APP."""
    ports = [{"port": port, "targetPort": port}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": app}, "ports": ports, **spec},
    }
