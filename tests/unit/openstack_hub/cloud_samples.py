"""Facts of a cloud with all that a small site needs, as module cloud_facts returns them, and the site's variables."""

import copy
import functools
import operator

from site_samples import MAGNUM, ON_KUBERNETES

from openstack_hub.cloud import problems as cloud_problems
from openstack_hub.validation.check import check

VARIABLES = (
    ON_KUBERNETES
    | MAGNUM
    | {
        "cloud_ssh_allowed_cidrs": ["192.0.2.0/24"],
        "hub_profiles": [
            {"name": "default", "cpu": 2, "memory": "4G"},
            {"name": "gpu", "cpu": 4, "memory": "12G", "gpus": 1, "node_group": "gpu"},
        ],
        "cloud_key": "operators",
        "cloud_network": {"name": "jupyterhub", "cidr": "10.20.0.0/24"},
        "cloud_web_server": {"flavor": "m1.small", "image": "debian-12"},
        "cluster_node_groups": [
            {"name": "standard", "flavor": "l3.micro", "min": 1, "max": 10},
            {"name": "gpu", "flavor": "g-a4000", "max": 2, "gpus": 1},
        ],
    }
)


def _flavor(name, vcpus, ram, gpus=0, disk=20):
    return {"id": f"id-{name}", "name": name, "vcpus": vcpus, "ram": ram, "disk": disk, "gpus": gpus}


def _image(name, **more):
    plain = {"status": "active", "visibility": "public", "min_disk": 0, "min_ram": 0, "kube_version": None}
    return {"id": f"id-{name}", "name": name, "os_distro": "ubuntu", **plain, **more}


FACTS = {
    "cloud": "lab",
    "asked": {"time": "2027-03-15T12:00:00+00:00", "requests": 12},
    "unanswered": {},
    "project": {"id": "p", "name": "demo"},
    "roles": ["member", "reader"],
    "region": "RegionOne",
    "regions": ["RegionOne"],
    "application_credential": None,
    "services": ["compute", "image", "network", "container_infrastructure_management"],
    "flavors": [
        _flavor("m1.small", 1, 2048), _flavor("m1.medium", 2, 4096), _flavor("l3.micro", 4, 16384),
        _flavor("l3.zero", 4, 16384, disk=0), _flavor("g-a4000", 16, 65536, gpus=1),
        _flavor("g-hidden", 8, 32768, gpus=None),
    ],
    "instances": [],
    "key_pairs": ["operators"],
    "images": [
        _image("kube-v1.33.4", kube_version="v1.33.4"), _image("kube-v1.32.8", kube_version="1.32.8"),
        _image("debian-12", os_distro="debian"), _image("rocky-9", os_distro="rocky"), _image("plain", os_distro=None),
        _image("large", min_disk=40), _image("saved", status="queued"), _image("twice", id="a"),
        _image("twice", id="b"),
    ],
    "networks": [
        {"id": "n1", "name": "External", "external": True, "cidrs": ["203.0.113.0/24"]},
        {"id": "n2", "name": "internal", "external": False, "cidrs": ["10.9.0.0/24"]},
        {"id": "n3", "name": "bare", "external": False, "cidrs": []},
        {"id": "n4", "name": "pair", "external": False, "cidrs": ["10.1.0.0/24"]},
        {"id": "n5", "name": "pair", "external": False, "cidrs": ["10.2.0.0/24"]},
    ],
    "quotas": {
        "cores": {"limit": 100, "used": 0},
        "RAM": {"limit": 400 * 1024, "used": 0},
        "instances": {"limit": 50, "used": 0},
        "floating IPs": {"limit": 5, "used": 0},
        "networks": {"limit": 5, "used": 0},
        "routers": {"limit": 5, "used": 0},
        "ports": {"limit": 500, "used": 0},
        "clusters": {"limit": 20, "used": 0},
        "load balancers": {"limit": 2, "used": 0},
    },
    "magnum": {"version": "1.14", "conductors": None},
    "clusters": [],
    "cluster": None,
}  # fmt: skip


def _group(name, flavor, count, low, high, **more):
    plain = {"uuid": f"id-{name}", "role": "worker", "image_id": "id-kube-v1.33.4", "status": "CREATE_COMPLETE"}
    counts = {"node_count": count, "min_node_count": low, "max_node_count": high}
    return {"name": name, "flavor_id": flavor, **plain, **counts, "is_default": name.startswith("default-"), **more}


CLUSTER = {
    "uuid": "0a1b",
    "name": "jupyterhub",
    "status": "UPDATE_COMPLETE",
    "status_reason": None,
    "health_status": "HEALTHY",
    "health_status_reason": {"api": "ok"},
    "coe_version": "v1.33.4",
    "created_at": "2027-03-12T11:00:00+00:00",
    "api_address": "https://203.0.113.7:6443",
    "stack_id": "kube-abcde",
    "cluster_id": None,
    "template": "jupyterhub-v1.33.4-12345678",
    "node_groups": [
        _group("default-master", "m1.medium", 1, 0, None),
        _group("default-worker", "id-l3.micro", 3, 1, 10),
        _group("gpu", "g-a4000", 0, 0, 2),
    ],
}
RUNNING = FACTS | {"clusters": ["0a1b"], "cluster": CLUSTER}


def changed(value, changes):
    """A copy of VALUE with CHANGES: {path with slashes: value, or ... to remove it}."""
    value = copy.deepcopy(value)
    for path, new in changes.items():
        *parents, last = (int(part) if part.isdigit() else part for part in path.split("/"))
        parent = functools.reduce(operator.getitem, parents, value)
        if new is ...:
            del parent[last]
        else:
            parent[last] = new
    return value


def parsed(**changes):
    """The parsed variables, with CHANGES, which must be valid."""
    found, problems = check(VARIABLES | changes)
    assert not [str(problem) for problem in problems if not problem.warning]
    return found


def problems_of(variables=None, facts=FACTS):
    """The problems of these variables on this cloud; warnings begin with a question mark."""
    return [
        f"{'? ' if problem.warning else ''}{problem}" for problem in cloud_problems(parsed(**(variables or {})), facts)
    ]
