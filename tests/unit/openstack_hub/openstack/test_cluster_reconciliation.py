"""One cluster under the rules of a simulated Magnum: created once, upgraded in order, duplicates deleted."""

from types import SimpleNamespace

import pytest
from magnum_samples import Answer, cluster, desired_cluster, group, template

from openstack_hub.openstack.cluster_reconciliation import ClusterReconciliation
from openstack_hub.openstack.errors import (
    AmbiguousName,
    ImpossibleChange,
    NotReady,
    RequestRefused,
    ResourceNotFound,
    RetryableError,
)
from openstack_hub.openstack.poll import Poll

MINE = "2026-11-21T12:00:05+00:00"


class SimulatedMagnum:
    """Magnum of one project. As with a conductor, a request shows after a while and is then in progress."""

    version = (1, 14)

    def __init__(self, *clusters, templates=(), groups=(), errors=()):
        self.clusters, self.templates = list(clusters), list(templates)
        self.groups = list(groups) or [group("default-master", role="master"), group("default-worker")]
        self.errors, self.requests, self.queue, self.clock = list(errors), [], [], 100

    def project_id(self):
        return "p-1"

    def is_equivalent(self, _field, existing, desired):
        return existing == desired

    def call(self, function, *args, **kwargs):
        """errors: [(function, error instead of its answer, whether it acts all the same), ...]."""
        name, error, acts = self.errors[0] if self.errors else (None, None, True)
        if function != name:
            return getattr(self, function.replace(".", "_"))(*args, **kwargs)
        del self.errors[0]
        if acts:
            getattr(self, function.replace(".", "_"))(*args, **kwargs)
        raise error

    def tick(self):
        """One request becomes visible; operations in progress end."""
        for one in list(self.clusters):
            if one["status"] == "DELETE_IN_PROGRESS":
                self.clusters.remove(one)
            elif one["status"].endswith("_IN_PROGRESS"):
                self.touch(one, status=one["status"].replace("IN_PROGRESS", self.outcome))
        if self.queue:
            self.queue.pop(0)()

    outcome = "COMPLETE"

    def touch(self, one, **changed):
        self.clock += 1
        one.update(changed, updated_at=str(self.clock))

    def named(self, objects, name, title):
        found = [one for one in objects if name in (one["uuid"], one["name"])]
        if not found:
            raise ResourceNotFound(name)
        if len(found) > 1:
            raise AmbiguousName(f"{len(found)} {title}")
        return Answer(found[0])

    def clusters_get(self, name):
        return self.named(self.clusters, name, "clusters")

    def clusters_list(self, detail):
        return [Answer(one) for one in self.clusters]

    def clusters_create(self, **body):
        self.requests.append(("create", body["name"]))
        secret = {"discovery_url": "https://discovery.example.org/5ec7e7", "user_id": "u-1", "links": []}
        made = cluster("CREATE_IN_PROGRESS", uuid=f"c-{self.clock}", created_at=MINE, updated_at=None, **secret)
        self.queue.append(lambda: self.clusters.append(made | body))

    def clusters_delete(self, uuid):
        self.requests.append(("delete", uuid))
        existing = next(one for one in self.clusters if one["uuid"] == self.clusters_get(uuid)["uuid"])
        self.queue.append(lambda: self.touch(existing, status="DELETE_IN_PROGRESS"))

    def clusters_resize(self, uuid, count, nodegroup):
        self.requests.append(("resize", nodegroup, count))
        existing = next(one for one in self.clusters if one["uuid"] == uuid)
        changed = {"master_count": count} if nodegroup == "default-master" else {}
        self.queue.append(lambda: self.touch(existing, status="UPDATE_IN_PROGRESS", **changed))

    def clusters_upgrade(self, uuid, template_id, nodegroup=None):
        existing = next(one for one in self.clusters if one["uuid"] == uuid)
        to = self.named(self.templates, template_id, "templates")
        self.requests.append(("upgrade", nodegroup, to["version"]))
        if not existing["status"].endswith("_COMPLETE"):
            raise RequestRefused(f"upgrading when status is {existing['status']}")
        if nodegroup and existing["cluster_template_id"] != to["uuid"]:
            raise RequestRefused("only to match the cluster's template")
        for one in self.groups:
            if one["name"] == nodegroup or (one["name"].startswith("default-") and not nodegroup):
                one["image_id"] = to["image_id"]
        self.touch(existing, status="UPDATE_IN_PROGRESS", cluster_template_id=to["uuid"], coe_version=to["version"])

    def cluster_templates_get(self, name):
        return self.named(self.templates, name, "templates")

    def cluster_templates_create(self, name, **body):
        self.requests.append(("template", name))
        self.templates.append(body | {"uuid": f"t-{name[4:]}", "name": name, "version": body["labels"]["kube_tag"]})

    def nodegroups_list(self, _uuid):
        return [Answer(one) for one in self.groups]

    def nodegroups_get(self, _uuid, name):
        return self.named(self.groups, name, "groups")


def ended(magnum, check=False, **changed):
    """The last poll, for which nothing was left to do."""
    step = ClusterReconciliation(magnum, desired_cluster(**changed))
    poll = Poll(SimpleNamespace(check_mode=check, params={"progress_state": {}}))
    for _ in range(60):
        try:
            step(poll)
        except (NotReady, RetryableError):
            magnum.tick()
        else:
            return poll
    raise AssertionError(f"no end: {poll.actions}")


def both(make, **changed):
    """(Magnum after the run, its last poll), after check mode predicted the same and requested nothing."""
    untouched = make()
    predicted, magnum = ended(untouched, check=True, **changed), make()
    assert untouched.requests == []
    done = ended(magnum, **changed)
    assert (done.actions, done.diff) == (predicted.actions, predicted.diff)
    assert ended(magnum, **changed | {"recreate": False}).actions == []
    return magnum, done


CREATE = "create cluster lab (v1.33.4, control plane 1 m1.medium, first node group 2 l3.micro)"
TEMPLATE = ("template", template()["name"])


def test_a_cluster_is_created_once_with_its_template_and_the_result_holds_no_secret():
    magnum, done = both(SimulatedMagnum)
    assert done.actions == [CREATE]
    assert magnum.requests == [TEMPLATE, ("create", "lab")]
    assert magnum.clusters[0]["labels"]["count"] == "3", "labels are strings"
    assert done.result["cluster"]["uuid"] == magnum.clusters[0]["uuid"]
    assert not {"discovery_url", "user_id", "links"} & {*done.result["cluster"]} and "5ec7e7" not in str(done.result)


def test_an_existing_template_is_used():
    magnum, _ = both(lambda: SimulatedMagnum(templates=[template()]))
    assert magnum.requests == [("create", "lab")]


@pytest.mark.parametrize(
    "errors",
    [
        [("clusters.create", RetryableError("closed"), True)],  # it acted, and its answer was lost
        [("clusters.get", ResourceNotFound("not yet"), False)] * 3,
        [("clusters.get", ResourceNotFound("not yet"), False), ("clusters.get", RetryableError("half made"), False)],
        [("clusters.get", AmbiguousName("two"), False), ("clusters.list", RetryableError("half made"), False)],
        [("cluster_templates.create", RetryableError("closed"), True)],
    ],
)
def test_races_create_no_second_cluster(errors):
    magnum = SimulatedMagnum(errors=errors)
    assert ended(magnum).actions == [CREATE]
    assert magnum.requests == [TEMPLATE, ("create", "lab")] and len(magnum.clusters) == 1 and not magnum.errors


def test_a_creation_that_fails_ends_the_run_with_all_reasons():
    magnum = SimulatedMagnum(groups=[group("default-worker", "CREATE_FAILED", status_reason="No host")])
    magnum.outcome = "FAILED"
    with pytest.raises(
        ImpossibleChange, match=r"is CREATE_FAILED:\n- default-worker: No host\n.*-e cluster_recreate=true"
    ):
        ended(magnum)
    assert len(magnum.clusters) == 1


def test_a_failed_cluster_is_created_again_on_request():
    def make():
        return SimulatedMagnum(cluster("CREATE_FAILED"), templates=[template()])

    magnum, done = both(make, recreate=True)
    assert done.actions == ["delete cluster lab (c-1), which is CREATE_FAILED", CREATE]
    assert magnum.requests == [("delete", "c-1"), ("create", "lab")]
    assert "cluster" not in ended(make(), check=True, recreate=True).result, "the existing one is deleted"


def test_a_deletion_is_awaited():
    magnum, done = both(lambda: SimulatedMagnum(cluster("CREATE_IN_PROGRESS"), templates=[template()]), state="absent")
    assert done.actions == ["delete cluster lab (c-1)"] and magnum.clusters == []
    going = SimulatedMagnum(cluster("DELETE_IN_PROGRESS"), templates=[template()])
    assert ended(going, state="absent").actions == [] and going.clusters == [], (
        "a deletion by somebody else is awaited, too"
    )


def test_check_mode_of_a_deletion_shows_the_cluster_and_refuses_a_foreign_one():
    magnum = SimulatedMagnum(cluster("CREATE_FAILED"))
    assert ended(magnum, check=True, state="absent", template=None).result["cluster"]["uuid"] == "c-1"
    assert "cluster" not in ended(SimulatedMagnum(), check=True, state="absent", template=None).result
    with pytest.raises(ImpossibleChange, match="was not created by openstack-hub"):
        ended(SimulatedMagnum(cluster(labels={})), check=True, state="absent", template=None)
    assert magnum.requests == []


def test_a_cluster_of_another_project_is_ignored():
    magnum = SimulatedMagnum(cluster(uuid="c-other", project_id="p-2"), templates=[template()])
    assert ended(magnum, check=True).actions == [CREATE]
    magnum.clusters.append(cluster())
    assert ended(magnum).result["cluster"]["uuid"] == "c-1"


# -- Changes -----------------------------------------------------------------------------------------------------------


def test_the_control_plane_is_resized():
    magnum, done = both(lambda: SimulatedMagnum(cluster(), templates=[template()]), master_count=3)
    assert done.actions == ["resize the control plane from 1 to 3 nodes"]
    assert done.diff["before"] | {"control plane": 3} == done.diff["after"]
    assert magnum.requests == [("resize", "default-master", 3)]


def test_a_failed_update_is_retried_once():
    magnum, _ = both(lambda: SimulatedMagnum(cluster("UPDATE_FAILED"), templates=[template()]))
    assert magnum.requests == [("resize", "default-worker", 1)]
    magnum = SimulatedMagnum(cluster("UPDATE_FAILED", status_reason="No host"), templates=[template()])
    magnum.outcome = "FAILED"
    with pytest.raises(ImpossibleChange, match="No host\nFix the cause, then run again: the update is retried"):
        ended(magnum)
    assert len(magnum.requests) == 1


def test_upgrades_go_minor_by_minor_with_all_node_groups():
    old, groups = template("v1.31.9"), ("default-master", "default-worker", "a", "b")

    def make():
        existing = cluster(coe_version="v1.31.9", cluster_template_id=old["uuid"])
        return SimulatedMagnum(
            existing, templates=[old], groups=[group(name, image_id=old["image_id"]) for name in groups]
        )

    magnum, done = both(make, upgrade_steps=[template("v1.32.8")])
    assert done.actions == [
        "upgrade Kubernetes from v1.31.9 to v1.32.8",
        "upgrade Kubernetes from v1.32.8 to v1.33.4",
    ]
    assert magnum.requests == [
        ("template", template("v1.32.8")["name"]),
        *(("upgrade", name, "v1.32.8") for name in (None, "a", "b")),
        ("template", template()["name"]),
        *(("upgrade", name, "v1.33.4") for name in (None, "a", "b")),
    ]


def test_a_group_with_its_own_image_is_not_upgraded():
    old, groups = template("v1.32.8"), [group("default-worker", image_id="ubuntu-kube-v1.32.8"), group(image_id="own")]
    magnum = SimulatedMagnum(
        cluster(coe_version="v1.32.8", cluster_template_id="t-v1.32.8"), templates=[old], groups=groups
    )
    ended(magnum)
    assert magnum.groups[1]["image_id"] == "own"


# -- Duplicates -----------------------------------------------------------------------------------------------------

EARLIER, LATER = (f"2026-11-21T12:00:0{second}+00:00" for second in (1, 9))
DELETE_DUPLICATE = "delete cluster c-young: an older one of this name "


def test_the_newer_of_two_clusters_is_deleted_and_the_older_is_used():
    young = cluster("CREATE_IN_PROGRESS", uuid="c-young", created_at=LATER)
    for errors in ([], [("clusters.delete", ResourceNotFound("the other operator was faster"), True)]):
        magnum = SimulatedMagnum(cluster(created_at=EARLIER), dict(young), templates=[template()], errors=errors)
        done = ended(magnum)
        assert [sentence.startswith(DELETE_DUPLICATE) for sentence in done.actions] == [True]
        assert done.result["cluster"]["uuid"] == "c-1"
        magnum.tick()
        magnum.tick()
        assert magnum.requests == [("delete", "c-young")] and len(magnum.clusters) == 1


def test_check_mode_deletes_no_duplicate():
    young = cluster("CREATE_IN_PROGRESS", uuid="c-young", created_at=LATER)
    magnum = SimulatedMagnum(cluster(created_at=EARLIER), young, templates=[template()])
    assert ended(magnum, check=True).actions == [] and magnum.requests == []


def test_two_complete_clusters_are_an_error():
    one, other = cluster(created_at=EARLIER), cluster("UPDATE_COMPLETE", uuid="c-2", created_at=LATER)
    with pytest.raises(ImpossibleChange, match=r"there are 2 clusters called lab:\n- c-1, .*\n- c-2, "):
        ended(SimulatedMagnum(one, other, templates=[template()]))
