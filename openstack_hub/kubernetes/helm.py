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

POLL = 2  # seconds between two checks of the pods of hooks
GRACE = 60  # seconds beyond its own timeout that Helm may take
TERMINATION = 30  # seconds that Helm may take to record that it failed
HISTORY = 5  # revisions to keep; each holds the chart and all values
MEANINGS = (  # of what Helm prints
    (
        r"chart requires kubeVersion: (?P<required>\S+) which is incompatible with Kubernetes (?P<version>\S+)",
        "the chart needs Kubernetes {required}, the cluster has {version}: upgrade it (cluster_kubernetes_version), or "
        "use an earlier chart (hub_chart_version)",
    ),
    (
        r"chart \"jupyterhub\" version \"(?P<version>[^\"]*)\" not found in (?P<repository>\S+)",
        "hub_chart_version: {repository} has no version {version}",
    ),
    (
        r"looks like \"(?P<repository>[^\"]*)\" is not a valid chart repository or cannot be reached: (?P<reason>.*)",
        "{repository} cannot be reached: {reason}. Fetch the chart elsewhere (helm pull jupyterhub --repo {repository})"
        " and write the path of the file into hub_chart_path",
    ),
    (
        r"values don't meet the specifications of the schema\(s\)[^\n]*\n(?P<reason>(?s:.*))",
        "the chart does not accept the values, so check hub_values_overrides: {reason}",
    ),
)


class Impossible(Exception):
    """A setting that cannot be used, in a sentence."""


class Busy(Exception):
    """Another run is using the release; the text says which."""


def machine():
    """This machine as the value of a label. Its ID is part of it: many machines are called "localhost"."""
    file = Path("/etc/machine-id")
    number = hashlib.sha256(file.read_bytes()).hexdigest()[:8] if file.exists() else ""
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
                    raise Busy("another run on this machine is using this cluster") from None
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
    """What distinguishes the chart at PATH from another file of the same version, as the value of a label."""
    if not path:
        return "repository"  # which never changes a version
    files = sorted(file for file in Path(path).rglob("*") if file.is_file()) or [Path(path)]
    checksum = hashlib.sha256()
    for file in files:
        checksum.update(f"{file.relative_to(path)}\0".encode() + file.read_bytes())
    return checksum.hexdigest()[:16]


def arguments(params, labels):
    """Helm's arguments. None may be secret: all users of the machine can see them."""
    source = [params["chart_path"]]
    if not params["chart_path"]:
        source = ["jupyterhub", "--repo", params["repository"], "--version", params["chart_version"]]
    labels = [f"{name}={value}" for name, value in labels.items()]
    return [
        *(params["helm"], "upgrade", "--install", params["name"], *source),
        *("--namespace", params["namespace"], "--values", "-", "--timeout", f"{params['timeout']}s"),
        *("--history-max", str(HISTORY), "--labels", ",".join(labels), "--kubeconfig", params["kubeconfig"]),
    ]


def upgrade(params, labels, lock, lasting_problems):
    """Install or upgrade; returns "" or why that failed.

    labels: of Helm's record. lock: file descriptor that Helm inherits. lasting_problems(): sentences about hooks for
    which waiting does not help; they end Helm.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as values:  # neither has a name
        values.write(json.dumps(params["values"]).encode())
        values.seek(0)
        helm = subprocess.Popen(
            arguments(params, labels), stdin=values, stdout=subprocess.DEVNULL, stderr=output, pass_fds=[lock]
        )
        problems, deadline = [], time.monotonic() + params["timeout"] + GRACE
        while helm.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                helm.wait(POLL)
                break
            problems = problems or lasting_problems()
            if problems or time.monotonic() > deadline:
                helm.terminate()  # records that it failed
                with contextlib.suppress(subprocess.TimeoutExpired):
                    helm.wait(TERMINATION)
                helm.kill()
        output.seek(0)
        text = output.read().decode(errors="replace")
    if problems:
        return f"a hook cannot succeed: {problems[0]}"
    return explanation(text) if helm.returncode else ""


def explanation(text):
    """What Helm's output means, in a sentence."""
    for pattern, meaning in MEANINGS:
        if match := re.search(pattern, text):
            return meaning.format(**{key: value.strip() for key, value in match.groupdict().items()})
    lines = [line for line in text.strip().splitlines() if not line.startswith(("WARNING", "level=", "W", "I"))]
    return " ".join(lines[-3:]).removeprefix("Error: ") or "it gives no reason"
