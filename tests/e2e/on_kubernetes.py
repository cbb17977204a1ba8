"""Platform `kubernetes` as the tests need it: the hub runs in a cluster, Apache on the hub's machine."""

import contextlib
import json
import subprocess
import sys

import deployment

FIRST_STEP, LAST_STEP = "A machine is being added for you", "JupyterLab is starting"
VERIFIED = "28 checks are ok, 7 were skipped"  # of GPUs, which are not for the account of verify
# What an operator restarts, and whether an open page notices nothing
RESTARTS = {"hub": True, "reload apache2": True, "restart apache2": False, "proxy": False}
SLOW = set()
KUBECONFIG = deployment.ROOT / deployment.INVENTORY / ".kube/config"
NAMESPACE = "jupyterhub"
GPU = "nvidia.com/gpu"


def kubectl(*arguments, timeout=60, check=True):
    """Output of kubectl in the hub's namespace."""
    command = [str(deployment.STATE / "bin/kubectl"), "--kubeconfig", str(KUBECONFIG), "--namespace", NAMESPACE]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=timeout, check=False)
    assert not check or done.returncode == 0, f"{arguments}: exit status {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


def get(*arguments):
    return json.loads(kubectl("get", *arguments, "--output", "json"))


def is_up():
    replicas = "jsonpath={.items[*].status.readyReplicas}"
    ready = kubectl("get", "deployment", "hub", "proxy", "--output", replicas, check=False)
    return ready.split() == ["1", "1"] and deployment.on_hub("systemctl is-active apache2", check=False) == "active"


def account(name):
    """Whose programs those of NAME are."""
    return "jovyan"


def has_account(name):
    return f"claim-{name}" in kubectl("get", "persistentvolumeclaims", "--output", "name")


def forget_home(name):
    """As on the first day."""
    kubectl("delete", "persistentvolumeclaim", f"claim-{name}", "--ignore-not-found")


def server(name):
    """Which server of NAME runs: another text after a restart, empty when there is none."""
    return kubectl("get", "pod", f"jupyter-{name}", "--ignore-not-found", "--output", "jsonpath={.metadata.uid}")


def restart(what):
    if what in ("hub", "proxy"):
        kubectl("delete", "pod", "--selector", f"component={what}")
        kubectl("rollout", "status", f"deployment/{what}", "--timeout", "60s", timeout=90)
    else:
        deployment.on_hub(f"systemctl {what}")


@contextlib.contextmanager
def starts_are_held():
    """No node takes a pod meanwhile, as when all are full."""
    names = kubectl("get", "nodes", "--output", "name").split()
    kubectl("cordon", *names)
    try:
        yield
    finally:
        still = kubectl("get", "nodes", "--output", "name").split()  # one may have gone for good
        kubectl("uncordon", *(name for name in names if name in still))


def model():
    """What the hub was given."""
    values = subprocess.run(
        [
            str(deployment.STATE / "bin/helm"),
            "get",
            "values",
            "jupyterhub",
            "--namespace",
            NAMESPACE,
            "--output",
            "json",
        ],
        env={**deployment.ENVIRONMENT, "KUBECONFIG": str(KUBECONFIG)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return json.dumps(json.loads(values)["custom"]["hubkit"])


@contextlib.contextmanager
def api_is_away():
    """The cluster's control plane stands still."""
    containers = deployment.podman("ps", "--format", "{{.Names}}").stdout.split()
    nodes = kubectl("get", "nodes", "--output", "jsonpath={.items[*].metadata.name}").split()
    of_a_node = [(name, node) for name in containers for node in nodes if name.endswith(f".{node}")]
    control = of_a_node[0][0].removesuffix(of_a_node[0][1]) + "control"
    assert control in containers
    deployment.podman("pause", control)
    try:
        yield
    finally:
        deployment.podman("unpause", control)


def connect(container):
    """Plug CONTAINER, which was started again, into the network of the cluster."""
    attach = [sys.executable, str(deployment.ROOT / "testbed/kubernetes"), "attach"]
    subprocess.run(
        [*attach, deployment.GIVEN["testbed_name"], container],
        env=deployment.ENVIRONMENT,
        check=True,
    )


def gpu_nodes():
    """Names of the machines with GPUs."""
    return {node["metadata"]["name"] for node in get("nodes")["items"] if GPU in node["status"]["allocatable"]}


def judged(name):
    """Whether the scheduler has said where the server of NAME runs, or that it can run nowhere."""
    found = kubectl("get", "pod", f"jupyter-{name}", "--ignore-not-found", "--output", "json")
    return found and any(c["type"] == "PodScheduled" for c in json.loads(found)["status"].get("conditions", []))


def culler_log():
    return kubectl("logs", "deployment/hub", "--container", "hub")
