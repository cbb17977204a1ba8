"""Platform `kubernetes` for the tests: the hub runs in a cluster, Apache on the hub's machine."""

import base64
import contextlib
import json
import re
import subprocess
import sys

import deployment
import yaml

FIRST_STEP, LAST_STEP = "Adding a node for you", "JupyterLab is starting"
VERIFIED = "28 checks passed, 7 skipped"  # the profile with GPUs is not available to the account of verify
# What an operator restarts, and whether an open page shows no error. The hub restores the proxy's routes when it
# starts, and then at intervals: the proxy restarts shortly after it, so that a long interval shows.
RESTARTS = {"hub": True, "proxy": False, "reload apache2": True, "restart apache2": False}
HUB = "hub"
SLOW = set()
KUBECONFIG = deployment.ROOT / deployment.INVENTORY / ".kube/config"
NAMESPACE = "jupyterhub"
GPU = "nvidia.com/gpu"
KUBECTL = [str(deployment.STATE / "bin/kubectl"), "--kubeconfig", str(KUBECONFIG), "--namespace", NAMESPACE]
HUB_PYTHON = [*KUBECTL, "exec", "--stdin", "deployment/hub", "--container", "hub", "--", "python3", "-"]
HUB_STATE, SECRETS = "/srv/jupyterhub", "/etc/openstack-hub/secrets/secrets.json"


def kubectl(*arguments, timeout=60, check=True, stdin=None):
    """Output of kubectl, by default in the hub's namespace."""
    done = subprocess.run(
        [*KUBECTL, *arguments], input=stdin, capture_output=True, text=True, timeout=timeout, check=False
    )
    assert not check or done.returncode == 0, f"{arguments}: exit status {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


def get(*arguments):
    return json.loads(kubectl("get", *arguments, "--output", "json"))


def is_up():
    replicas = "jsonpath={.items[*].status.readyReplicas}"
    ready = kubectl("get", "deployment", "hub", "proxy", "--output", replicas, check=False)
    return ready.split() == ["1", "1"] and deployment.on_hub("systemctl is-active apache2", check=False) == "active"


def account(name):
    """The account that runs NAME's programs."""
    return "jovyan"


def has_account(name):
    return f"claim-{name}" in kubectl("get", "persistentvolumeclaims", "--output", "name")


def empty_home(name):
    """Delete the home of NAME."""
    kubectl("delete", "persistentvolumeclaim", f"claim-{name}", "--ignore-not-found")


def server(name):
    """Identifies the running server of NAME: another text after a restart, empty for none."""
    return kubectl("get", "pod", f"jupyter-{name}", "--ignore-not-found", "--output", "jsonpath={.metadata.uid}")


def restart(what):
    if what in ("hub", "proxy"):
        kubectl("delete", "pod", "--selector", f"component={what}")
        kubectl("rollout", "status", f"deployment/{what}", "--timeout", "60s", timeout=90)
    else:
        deployment.on_hub(f"systemctl {what}")


@contextlib.contextmanager
def starts_blocked():
    """Prevent the scheduling of pods, as when all nodes are full."""
    names = kubectl("get", "nodes", "--output", "name").split()
    kubectl("cordon", *names)
    try:
        yield
    finally:
        existing = kubectl("get", "nodes", "--output", "name").split()  # one may have been removed
        kubectl("uncordon", *(name for name in names if name in existing))


def values():
    """The values of the release, as text."""
    command = [str(deployment.STATE / "bin/helm"), "get", "values", "jupyterhub"]
    return subprocess.run(
        [*command, "--namespace", NAMESPACE, "--output", "json"],
        env={**deployment.ENVIRONMENT, "KUBECONFIG": str(KUBECONFIG)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def model():
    """The hub's model, as text."""
    return json.dumps(json.loads(values())["custom"]["hubkit"])


def node_containers():
    """{name of a node: its podman container}"""
    containers = deployment.podman("ps", "--format", "{{.Names}}").stdout.split()
    nodes = kubectl("get", "nodes", "--output", "jsonpath={.items[*].metadata.name}").split()
    return {node: name for name in containers for node in nodes if name.endswith(f".{node}")}


@contextlib.contextmanager
def api_is_down():
    """The cluster's control plane is paused."""
    node, container = next(iter(node_containers().items()))
    control = container.removesuffix(node) + "control"
    deployment.podman("pause", control)
    try:
        yield
    finally:
        deployment.podman("unpause", control)


def connect(container):
    """Connect CONTAINER, which was restarted, to the network of the cluster."""
    attach = [sys.executable, str(deployment.ROOT / "testbed/kubernetes"), "attach"]
    subprocess.run(
        [*attach, deployment.GIVEN["testbed_name"], container],
        env=deployment.ENVIRONMENT,
        check=True,
    )


def gpu_nodes():
    """Names of the nodes with GPUs."""
    return {node["metadata"]["name"] for node in get("nodes")["items"] if GPU in node["status"]["allocatable"]}


def scheduler_has_decided(name):
    """Whether the server of NAME is scheduled, or reported as unschedulable."""
    pod = kubectl("get", "pod", f"jupyter-{name}", "--ignore-not-found", "--output", "json")
    return pod and any(c["type"] == "PodScheduled" for c in json.loads(pod)["status"].get("conditions", []))


def hub_log():
    """Since the hub's start; also the culler's."""
    return kubectl("logs", "deployment/hub", "--container", "hub")


culler_log = hub_log


def seconds_to_stop(name):
    """How long the last stop of NAME's server took, by the hub's log."""
    return float(re.findall(rf"User {name} server took ([\d.]+) seconds to stop", hub_log())[-1])


# -- secrets ----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def debugging(control):
    """Yields variables with which pods log all that they can, and the hub's has CONTROL in its environment."""
    demo = deployment.ROOT / "inventories/demo-cloud/group_vars/all/jupyterhub.yml"
    overrides = yaml.safe_load(demo.read_text())["hub_values_overrides"]
    overrides["hub"].setdefault("extraEnv", {})["CONTROL"] = control
    yield {"hub_values_overrides": overrides | {"debug": {"enabled": True}}}


def secret(name):
    """{key: text} of a Secret."""
    data = get("secret", name)["data"]
    return {key: base64.b64decode(value).decode(errors="replace") for key, value in data.items()}


def own_secrets():
    """{name: secret} of the service, as they are in the cluster."""
    return json.loads(secret("openstack-hub")["secrets.json"])


def server_secrets(name):
    """{name: secret} in the environment of NAME's server."""
    lines = kubectl("exec", f"jupyter-{name}", "--container", "notebook", "--", "env").splitlines()
    return {key: value for key, _, value in (line.partition("=") for line in lines) if key.endswith("TOKEN")}


def other_secrets():
    """{name: secret} that only this platform has: the chart's own, and those of cluster and cloud."""
    found = {f"{key} of the chart": value for key, value in secret("hub").items() if key.startswith("hub.")}
    (user,) = yaml.safe_load(KUBECONFIG.read_text())["users"]
    key = user["user"]["client-key-data"]
    found |= {"key of the kubeconfig": key, "a line of it": base64.b64decode(key).decode().splitlines()[2]}
    clouds = yaml.safe_load((deployment.STATE / "openstack/clouds.yaml").read_text())["clouds"]
    for cloud, settings in clouds.items():
        auth = settings["auth"].items()
        found |= {f"{key} of cloud {cloud}": text for key, text in auth if key.endswith(("password", "secret"))}
    return found


def logs():
    """{place: text} of what pods log and what happens to them."""
    pods = kubectl("get", "pods", "--output", "name").split()
    found = {pod: kubectl("logs", pod, "--all-containers", check=False) for pod in pods}
    return found | {"events": kubectl("get", "events", "--output", "json")}


def objects():
    """{place: text} of the objects that are no Secrets. A user's pod has the token of its server."""
    kinds = "configmaps,deployments,statefulsets,services,persistentvolumeclaims,networkpolicies,roles"
    pods = kubectl("get", "pods", "--selector", "component!=singleuser-server", "--output", "json")
    return {"objects": kubectl("get", kinds, "--output", "json"), "pods": pods, "values of the chart": values()}
