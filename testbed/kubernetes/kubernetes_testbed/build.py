"""Program, node image and image store of the test bed's Kubernetes: made once, then taken from the cache."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Built:
    """What a cluster is made of. Nothing of it may be changed: other clusters start from it, too.

    bin: folder with kube (all programs of Kubernetes, and dns, provisioner, netpol), kubectl and helm. It is not
        in the node's image: mount it read-only on /opt/kubernetes, which is on the image's PATH.
    node_image: podman's name:tag of a node's Debian (containerd, etcd, nft ...). It has no
        entrypoint; tini is there.
    store: a containerd root (overlayfs) that holds images.NAMES; nodes start from copies (databases `*.db` copied,
        all else hard links).
    """

    bin: Path
    node_image: str
    store: Path


def ensure(say=print):
    """Build what is missing and return all of it; a line to SAY for each step. Needs root. Raises Failed."""
    raise NotImplementedError
