"""The lifecycle of a cluster as its operator sees it; before each step, check mode predicts what the step does."""

import time

from cluster_state import magnum_requests, state
from fixtures import clusters, wait_for
from operator_site import Site


def step(testbed, site, playbook="cluster", extra=None):
    """Run in check mode, which requests nothing, then run: both report the same actions, which are returned."""
    began = time.time()
    check = site.play(playbook, "--check", "--diff", extra=extra)
    assert check.rc == 0, check.message
    assert not magnum_requests(testbed, began)
    run = site.play(playbook, extra=extra)
    assert run.rc == 0, run.message
    assert (check.actions, check.changed) == (run.actions, run.changed)
    return run.actions


def unchanged(site, extra=None):
    run = site.play("cluster", extra=extra)
    assert (run.rc, run.actions, run.changed) == (0, [], []), run.message


def refused(testbed, site):
    """The message of a run that fails before it requests anything."""
    began, run = time.time(), site.play("cluster")
    assert run.rc != 0
    assert not magnum_requests(testbed, began)
    return run.message


def test_the_lifecycle_of_a_cluster(fresh, tmp_path):
    site = Site(tmp_path / "site", fresh.clouds)
    name = site.openstack["cluster_name"]
    kubeconfig = f"write {site.kubeconfig} with a new key (it does not exist)"

    assert step(fresh, site) == [
        f"create cluster {name} (v1.31.1, control plane 1 m1.medium, first node group 2 l3.micro)",
        "set node group standard: 2 to 8 nodes, node labels openstack-hub/node-group=standard",
        "create node group huge (l3.small, 0 to 3 nodes)",
        "create node group gpu (g-a4000, 0 to 2 nodes)",
        kubeconfig,
    ]
    existing = state(fresh, site)
    assert existing["kubeconfig"], "it has the cluster's CA and address"
    assert {g: (v["min_node_count"], v["max_node_count"]) for g, v in existing["clusters"][0]["groups"].items()} == {
        "default-master": (0, None),
        "default-worker": (2, 8),
        "huge": (0, 3),
        "gpu": (0, 2),
    }
    assert existing["clusters"][0]["groups"]["gpu"]["node_taints"] == [
        {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
    ]
    unchanged(site)

    site.group("standard", min=3, max=9)
    site.openstack["cluster_node_groups"].pop(1)
    site.group("wide", flavor="l3.medium", min=1, max=2)
    assert step(fresh, site) == [
        "resize node group standard to 3 nodes",
        "set node group standard: 3 to 9 nodes",
        "create node group wide (l3.medium, 1 to 2 nodes)",
        "remove node group huge (l3.small, 0 nodes)",
    ]

    site.group("gpu", flavor="l3.small")
    assert "cluster_node_groups_replace: true" in refused(fresh, site)
    assert step(fresh, site, extra={"cluster_node_groups_replace": True}) == [
        "create node group gpu (l3.small, 0 to 2 nodes)",
        "remove node group gpu (g-a4000, 0 nodes)",
    ]
    unchanged(site)

    site.set(cluster_kubernetes_version="v1.33.4", cluster_image="ubuntu-kube-v1.33.4")
    assert "needs v1.32 in between: name a version v1.32.x and its image in cluster_upgrade_steps" in refused(
        fresh, site
    )
    site.set(cluster_upgrade_steps=[{"version": "v1.32.8", "image": "ubuntu-kube-v1.32.8"}])
    assert step(fresh, site) == [
        "upgrade Kubernetes from v1.31.1 to v1.32.8",
        "upgrade Kubernetes from v1.32.8 to v1.33.4",
        "delete unused cluster templates",
    ]
    existing = state(fresh, site)
    assert existing["clusters"][0]["version"] == "v1.33.4"
    assert {group["image_id"] for group in existing["clusters"][0]["groups"].values()} == {"ubuntu-kube-v1.33.4"}
    assert len(existing["templates"]) == 1
    unchanged(site)
    site.set(cluster_kubernetes_version="v1.32.8", cluster_image="ubuntu-kube-v1.32.8", cluster_upgrade_steps=None)
    assert "Kubernetes cannot be downgraded" in refused(fresh, site)
    site.set(cluster_kubernetes_version="v1.33.4", cluster_image="ubuntu-kube-v1.33.4")

    autoscaler(fresh, name, "default-worker", 7)
    autoscaler(fresh, name, "wide", 2)
    unchanged(site)

    assert "Nothing was done" in site.play("destroy").output
    # The cluster is simulated: its API does not answer, so the loss of homes must be confirmed.
    unanswered = site.play("destroy", extra={"destroy_cluster": name})
    assert unanswered.rc != 0 and "cannot be read from its Kubernetes API" in unanswered.message
    give_up = {"destroy_cluster": name, "destroy_homes": f"give up homes of {name} that cannot be kept"}
    assert step(fresh, site, "destroy", extra=give_up)[0].startswith(f"delete cluster {name} (")
    assert state(fresh, site) == {"clusters": [], "templates": [], "kubeconfig": False}
    again = site.play("destroy", extra={"destroy_cluster": name})
    assert (again.rc, again.changed) == (0, [])


def autoscaler(testbed, name, group, count):
    """Resize a group as an autoscaler does, and wait until it is done."""
    magnum, cluster = testbed.magnum(), clusters(testbed, name)[0]
    magnum.clusters.resize(cluster.uuid, count, nodegroup=group)

    def done():
        found = magnum.nodegroups.get(cluster.uuid, group)
        return found.node_count == count and found.status.endswith("_COMPLETE")

    wait_for(done)
