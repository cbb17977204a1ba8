"""Orphaned resources: whose they are, what is deleted and in which order, what remains and why."""

import pytest

from openstack_hub.openstack.orphaned_resources import KINDS, owner, select

UUID, STACK = "0a1b2c3d-1111-4222-8333-444455556666", "jupyterhub-abcdef123456"
IDS = (UUID, STACK)
PROVIDER = "Created by cluster-api-provider-openstack cluster magnum-x-"


def resource(kind, name="", description="", **metadata):
    return {
        "kind": kind,
        "id": f"{kind}/{name}/{description}",
        "name": name,
        "description": description,
        "metadata": metadata,
    }


SERVICES = [
    resource("load balancer", f"kube_service_{STACK}_hub_proxy"),
    resource("load balancer", "renamed", f"Kubernetes external service hub/proxy from cluster {UUID}"),
    resource(
        "floating IP", "203.0.113.9", f"Floating IP for Kubernetes external service hub/proxy from cluster {UUID}"
    ),
]
PARTS = [
    resource("load balancer", f"k8s-clusterapi-cluster-magnum-x-{STACK}-kubeapi", f"{PROVIDER}{STACK}"),
    resource("instance", f"{STACK}-standard-7xk2p"),
    resource("floating IP", "203.0.113.8", f"{PROVIDER}{STACK}"),
    resource("port", f"{STACK}-standard-7xk2p-0", f"{PROVIDER}{STACK}"),
    resource("security group", f"k8s-cluster-magnum-x-{STACK}-secgroup-worker", "Cluster API managed group"),
    resource("security group", "lb-sg-1", f"Security Group for hub/proxy Service LoadBalancer in cluster {UUID}"),
    resource("router", f"k8s-clusterapi-cluster-magnum-x-{STACK}", f"{PROVIDER}{STACK}"),
    resource("subnet", f"k8s-clusterapi-cluster-magnum-x-{STACK}", f"{PROVIDER}{STACK}"),
    resource("network", f"k8s-clusterapi-cluster-magnum-x-{STACK}", f"{PROVIDER}{STACK}"),
]
HOMES = [
    resource("volume", "pvc-1", "", **{"cinder.csi.openstack.org/cluster": STACK}),
    resource("volume", "pvc-2", "", **{"cinder.csi.openstack.org/cluster": UUID}),
]
MARK = "Made by openstack-hub for jupyterhub"
SITE = [
    resource("DNS record", "hub.example.org.", MARK),
    resource("instance", "jupyterhub-web", openstack_hub="jupyterhub"),
    resource("floating IP", "203.0.113.7", MARK),
    resource("port", "jupyterhub-web", MARK),
    resource("security group", "jupyterhub-web", MARK),
    resource("router", "jupyterhub", MARK),
    resource("subnet", "jupyterhub", MARK),
    resource("network", "jupyterhub", MARK),
]
# Of another cluster, of another site, and with similar names.
OTHERS = [
    resource("load balancer", "kube_service_research_hub_proxy"),
    resource("load balancer", "kube_service_", "Kubernetes external service hub/proxy from cluster 1"),
    resource("instance", "research-abcdef123456-standard-1"),
    resource("instance", "research-web", openstack_hub="research"),
    resource("floating IP", "203.0.113.6", "Made by openstack-hub for jupyterhub2"),
    resource("volume", "pvc-3", "", **{"cinder.csi.openstack.org/cluster": "research-abcdef123456"}),
    resource("volume", "pvc-4"),
    resource("security group", "default", "Default security group"),
    resource("network", "jupyterhubs"),
    resource("network", "jupyterhub-2", "Made by openstack-hub for jupyterhub-2"),
    resource("instance", "jupyterhub-2-web", openstack_hub="jupyterhub-2"),
]
SIMILAR = [
    resource("load balancer", "kube_service_jupyterhub_hub_proxy"),
    resource("instance", "jupyterhub-zzzzzz123456-standard-1"),
    resource("volume", "home of jupyterhub"),
    resource("security group", "jupyterhub-web", "made by hand"),
]
ALL = [*SITE, *HOMES, *OTHERS, *PARTS, *SIMILAR, *SERVICES]


def ids(resources):
    return {each["id"] for each in resources}


def selected(resources=ALL, scope="cluster", keep=(), cluster_ids=IDS):
    """(IDs to remove in their order, {ID that remains: reason})."""
    remove, remain = select(resources, scope, "jupyterhub", cluster_ids, keep)
    return [each["id"] for each in remove], {each["id"]: each["reason"] for each in remain}


def test_scope_services_removes_only_what_services_created():
    remove, remain = selected(scope="services")
    assert set(remove) == ids(SERVICES)
    assert remain == {}


def test_scope_cluster_removes_all_of_the_cluster_and_nothing_of_the_site():
    remove, remain = selected()
    assert set(remove) == ids([*SERVICES, *PARTS, *HOMES])
    assert set(remain) == ids(SIMILAR)
    assert all("neither our mark nor the cluster's ID" in reason for reason in remain.values())


def test_scope_site_removes_only_what_carries_the_sites_mark():
    remove, remain = selected(scope="site", cluster_ids=())
    assert set(remove) == ids(SITE)
    assert ids(SIMILAR) <= set(remain) and not set(remain) & ids([*SITE, *OTHERS])
    assert all("does not carry this site's mark" in reason for reason in remain.values())


def test_scope_site_removes_nothing_of_a_cluster_even_with_its_ids():
    assert set(selected([*SERVICES, *PARTS, *HOMES], "site")[0]) == set()


@pytest.mark.parametrize("scope", ["cluster", "site"])
def test_each_kind_is_removed_before_what_it_depends_on(scope):
    remove, _ = selected(scope=scope)
    kinds = [one.split("/")[0] for one in remove]
    assert kinds == sorted(kinds, key=list(KINDS).index)
    for first, then in (
        ("load balancer", "floating IP"),
        ("instance", "port"),
        ("instance", "volume"),
        ("port", "security group"),
        ("router", "subnet"),
        ("subnet", "network"),
    ):
        if {first, then} <= set(kinds):
            assert kinds.index(first) < kinds.index(then)


@pytest.mark.parametrize(
    ("scope", "keep", "kept"),
    [("cluster", ["homes"], HOMES), ("site", ["address"], [SITE[0], SITE[2]]), ("cluster", ["address"], [])],
)
def test_what_is_kept_is_reported(scope, keep, kept):
    remove, remain = selected(scope=scope, keep=keep)
    assert not ids(kept) & set(remove)
    assert {one for one, reason in remain.items() if reason.startswith("kept: ")} == ids(kept)


def test_keeping_the_address_keeps_no_floating_ip_of_the_cluster():
    assert PARTS[2]["id"] in selected(keep=["homes", "address"])[0]


@pytest.mark.parametrize("part", [*SERVICES, *PARTS, *HOMES], ids=lambda part: part["id"])
@pytest.mark.parametrize("other", [UUID[:-1] + "7", STACK[:-1] + "7"])
def test_an_id_that_differs_in_one_letter_removes_nothing(part, other):
    assert selected([part], cluster_ids=[other])[0] == []


@pytest.mark.parametrize(
    "part",
    [
        resource("instance", f"{STACK}"),
        resource("instance", f"x{STACK}-standard-1"),
        resource("load balancer", f"kube_service_{STACK}"),
        resource("load balancer", f"x kube_service_{STACK}_hub_proxy"),
        resource("network", "inside", f"{PROVIDER}{STACK} and more"),
        resource("security group", f"k8s-cluster-magnum-x-{STACK}-secgroup-other"),
        resource("volume", f"{STACK}-pvc", f"{PROVIDER}{STACK}"),
        resource("DNS record", f"{STACK}.example.org.", f"{PROVIDER}{STACK}"),
    ],
    ids=lambda part: part["id"],
)
def test_a_name_must_match_as_a_whole_and_by_its_kind(part):
    assert selected([part])[0] == []


def test_a_volume_is_never_the_sites():
    part = resource("volume", "data", MARK, openstack_hub="jupyterhub")
    assert selected([part], "site")[0] == []
    assert owner(part, "jupyterhub", IDS) is None


def test_a_sites_resource_is_never_the_clusters():
    part = resource("instance", f"{STACK}-standard-1", openstack_hub="jupyterhub")
    assert selected([part])[0] == []


def test_an_empty_id_matches_nothing():
    assert selected([resource("instance", "-research-standard-1")], cluster_ids=["", None])[0] == []


def test_an_id_is_no_pattern():
    assert selected([resource("instance", "aXb-standard-1")], cluster_ids=["a.b"])[0] == []


def test_without_the_clusters_id_nothing_of_it_is_removed():
    remove, remain = selected(cluster_ids=[])
    assert remove == []
    assert {part["id"] for part in PARTS if STACK in part["id"]} <= set(remain)
    assert all("Magnum no longer knows the cluster" in reason for reason in remain.values())


def test_resources_without_description_or_metadata():
    parts = [{"kind": "port", "id": "p", "name": None, "description": None}]
    assert selected(parts) == ([], {})
