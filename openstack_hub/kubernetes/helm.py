"""Calls Helm: one at a time, bounded, without a file of the values."""

import contextlib
import fcntl
import hashlib
import json
import re
import socket
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

import yaml

LOOK = 2  # seconds between two looks at the pods of hooks
HISTORY = 5  # revisions that are kept; each holds the chart and all values
SENTENCES = (  # what Helm says, and what there is to do
    (
        r"chart requires kubeVersion: (?P<wanted>\S+) which is incompatible with Kubernetes (?P<found>\S+)",
        "the chart needs Kubernetes {wanted}, the cluster has {found}: upgrade it (cluster_kubernetes_version), or "
        "take an earlier chart (hub_chart_version)",
    ),
    (
        r"chart \"jupyterhub\" version \"(?P<version>[^\"]*)\" not found in (?P<where>\S+)",
        "hub_chart_version: {where} has no version {version}",
    ),
    (
        r"looks like \"(?P<where>[^\"]*)\" is not a valid chart repository or cannot be reached: (?P<why>.*)",
        "{where} cannot be reached: {why}. Fetch the chart elsewhere (helm pull jupyterhub --repo {where}) and write "
        "the path of the file into hub_chart_path",
    ),
    (
        r"values don't meet the specifications of the schema\(s\)[^\n]*\n(?P<why>(?s:.*))",
        "the chart does not take the values, so look at hub_values_overrides: {why}",
    ),
)


class Impossible(Exception):
    """What cannot be done, in a sentence."""


class Busy(Exception):
    """Who else is at work, in words."""


def machine():
    """This machine as the value of a label: many machines are called "localhost"."""
    own = Path("/etc/machine-id")
    number = hashlib.sha256(own.read_bytes()).hexdigest()[:8] if own.exists() else ""
    return label(f"{socket.gethostname()[:50]}-{number}")


@contextlib.contextmanager
def lock(kubeconfig, wait):
    """The file descriptor of a lock on KUBECONFIG, which Helm inherits. Busy after WAIT seconds; 0 takes none."""
    with Path(kubeconfig).open("rb") as file:
        end = time.monotonic() + wait
        while wait:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise Busy("another run on this machine is at work with this cluster") from None
                time.sleep(1)
        yield file.fileno()


def label(text):
    """TEXT as the value of a label."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text)[:63].strip("-") or "unknown"


def chart(path, version):
    """NAME-VERSION of the chart at PATH, a package or a folder; without a path that of the repository's."""
    if not path:
        return f"jupyterhub-{version}"
    try:
        if Path(path).is_dir():
            text = Path(path, "Chart.yaml").read_text()
        else:
            with tarfile.open(path) as package:
                names = [name for name in package.getnames() if re.fullmatch(r"[^/]+/Chart\.yaml", name)]
                text = package.extractfile(names[0]).read()
        return "{name}-{version}".format(**yaml.safe_load(text))
    except (OSError, LookupError, tarfile.TarError, yaml.YAMLError) as error:
        raise Impossible(f"hub_chart_path: {path} is no packaged chart: {error}") from error


def digest(path):
    """What tells one chart at PATH from another of the same version, as the value of a label."""
    if not path:
        return "repository"  # where a version stays what it is
    files = sorted(file for file in Path(path).rglob("*") if file.is_file()) or [Path(path)]
    told = hashlib.sha256()
    for file in files:
        told.update(f"{file.relative_to(path)}\0".encode() + file.read_bytes())
    return told.hexdigest()[:16]


def arguments(params, labels):
    """Helm's arguments. None is secret, as all users of the machine can see them."""
    source = [params["chart_path"]]
    if not params["chart_path"]:
        source = ["jupyterhub", "--repo", params["repository"], "--version", params["chart_version"]]
    labels = [f"{name}={value}" for name, value in labels.items()]
    return [
        *(params["helm"], "upgrade", "--install", params["name"], *source),
        *("--namespace", params["namespace"], "--values", "-", "--timeout", f"{params['timeout']}s"),
        *("--history-max", str(HISTORY), "--labels", ",".join(labels), "--kubeconfig", params["kubeconfig"]),
    ]


def upgrade(params, labels, lock, lasting):
    """Install or upgrade; returns "" or what went wrong. labels: of the record; lasting(): what no waiting mends,
    which ends Helm."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as values:  # neither has a name
        values.write(json.dumps(params["values"]).encode())
        values.seek(0)
        helm = subprocess.Popen(
            arguments(params, labels), stdin=values, stdout=subprocess.DEVNULL, stderr=said, pass_fds=[lock]
        )
        why, end = [], time.monotonic() + params["timeout"] + 60
        while helm.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                helm.wait(LOOK)
                break
            why = why or lasting()
            if why or time.monotonic() > end:
                helm.terminate()  # records that it failed
                with contextlib.suppress(subprocess.TimeoutExpired):
                    helm.wait(30)
                helm.kill()
        said.seek(0)
        text = said.read().decode(errors="replace")
    if why:
        return f"a hook cannot end well: {why[0]}"
    return sentence(text) if helm.returncode else ""


def sentence(text):
    """What Helm's words mean."""
    for pattern, meaning in SENTENCES:
        if found := re.search(pattern, text):
            return meaning.format(**{key: value.strip() for key, value in found.groupdict().items()})
    told = [line for line in text.strip().splitlines() if not line.startswith(("WARNING", "level=", "W", "I"))]
    return " ".join(told[-3:]).removeprefix("Error: ") or "it gives no reason"
