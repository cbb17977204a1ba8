"""What a run needs besides right variables: Helm, and a cluster that exists."""

import shutil
import subprocess
from pathlib import Path

from openstack_hub.kubernetes import programs
from openstack_hub.platforms import PLATFORMS
from openstack_hub.schema import specification
from openstack_hub.validation import check
from openstack_hub.validation.problems import Problem


def prerequisite_problems(folder, given):
    """[Problem] of what the variables GIVEN of the site FOLDER need on a platform with a cluster."""
    v, _ = check.check(given)
    entry = PLATFORMS.get(v["hub_platform"])
    if not entry or not entry.has_cluster:
        return []
    return [_problem(sentence) for sentence in (*helm_sentences(v), *cluster_sentences(v, folder))]


def helm_sentences(v):
    if v.is_valid("hub_helm"):
        path, version = helm_version(v["hub_helm"])
        yield from filter(None, [programs.helm_problem(v["hub_helm"], path, version)])


def cluster_sentences(v, folder):
    """Sentences about the cluster, if it exists."""
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
