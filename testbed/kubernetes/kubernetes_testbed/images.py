"""What the store of images holds, and its archive: OCI images of few layers, which most of them share."""

import hashlib
import io
import json
import platform
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

NAMES = {
    name: f"localhost/openstack-hub/{image}"
    for name, image in {
        "hub": "k8s-hub:1",
        "proxy": "k8s-proxy:1",
        "user": "k8s-user:1",
        # The same with another digest and /etc/user-image: what a profile with an image of its own shows
        "user_other": "k8s-user:2",
        "pause": "pause:1",
        "scheduler": "kube-scheduler:1",
        "network_tools": "k8s-network-tools:1",
        "image_awaiter": "k8s-image-awaiter:1",
    }.items()
}
OCI = "application/vnd.oci.image."
SHELL = {
    "Env": ["PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/home/jovyan", "LANG=C.UTF-8"],
    "Entrypoint": ["/usr/bin/tini", "--"],
    "WorkingDir": "/home/jovyan",
    "User": "1000",
}
JUPYTER = ("debian", "python")


@dataclass(frozen=True)
class Image:
    """Layers from the lowest up (their names), and how a container starts."""

    layers: tuple[str, ...]
    config: dict = field(default_factory=dict)


IMAGES = {
    "hub": Image(JUPYTER, SHELL | {"Cmd": ["jupyterhub"]}),
    "proxy": Image(JUPYTER, SHELL | {"Cmd": ["configurable-http-proxy"]}),
    "user": Image(JUPYTER, SHELL | {"Cmd": ["jupyterhub-singleuser"]}),
    "user_other": Image((*JUPYTER, "other"), SHELL | {"Cmd": ["jupyterhub-singleuser"]}),
    # The chart starts iptables in it as root.
    "network_tools": Image(("debian",), SHELL | {"Cmd": ["iptables", "--list"], "User": "0"}),
    "pause": Image(("pause",), {"Entrypoint": ["/pause"], "User": "65535"}),
    "scheduler": Image(("scheduler",), {"Entrypoint": ["/usr/local/bin/kube-scheduler"], "User": "65534"}),
    "image_awaiter": Image(("image_awaiter",), {"Entrypoint": ["/image-awaiter"], "User": "65534"}),
}


def write_layer(path, members):
    """A layer of files of root's: MEMBERS maps the name in the image to a Path or a text. Same members, same bytes."""
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            data = content.read_bytes() if isinstance(content, Path) else content.encode()
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o755 if isinstance(content, Path) else 0o644
            tar.addfile(info, io.BytesIO(data))


def write_archive(path, layers):
    """All images as one OCI archive for `ctr images import`; LAYERS maps the layers' names to tar files."""
    with tarfile.open(path, "w") as tar:
        blobs = {name: _blob(tar, "layer.v1.tar", file=file) for name, file in layers.items()}
        manifests = [_manifest(tar, name, image, blobs) for name, image in IMAGES.items()]
        _add(tar, "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        _add(tar, "index.json", _json({"schemaVersion": 2, "manifests": manifests}))


def _manifest(tar, name, image, blobs):
    layers = [blobs[layer] for layer in image.layers]
    config = {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": image.config,
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{OCI}manifest.v1+json",
        "config": _blob(tar, "config.v1+json", _json(config)),
        "layers": layers,
    }
    annotations = {
        "io.containerd.image.name": NAMES[name],
        "org.opencontainers.image.ref.name": NAMES[name].rpartition(":")[2],
    }
    return _blob(tar, "manifest.v1+json", _json(manifest)) | {"annotations": annotations}


def _blob(tar, kind, data=None, file=None):
    """Add a blob and return its descriptor."""
    with file.open("rb") if file else io.BytesIO(data) as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        _add(tar, f"blobs/sha256/{digest}", stream=stream, size=size)
    return {"mediaType": OCI + kind, "digest": f"sha256:{digest}", "size": size}


def _add(tar, name, data=b"", stream=None, size=None):
    info = tarfile.TarInfo(name)
    info.size = len(data) if stream is None else size
    tar.addfile(info, stream or io.BytesIO(data))


def _json(content):
    return json.dumps(content, sort_keys=True).encode()
