"""What a run needs besides right variables: Helm, the chart, an existing cluster, requirements files, free ports."""

import shutil
import subprocess
from pathlib import Path

from openstack_hub.kubernetes import programs
from openstack_hub.locks import lock_problems
from openstack_hub.platforms import PLATFORMS
from openstack_hub.schema import specification
from openstack_hub.validation import check
from openstack_hub.validation.problems import Problem

# Variables of roles that a site may set, and that name files.
REQUIREMENTS = tuple(f"hub_systemd_{part}_requirements" for part in ("hub", "user", "proxy"))
HTTP_PORT = 80  # web_http_port, from which Apache redirects


def prerequisite_problems(folder, given, role_values, shipped):
    """[Problem] of the variables GIVEN in the site FOLDER. role_values: variables of roles that the
    site sets. shipped: an example, which needs no Helm."""
    v, _ = check.check(given)
    entry = PLATFORMS.get(v["hub_platform"])
    problems = list(_requirements(v, role_values))
    if v["hub_port"] == role_values.get("web_http_port", HTTP_PORT):
        text = f"{v['hub_port']} is the port from which Apache redirects to https: choose another, such as 443"
        problems.append(Problem(("hub_port",), text))
    if entry and entry.has_cluster and not shipped:  # the role checks it again
        problems += map(_problem, cluster_sentences(v, folder))
    return problems


def _requirements(v, role_values):
    """Problems of requirements files that the site sets; those of the product have tests."""
    for name in (name for name in REQUIREMENTS if name in role_values):
        path = Path(str(role_values[name])).expanduser()
        if not path.is_file():
            yield Problem((name,), f"{path} does not exist on the controller: create the file")
            continue
        for sentence in lock_problems(path.read_text(errors="replace"), str(path), v["hub_accepted_advisories"] or {}):
            yield Problem((name,), sentence)


def cluster_sentences(v, folder):
    """Sentences about Helm, the chart and, where it exists, the cluster."""
    if v.is_valid("hub_helm"):
        path, version = helm_version(v["hub_helm"])
        yield from filter(None, [programs.helm_problem(v["hub_helm"], path, version)])
    yield from filter(None, [programs.chart_problem(v["hub_chart_path"])])
    kubeconfig = Path(v["cluster_kubeconfig"] or folder / ".kube/config").expanduser()
    if v.is_valid("cluster_kubeconfig", "hub_home", "hub_namespace", "cluster_node_minutes") and kubeconfig.is_file():
        from openstack_hub.kubernetes import preflight  # slow to import

        settings = (v["hub_namespace"], v["hub_home"]["storage_class"], v["cluster_node_minutes"] * 60, True)
        try:
            _, problems = preflight.check_cluster(str(kubeconfig), *settings)
        except Exception as error:  # the client has a type of error for each kind of wrong file
            what = f"{kubeconfig} is not a usable kubeconfig ({type(error).__name__})"
            problems = [f"{what}: write the path of an administrator's kubeconfig"]
        yield from problems


def helm_version(helm):
    """(path of the program HELM or None, what it prints as its version)."""
    path = shutil.which(Path(helm).expanduser())
    if not path:
        return None, ""
    try:
        ran = subprocess.run(
            [path, "version", "--template", "{{.Version}}"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return path, f"{type(error).__name__}"
    return path, ran.stdout or ran.stderr


def _problem(sentence):
    """The Problem of a SENTENCE that begins with the name of a variable, or is about the cluster."""
    name, _, text = sentence.partition(": ")
    path = tuple(name.split("."))
    return Problem(path, text) if path[0] in specification.variables() else Problem(("cluster_kubeconfig",), sentence)
