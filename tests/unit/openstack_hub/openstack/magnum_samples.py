"""Answers of Magnum's API and arguments of the modules, as plain data."""

COMPLETE = (
    "CREATE_COMPLETE", "UPDATE_COMPLETE", "ROLLBACK_COMPLETE", "RESUME_COMPLETE", "RESTORE_COMPLETE",
    "SNAPSHOT_COMPLETE", "CHECK_COMPLETE", "ADOPT_COMPLETE",
)  # fmt: skip
WORKING = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS")
VANISHING = ("DELETE_IN_PROGRESS", "DELETE_COMPLETE")
FAILED = ("CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED", "ROLLBACK_FAILED", "RESUME_FAILED")
STATES = (*COMPLETE, *WORKING, *VANISHING, *FAILED)
OURS = {"managed_by": "openstack-hub"}


def template(version="v1.33.4", **changed):
    return {
        "uuid": f"t-{version}",
        "name": f"lab-{version}-0a1b2c3d",
        "version": version,
        "image_id": f"ubuntu-kube-{version}",
        "external_network_id": "External",
        "network_driver": "calico",
        "labels": {"kube_tag": version},
    } | changed


def cluster(status="CREATE_COMPLETE", **changed):
    """A cluster that is as desired_cluster() describes it."""
    return {
        "uuid": "c-1",
        "name": "lab",
        "project_id": "p-1",
        "status": status,
        "status_reason": None,
        "coe_version": "v1.33.4",
        "cluster_template_id": "t-v1.33.4",
        "master_count": 1,
        "master_flavor_id": "m1.medium",
        "flavor_id": "l3.micro",
        "keypair": "operators",
        "fixed_network": "inside",
        "labels": {**OURS, "kube_tag": "v1.33.4", "calico_ipv4pool": "10.100.0.0/16", "count": "3"},
        "created_at": "2026-11-21T12:00:00+00:00",
        "updated_at": "2026-11-21T12:10:00+00:00",
    } | changed


def desired_cluster(**changed):
    """The arguments of magnum_cluster."""
    return {
        "name": "lab",
        "state": "present",
        "template": template(),
        "upgrade_steps": [],
        "master_count": 1,
        "master_flavor_id": "m1.medium",
        "flavor_id": "l3.micro",
        "node_count": 2,
        "keypair": "operators",
        "fixed_network": "inside",
        "labels": {**OURS, "kube_tag": "v1.33.4", "calico_ipv4pool": "10.100.0.0/16", "count": 3},
        "create_timeout": 60,
        "adopt": False,
        "recreate": False,
    } | changed


def group(name="gpu", status="CREATE_COMPLETE", **changed):
    """A node group that is as want() describes it."""
    return {
        "uuid": f"g-{name}",
        "name": name,
        "role": "worker",
        "is_default": name == "default-worker",
        "status": status,
        "status_reason": None,
        "flavor_id": "l3.micro",
        "image_id": "ubuntu-kube-v1.33.4",
        "node_count": 1,
        "min_node_count": 0,
        "max_node_count": 4,
        "node_addresses": [],
        "node_labels": {"zone": "a"},
        "node_taints": [],
        "updated_at": "2026-11-21T12:10:00+00:00",
    } | changed


def want(name="gpu", **changed):
    """An entry of the groups of magnum_nodegroups."""
    return {
        "name": name,
        "title": "standard" if name == "default-worker" else name,
        "flavor_id": "l3.micro",
        "image_id": None,
        "min": 0,
        "max": 4,
        "node_labels": {"zone": "a"},
        "node_taints": [],
    } | changed


class Answer(dict):
    """An object of python-magnumclient."""

    def to_dict(self):
        return dict(self)


class Clock:
    """Time that passes only during sleep()."""

    def __init__(self):
        self.now, self.slept = 1000.0, []

    def time(self):
        return self.now

    monotonic = time

    def sleep(self, seconds):
        self.now += seconds
        self.slept.append(seconds)
