"""What a cluster leaves behind: whose it is, what goes and in which order, what remains and why."""

import pytest
from openstack import exceptions

from openstack_hub.openstack import connection, deletion, orphaned_resources

UUID, STACK = "0a1b2c3d-1111-4222-8333-444455556666", "jupyterhub-abcdef123456"
CLUSTER = {"name": "jupyterhub", "ids": [UUID, STACK]}
BY = "Created by cluster-api-provider-openstack cluster magnum-x-"


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
        "public address", "203.0.113.9", f"Floating IP for Kubernetes external service hub/proxy from cluster {UUID}"
    ),
]
PARTS = [
    resource("load balancer", f"k8s-clusterapi-cluster-magnum-x-{STACK}-kubeapi", f"{BY}{STACK}"),
    resource("machine", f"{STACK}-standard-7xk2p"),
    resource("public address", "203.0.113.8", f"{BY}{STACK}"),
    resource("port", f"{STACK}-standard-7xk2p-0", f"{BY}{STACK}"),
    resource("security group", f"k8s-cluster-magnum-x-{STACK}-secgroup-worker", "Cluster API managed group"),
    resource("security group", "lb-sg-1", f"Security Group for hub/proxy Service LoadBalancer in cluster {UUID}"),
    resource("router", f"k8s-clusterapi-cluster-magnum-x-{STACK}", f"{BY}{STACK}"),
    resource("subnet", f"k8s-clusterapi-cluster-magnum-x-{STACK}", f"{BY}{STACK}"),
    resource("network", f"k8s-clusterapi-cluster-magnum-x-{STACK}", f"{BY}{STACK}"),
]
HOMES = [
    resource("volume", "pvc-1", "", **{"cinder.csi.openstack.org/cluster": STACK}),
    resource("volume", "pvc-2", "", **{"cinder.csi.openstack.org/cluster": UUID}),
]
MARK = "Made by openstack-hub for jupyterhub"
SITE = [
    resource("DNS record", "hub.example.org.", MARK),
    resource("machine", "jupyterhub-web", openstack_hub="jupyterhub"),
    resource("public address", "203.0.113.7", MARK),
    resource("port", "jupyterhub-web", MARK),
    resource("security group", "jupyterhub-web", MARK),
    resource("router", "jupyterhub", MARK),
    resource("subnet", "jupyterhub", MARK),
    resource("network", "jupyterhub", MARK),
]
# Another cluster's, another site's, and what only sounds like ours.
STRANGERS = [
    resource("load balancer", "kube_service_research_hub_proxy"),
    resource("load balancer", "kube_service_", "Kubernetes external service hub/proxy from cluster 1"),
    resource("machine", "research-abcdef123456-standard-1"),
    resource("machine", "research-web", openstack_hub="research"),
    resource("public address", "203.0.113.6", "Made by openstack-hub for jupyterhub2"),
    resource("volume", "pvc-3", "", **{"cinder.csi.openstack.org/cluster": "research-abcdef123456"}),
    resource("volume", "pvc-4"),
    resource("security group", "default", "Default security group"),
    resource("network", "jupyterhubs"),
]
ALIKE = [
    resource("load balancer", "kube_service_jupyterhub_hub_proxy"),
    resource("machine", "jupyterhub-zzzzzz123456-standard-1"),
    resource("volume", "home of jupyterhub"),
    resource("security group", "jupyterhub-web", "made by hand"),
]
ALL = [*SITE, *HOMES, *STRANGERS, *PARTS, *ALIKE, *SERVICES]


def decide(resources=ALL, phase="after", keep=("homes", "address"), cluster=CLUSTER):
    go, remain = orphaned_resources.decide(resources, "jupyterhub", cluster, phase, keep)
    return [one["id"] for one in go], {one["id"]: one["reason"] for one in remain}


def ids(resources):
    return {one["id"] for one in resources}


def test_before_the_cluster_goes_only_what_its_services_made_goes():
    go, remain = decide(phase="before")
    assert set(go) == ids(SERVICES)
    assert remain == {}


def test_afterwards_all_that_is_certainly_ours_goes():
    go, remain = decide(keep=())
    assert set(go) == ids([*SERVICES, *PARTS, *HOMES, *SITE])
    assert set(remain) == ids(ALIKE)
    assert all("neither our mark nor the cluster's id" in reason for reason in remain.values())


def test_each_kind_goes_before_what_it_stands_on():
    go, _ = decide(keep=())
    kinds = [one.split("/")[0] for one in go]
    assert kinds == sorted(kinds, key=list(orphaned_resources.KINDS).index)
    for first, then in (
        ("load balancer", "public address"),
        ("machine", "port"),
        ("machine", "volume"),
        ("port", "security group"),
        ("router", "subnet"),
        ("subnet", "network"),
    ):
        assert kinds.index(first) < kinds.index(then)


@pytest.mark.parametrize(
    ("keep", "stays"), [(["homes"], HOMES), (["address"], [SITE[0], SITE[2]])], ids=["homes", "address"]
)
def test_what_is_kept_is_named(keep, stays):
    go, remain = decide(keep=keep)
    assert not ids(stays) & set(go)
    assert {one for one, reason in remain.items() if reason.startswith("kept: ")} == ids(stays)


@pytest.mark.parametrize("part", [*SERVICES, *PARTS, *HOMES], ids=lambda part: part["id"])
@pytest.mark.parametrize("other", [UUID[:-1] + "7", STACK[:-1] + "7"])
def test_one_letter_of_the_id_decides(part, other):
    cluster = {"name": "jupyterhub", "ids": [other]}
    assert decide([part], keep=(), cluster=cluster)[0] == []


def test_an_empty_id_is_none():
    part = resource("machine", "-research-standard-1")
    assert decide([part], cluster={"name": "jupyterhub", "ids": [""]})[0] == []


def test_an_id_is_no_pattern():
    part = resource("machine", "aXb-standard-1")
    assert decide([part], cluster={"name": "jupyterhub", "ids": ["a.b"]})[0] == []


def test_without_the_cluster_s_id_nothing_of_it_goes():
    go, remain = decide(keep=(), cluster={"name": "jupyterhub", "ids": []})
    assert set(go) == ids(SITE)
    assert {part["id"] for part in PARTS if STACK in part["id"]} <= set(remain)
    assert all("Magnum no longer knows the cluster" in reason for reason in remain.values())


class Shelf:
    """A project in which resources go when their time has come; `answers`: what a removal says, one after the other."""

    def __init__(self, answers, late=0):
        self.answers, self.late, self.there = dict(answers), late, set(answers)

    def remove(self, one):
        answers = self.answers[one["id"]]
        answer = answers.pop(0) if answers else None
        if answer:
            raise answer
        self.there -= set() if self.late > 0 else {one["id"]}

    def list(self, kind):
        self.late -= 1
        if self.late == 0:
            self.there = set()
        return [{"id": one} for one in self.there]


def sweep(answers, seconds=0.2, late=0):
    resources = [{"kind": "port", "id": one} for one in answers]
    shelf = Shelf(answers, late)
    removed, left = deletion.sweep(shelf, "port", resources, deletion.time.monotonic() + seconds, pause=0.01)
    return [one["id"] for one in removed], {one["id"]: one["reason"] for one in left}


def answer(status, words):
    kinds = {404: exceptions.NotFoundException, 409: exceptions.ConflictException, 403: exceptions.ForbiddenException}
    error = kinds.get(status, exceptions.HttpException)(words)
    error.status_code = status
    return error


def test_what_is_busy_is_tried_again():
    assert sweep({"a": [answer(409, "in use"), answer(503, "busy")], "b": []}) == (["a", "b"], {})


def test_what_goes_late_is_waited_for():
    assert sweep({"a": []}, late=3) == (["a"], {})


def test_what_is_gone_already_is_gone():
    shelf = {"a": [answer(404, "no such port")]}
    removed, left = sweep(shelf, late=2)
    assert (removed, left) == (["a"], {})


def test_what_stays_in_use_remains_with_the_service_s_words():
    removed, left = sweep({"a": [answer(409, "in use by b") for _ in range(1000)], "b": []})
    assert removed == ["b"]
    assert "in use by b" in left["a"]


def test_what_is_not_allowed_is_asked_for_once():
    answers = [answer(403, "not allowed") for _ in range(10)]
    assert "not allowed" in sweep({"a": answers}, seconds=60)[1]["a"]
    assert len(answers) == 9


@pytest.mark.parametrize(("status", "again"), [(429, True), (500, True), (503, True), (404, False), (409, False)])
def test_what_may_be_asked_again(status, again):
    assert connection.transient(answer(status, "words")) is again
