"""One cluster under Magnum's own rules: made once, upgraded in order, withdrawn when another was first."""

from types import SimpleNamespace

import pytest
from magnum_samples import cluster, group, template, wanted

# isort: split
from openstack_hub.openstack.cluster_reconciliation import ClusterSteps
from openstack_hub.openstack.magnum_client import Ambiguous, NotThere, Refused, Transient
from openstack_hub.openstack.poll import Impossible, Pass, Waiting

MINE = "2026-11-21T12:00:05+00:00"


class Answer(dict):
    def to_dict(self):
        return dict(self)


class Simulated:
    """Magnum of one project. What is asked for shows after a while, as with a conductor, and then takes its time."""

    version = (1, 14)

    def __init__(self, *clusters, templates=(), groups=(), trouble=()):
        self.clusters, self.templates = list(clusters), list(templates)
        self.groups = list(groups) or [group("default-master", role="master"), group("default-worker")]
        self.trouble, self.asked, self.queue, self.clock = list(trouble), [], [], 100

    def project(self):
        return "p-1"

    def alike(self, _field, have, want):
        return have == want

    def call(self, function, *args, **kwargs):
        """TROUBLE: [(function, what comes instead of its answer, whether it is done all the same), ...]."""
        name, error, acts = self.trouble[0] if self.trouble else (None, None, True)
        if function != name:
            return getattr(self, function.replace(".", "_"))(*args, **kwargs)
        del self.trouble[0]
        if acts:
            getattr(self, function.replace(".", "_"))(*args, **kwargs)
        raise error

    def tick(self):
        """One request becomes visible; what was worked on before is over."""
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

    def named(self, things, name, known):
        found = [one for one in things if name in (one["uuid"], one["name"])]
        if not found:
            raise NotThere(name)
        if len(found) > 1:
            raise Ambiguous(f"{len(found)} {known}")
        return Answer(found[0])

    def clusters_get(self, name):
        return self.named(self.clusters, name, "clusters")

    def clusters_list(self, detail):
        return [Answer(one) for one in self.clusters]

    def clusters_create(self, **body):
        self.asked.append(("create", body["name"]))
        secret = {"discovery_url": "https://discovery.example.org/5ec7e7", "user_id": "u-1", "links": []}
        made = cluster("CREATE_IN_PROGRESS", uuid=f"c-{self.clock}", created_at=MINE, updated_at=None, **secret)
        self.queue.append(lambda: self.clusters.append(made | body))

    def clusters_delete(self, uuid):
        self.asked.append(("delete", uuid))
        there = next(one for one in self.clusters if one["uuid"] == self.clusters_get(uuid)["uuid"])
        self.queue.append(lambda: self.touch(there, status="DELETE_IN_PROGRESS"))

    def clusters_resize(self, uuid, count, nodegroup):
        self.asked.append(("resize", nodegroup, count))
        there = next(one for one in self.clusters if one["uuid"] == uuid)
        changed = {"master_count": count} if nodegroup == "default-master" else {}
        self.queue.append(lambda: self.touch(there, status="UPDATE_IN_PROGRESS", **changed))

    def clusters_upgrade(self, uuid, template_id, nodegroup=None):
        there = next(one for one in self.clusters if one["uuid"] == uuid)
        to = self.named(self.templates, template_id, "templates")
        self.asked.append(("upgrade", nodegroup, to["version"]))
        if not there["status"].endswith("_COMPLETE"):
            raise Refused(f"upgrading when status is {there['status']}")
        if nodegroup and there["cluster_template_id"] != to["uuid"]:
            raise Refused("only to match the cluster's template")
        for one in self.groups:
            if one["name"] == nodegroup or (one["name"].startswith("default-") and not nodegroup):
                one["image_id"] = to["image_id"]
        self.touch(there, status="UPDATE_IN_PROGRESS", cluster_template_id=to["uuid"], coe_version=to["version"])

    def cluster_templates_get(self, name):
        return self.named(self.templates, name, "templates")

    def cluster_templates_create(self, name, **body):
        self.asked.append(("template", name))
        self.templates.append(body | {"uuid": f"t-{name[4:]}", "name": name, "version": body["labels"]["kube_tag"]})

    def nodegroups_list(self, _uuid):
        return [Answer(one) for one in self.groups]

    def nodegroups_get(self, _uuid, name):
        return self.named(self.groups, name, "groups")


def ended(magnum, check=False, **changed):
    """The pass that wanted nothing any more."""
    steps, current = (
        ClusterSteps(magnum, wanted(**changed)),
        Pass(SimpleNamespace(check_mode=check, params={"sofar": {}})),
    )
    for _ in range(60):
        try:
            steps(current)
        except (Waiting, Transient):
            magnum.tick()
        else:
            return current
    raise AssertionError(f"no end: {current.actions}")


def both(make, **changed):
    """(Magnum after the run, its pass), foretold by check mode, which asks for nothing."""
    untouched = make()
    foretold, magnum = ended(untouched, check=True, **changed), make()
    assert untouched.asked == []
    done = ended(magnum, **changed)
    assert (done.actions, done.diff) == (foretold.actions, foretold.diff)
    assert ended(magnum, **changed | {"recreate": False}).actions == []
    return magnum, done


CREATE = "create cluster lab (v1.33.4, control plane 1 m1.medium, first node group 2 l3.micro)"
TEMPLATE = ("template", template()["name"])


def test_it_is_made_once_with_its_template_and_its_result_holds_nothing_secret():
    magnum, done = both(Simulated)
    assert done.actions == [CREATE]
    assert magnum.asked == [TEMPLATE, ("create", "lab")]
    assert magnum.clusters[0]["labels"]["count"] == "3", "labels are strings"
    assert done.result["cluster"]["uuid"] == magnum.clusters[0]["uuid"]
    assert not {"discovery_url", "user_id", "links"} & {*done.result["cluster"]} and "5ec7e7" not in str(done.result)


def test_a_template_that_is_there_is_used():
    magnum, _ = both(lambda: Simulated(templates=[template()]))
    assert magnum.asked == [("create", "lab")]


@pytest.mark.parametrize(
    "trouble",
    [
        [("clusters.create", Transient("closed"), True)],  # it acted, and its answer was lost
        [("clusters.get", NotThere("not yet"), False)] * 3,
        [("clusters.get", NotThere("not yet"), False), ("clusters.get", Transient("half made"), False)],
        [("clusters.get", Ambiguous("two"), False), ("clusters.list", Transient("half made"), False)],
        [("cluster_templates.create", Transient("closed"), True)],
    ],
)
def test_races_make_no_second_one(trouble):
    magnum = Simulated(trouble=trouble)
    assert ended(magnum).actions == [CREATE]
    assert magnum.asked == [TEMPLATE, ("create", "lab")] and len(magnum.clusters) == 1 and not magnum.trouble


def test_a_creation_that_fails_ends_the_run_with_all_reasons():
    magnum = Simulated(groups=[group("default-worker", "CREATE_FAILED", status_reason="No host")])
    magnum.outcome = "FAILED"
    with pytest.raises(Impossible, match=r"is CREATE_FAILED:\n- default-worker: No host\n.*-e cluster_recreate=true"):
        ended(magnum)
    assert len(magnum.clusters) == 1


def test_it_is_made_anew_on_request():
    def make():
        return Simulated(cluster("CREATE_FAILED"), templates=[template()])

    magnum, done = both(make, recreate=True)
    assert done.actions == ["delete cluster lab (c-1), which is CREATE_FAILED", CREATE]
    assert magnum.asked == [("delete", "c-1"), ("create", "lab")]
    assert "cluster" not in ended(make(), check=True, recreate=True).result, "the one that is there goes"


def test_it_is_deleted_and_waited_for():
    magnum, done = both(lambda: Simulated(cluster("CREATE_IN_PROGRESS"), templates=[template()]), state="absent")
    assert done.actions == ["delete cluster lab (c-1)"] and magnum.clusters == []
    going = Simulated(cluster("DELETE_IN_PROGRESS"), templates=[template()])
    assert ended(going, state="absent").actions == [] and going.clusters == [], "somebody else did; it is waited for"


def test_info_looks_and_does_nothing():
    for magnum in (Simulated(), Simulated(cluster("CREATE_FAILED"))):
        found = ended(magnum, state="info").result["cluster"]
        assert (found and found["uuid"]) == (magnum.clusters[0]["uuid"] if magnum.clusters else None)
        assert magnum.asked == []


def test_another_projects_cluster_is_not_seen():
    magnum = Simulated(cluster(uuid="c-other", project_id="p-2"), templates=[template()])
    assert ended(magnum, check=True).actions == [CREATE]
    magnum.clusters.append(cluster())
    assert ended(magnum).result["cluster"]["uuid"] == "c-1"


# -- Changes -----------------------------------------------------------------------------------------------------------


def test_the_control_plane_is_resized():
    magnum, done = both(lambda: Simulated(cluster(), templates=[template()]), master_count=3)
    assert done.actions == ["resize the control plane from 1 to 3 machines"]
    assert done.diff["before"] | {"control plane": 3} == done.diff["after"]
    assert magnum.asked == [("resize", "default-master", 3)]


def test_a_failed_update_is_tried_again_once():
    magnum, _ = both(lambda: Simulated(cluster("UPDATE_FAILED"), templates=[template()]))
    assert magnum.asked == [("resize", "default-worker", 1)]
    magnum = Simulated(cluster("UPDATE_FAILED", status_reason="No host"), templates=[template()])
    magnum.outcome = "FAILED"
    with pytest.raises(Impossible, match="No host\nMend the cause, then run again: the update is tried once more"):
        ended(magnum)
    assert len(magnum.asked) == 1


def test_minor_by_minor_and_no_group_is_left_behind():
    old, groups = template("v1.31.9"), ("default-master", "default-worker", "a", "b")

    def make():
        there = cluster(coe_version="v1.31.9", cluster_template_id=old["uuid"])
        return Simulated(there, templates=[old], groups=[group(name, image_id=old["image_id"]) for name in groups])

    magnum, done = both(make, upgrade_steps=[template("v1.32.8")])
    assert done.actions == [
        "upgrade Kubernetes from v1.31.9 to v1.32.8",
        "upgrade Kubernetes from v1.32.8 to v1.33.4",
    ]
    assert magnum.asked == [
        ("template", template("v1.32.8")["name"]),
        *(("upgrade", name, "v1.32.8") for name in (None, "a", "b")),
        ("template", template()["name"]),
        *(("upgrade", name, "v1.33.4") for name in (None, "a", "b")),
    ]


def test_a_group_with_an_image_of_its_own_is_left_alone():
    old, groups = template("v1.32.8"), [group("default-worker", image_id="ubuntu-kube-v1.32.8"), group(image_id="own")]
    magnum = Simulated(cluster(coe_version="v1.32.8", cluster_template_id="t-v1.32.8"), templates=[old], groups=groups)
    ended(magnum)
    assert magnum.groups[1]["image_id"] == "own"


# -- Two of a name -----------------------------------------------------------------------------------------------------

EARLIER, LATER = (f"2026-11-21T12:00:0{second}+00:00" for second in (1, 9))
WITHDRAW = "withdraw cluster c-young: an older one of the name "


def test_of_two_operators_the_later_one_withdraws_and_takes_the_others_cluster():
    young = cluster("CREATE_IN_PROGRESS", uuid="c-young", created_at=LATER)
    for trouble in ([], [("clusters.delete", NotThere("the other operator was faster"), True)]):
        magnum = Simulated(cluster(created_at=EARLIER), dict(young), templates=[template()], trouble=trouble)
        done = ended(magnum)
        assert [sentence.startswith(WITHDRAW) for sentence in done.actions] == [True]
        assert done.result["cluster"]["uuid"] == "c-1"
        magnum.tick()
        magnum.tick()
        assert magnum.asked == [("delete", "c-young")] and len(magnum.clusters) == 1


def test_check_mode_withdraws_nothing():
    young = cluster("CREATE_IN_PROGRESS", uuid="c-young", created_at=LATER)
    magnum = Simulated(cluster(created_at=EARLIER), young, templates=[template()])
    assert ended(magnum, check=True).actions == [] and magnum.asked == []


def test_two_that_are_complete_are_an_error():
    one, other = cluster(created_at=EARLIER), cluster("UPDATE_COMPLETE", uuid="c-2", created_at=LATER)
    with pytest.raises(Impossible, match=r"there are 2 clusters called lab:\n- c-1, .*\n- c-2, "):
        ended(Simulated(one, other, templates=[template()]))
