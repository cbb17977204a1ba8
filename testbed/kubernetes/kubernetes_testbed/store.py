"""The image store: a containerd root that holds all images, so that no node imports anything."""

from kubernetes_testbed import images, podman
from kubernetes_testbed.podman import Failed

NAME = f"{podman.PREFIX}store"
# Ends by itself in any case: whoever started it may have been killed.
FILL = """set -eu
printf 'version = 2\nroot = "/store"\n' >/etc/containerd.toml
containerd -c /etc/containerd.toml >/store/containerd.log 2>&1 &
for n in $(seq 300); do ctr version >/dev/null 2>&1 && break; sleep 0.2; done
timeout 300 ctr -n k8s.io images import /archive/images.tar
ctr -n k8s.io images list -q
kill %1
wait
rm /store/containerd.log"""


def make(folder, node_image, layers, binaries):
    """Make the folder `containerd` in FOLDER; LAYERS are tar files by name, BINARIES the folder of the programs."""
    tars = dict(layers)
    for name, members in {
        "other": {"etc/user-image": "2\n"},
        "pause": {"pause": binaries / "pause"},
        "scheduler": {"usr/local/bin/kube-scheduler": binaries / "kube"},
        "image_awaiter": {"image-awaiter": binaries / "image-awaiter"},
    }.items():
        tars[name] = folder / f"{name}.tar"
        images.write_layer(tars[name], members)
    images.write_archive(folder / "images.tar", tars)
    (folder / "containerd").mkdir()
    podman.remove(NAME)
    options = ["--privileged", "--cgroupns=private", "--network=none", "--tmpfs=/run", "--systemd=false"]
    options += [f"--volume={folder}/containerd:/store", f"--volume={folder}:/archive:ro"]
    try:
        said = podman.run("podman", "run", "--rm", "--name", NAME, *options, node_image, "bash", "-c", FILL)
    finally:
        podman.remove(NAME)
    if lacking := set(images.NAMES.values()) - set(said.split()):
        raise Failed(f"the image store lacks {' '.join(sorted(lacking))}")
    for tar in folder.glob("*.tar"):
        tar.unlink()
