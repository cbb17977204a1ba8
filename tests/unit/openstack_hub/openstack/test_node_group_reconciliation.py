"""Node groups under the rules of a simulated Magnum: a run ends as desired, and check mode predicts each action."""

import json
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from magnum_samples import Answer, cluster, group, template, want

from openstack_hub.openstack.errors import NotReady, RequestRefused, ResourceNotFound
from openstack_hub.openstack.node_group_reconciliation import NodeGroupReconciliation
from openstack_hub.openstack.poll import Poll

LISTED = ("uuid", "name", "flavor_id", "image_id", "node_count", "role", "is_default", "status")
NEW, OLD = "ubuntu-kube-v1.33.4", "ubuntu-kube-v1.32.8"


class SimulatedMagnum:
    """Magnum with one cluster. As with a conductor, a request shows after a while, and then is in progress a while."""

    def __init__(self, groups, version=(1, 14), scaler=lambda one: None):
        self.groups, self.version, self.scaler = {one["uuid"]: dict(one) for one in groups}, version, scaler
        self.cluster, self.queue, self.clock = cluster(), [], 100

    def is_equivalent(self, _field, existing, desired):
        return existing == desired

    def call(self, function, _cluster, *args, **kwargs):
        return getattr(self, function.replace(".", "_"))(*args, **kwargs)

    def tick(self):
        """One request becomes visible; operations in progress end."""
        for one in list(self.groups.values()):
            if one["status"] == "DELETE_IN_PROGRESS":
                del self.groups[one["uuid"]]
            elif one["status"].endswith("_IN_PROGRESS"):
                self.touch(one, status=one["status"].replace("IN_PROGRESS", "COMPLETE"))
                self.scaler(one)
        if self.queue:
            one, changed = self.queue.pop(0)
            self.touch(self.groups.setdefault(one["uuid"], one), **changed)

    def touch(self, one, **changed):
        self.clock += 1
        one.update(changed, updated_at=str(self.clock))

    def group(self, name):
        found = [one for one in self.groups.values() if name in (one["uuid"], one["name"])]
        if not found:
            raise ResourceNotFound(name)
        return found[0]

    def allow(self, count, low, high):
        if not low <= count <= (high or count):
            raise RequestRefused(f"{count} is not within {low} and {high}")

    def clusters_get(self):
        return Answer(self.cluster)

    def cluster_templates_get(self):
        return Answer(template(image_id=NEW))

    def nodegroups_list(self):
        return [Answer({key: one[key] for key in LISTED}) for one in self.groups.values()]

    def nodegroups_get(self, name):
        return Answer(self.group(name))

    def nodegroups_create(self, name, role, **body):
        if any(one["name"] == name for one in self.groups.values()):
            raise RequestRefused(f"{name} exists already")
        made = group(name, "CREATE_IN_PROGRESS", uuid=f"made-{self.clock}", node_labels={}, image_id=NEW) | body
        self.allow(made["node_count"], made["min_node_count"], made["max_node_count"])
        self.queue.append((made, {}))
        return Answer(made)

    def nodegroups_update(self, name, patch):
        found = self.group(name)
        changed = {
            change["path"][1:]: json.loads(change["value"]) if isinstance(change["value"], str) else change["value"]
            for change in patch
        }
        new = found | changed
        self.allow(new["node_count"], new["min_node_count"], new["max_node_count"])
        self.allow(new["min_node_count"], 0, new["max_node_count"])
        self.queue.append((found, changed | {"status": "UPDATE_IN_PROGRESS"}))

    def nodegroups_delete(self, name):
        found = self.group(name)
        if found["is_default"]:
            raise RequestRefused("a default group cannot be deleted")
        self.queue.append((found, {"status": "DELETE_IN_PROGRESS"}))

    def clusters_resize(self, count, nodegroup):
        found = self.group(nodegroup)
        self.allow(count, found["min_node_count"], found["max_node_count"])
        if count == 0 and self.version < (1, 10):
            raise RequestRefused("no group of 0")
        self.queue.append((found, {"node_count": count, "status": "UPDATE_IN_PROGRESS"}))

    def clusters_upgrade(self, _template, nodegroup):
        self.queue.append((self.group(nodegroup), {"image_id": NEW, "status": "UPDATE_IN_PROGRESS"}))


def ended(magnum, desired, check=False, **settings):
    """The last poll, for which nothing was left to do."""
    step = NodeGroupReconciliation(
        magnum, {"cluster": "c-1", "groups": desired, "replace": True, "recreate": True} | settings
    )
    poll = Poll(SimpleNamespace(check_mode=check, params={"progress_state": {}}))
    for _ in range(40 * (len(desired) + len(magnum.groups))):
        try:
            step(poll)
        except NotReady:
            magnum.tick()
        else:
            return poll
    raise AssertionError(f"no end: {poll.actions}")


def assert_as_desired(magnum, desired):
    """Each desired group, and no other, exists as desired."""
    found = {one["name"].removesuffix("-b"): one for one in magnum.groups.values()}
    assert len(found) == len(magnum.groups) and {*found} == {one["name"] for one in desired}
    for one in desired:
        existing = found[one["name"]]
        assert existing["status"].endswith("_COMPLETE")
        assert (existing["min_node_count"], existing["max_node_count"]) == (one["min"], one["max"])
        assert one["min"] <= existing["node_count"] <= one["max"]
        assert existing["flavor_id"] == one["flavor_id"]
        assert existing["image_id"] == (one["image_id"] or NEW)
        assert magnum.version < (1, 14) or (existing["node_labels"] or {}) == one["node_labels"]


@st.composite
def existing(draw, name):
    low, high = draw(st.integers(0, 4)), draw(st.none() | st.integers(1, 6))
    default = name == "default-worker"
    failed = ["UPDATE_FAILED"] if default else ["UPDATE_FAILED", "CREATE_FAILED", "DELETE_FAILED", "DELETE_IN_PROGRESS"]
    return group(
        name,
        draw(st.sampled_from(["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", *failed])),
        min_node_count=min(low, high or low),
        max_node_count=high,
        node_count=draw(st.integers(0, 8)),  # an autoscaler may have chosen any count
        flavor_id="l3.micro" if default else draw(st.sampled_from(["l3.micro", "l3.big", "l3.small"])),
        image_id=NEW if default else draw(st.sampled_from([NEW, NEW, OLD])),
        node_labels=draw(st.sampled_from([None, {}, {"zone": "a"}])),
    )


@st.composite
def wish(draw, name):
    low = draw(st.integers(0, 4))
    return want(
        name,
        min=low,
        max=draw(st.integers(max(low, 1), 6)),
        flavor_id="l3.micro" if name == "default-worker" else draw(st.sampled_from(["l3.micro", "l3.big"])),
        image_id=None if name == "default-worker" else draw(st.sampled_from([None, None, OLD])),
        node_labels=draw(st.sampled_from([{}, {"zone": "a"}])),
    )


def some(names, strategy):
    """Strategy of a list: for the default group, and for some of NAMES."""
    chosen = st.lists(st.sampled_from(names), unique=True)
    return chosen.flatmap(lambda found: st.tuples(*(strategy(name) for name in ["default-worker", *found]))).map(list)


@settings(max_examples=100, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    some(["a", "a-b", "b", "b-b", "c"], existing),
    some(["a", "b", "d"], wish),
    st.sampled_from([(1, 14), (1, 14), (1, 13), (1, 10)]),
)
def test_a_run_ends_as_desired_and_check_mode_predicts_it(groups, desired, version):
    predicted = ended(SimulatedMagnum(groups, version), desired, check=True)
    magnum = SimulatedMagnum(groups, version)
    done = ended(magnum, desired)
    assert done.actions == predicted.actions
    assert done.diff == predicted.diff
    assert_as_desired(magnum, desired)
    again = ended(magnum, desired)
    assert (again.actions, again.diff) == ([], None)


def test_an_interrupted_run_is_continued():
    """Each poll is another process that knows nothing of the one before."""
    groups = [group("default-worker"), group("a", image_id=OLD), group("b", flavor_id="l3.big"), group("c")]
    desired = [want("default-worker", min=2), want("a", max=6), want("b"), want("d")]
    all_actions, magnum, actions = ended(SimulatedMagnum(groups), desired).actions, SimulatedMagnum(groups), []
    for _ in range(60):
        step = NodeGroupReconciliation(magnum, {"cluster": "c-1", "groups": desired, "replace": True, "recreate": True})
        poll = Poll(SimpleNamespace(check_mode=False, params={"progress_state": {}}))
        try:
            step(poll)
        except NotReady:
            magnum.tick()
        actions += poll.actions
    assert_as_desired(magnum, desired)
    assert list(dict.fromkeys(actions)) == all_actions


def test_an_autoscaler_that_undoes_a_resize_gets_its_bounds_all_the_same():
    moves = iter([5, 5])

    def scaler(one):
        one["node_count"] = next(moves, one["node_count"])

    magnum = SimulatedMagnum([group("default-worker", node_count=5, max_node_count=8)], scaler=scaler)
    done = ended(magnum, [want("default-worker", max=3)])
    assert done.actions == ["resize node group standard to 3 nodes", "set node group standard: 0 to 3 nodes"]
    assert_as_desired(magnum, [want("default-worker", max=3)])


def test_an_autoscaler_that_always_undoes_a_resize_leaves_it_pending():
    magnum = SimulatedMagnum(
        [group("default-worker", node_count=5, max_node_count=8)], scaler=lambda g: g.update(node_count=5)
    )
    with pytest.raises(AssertionError, match="no end"):  # the time-out is the action plugin's
        ended(magnum, [want("default-worker", max=3)])
    assert magnum.clock < 110, "requested three times only"


def test_a_driver_without_images_per_group_has_no_outdated_groups():
    """With magnum-capi-helm the image of the default group never changes."""
    groups = [group("default-worker", image_id=OLD), group("a", image_id=OLD), group("b", image_id=NEW)]
    assert ended(SimulatedMagnum(groups), [want("default-worker"), want("a"), want("b")]).actions == []


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "CREATE_FAILED"])
def test_check_mode_predicts_the_groups_of_a_cluster_that_is_created_again(status):
    magnum = SimulatedMagnum([group("default-worker", "CREATE_FAILED"), group("old")])
    magnum.cluster["status"] = status
    assert ended(magnum, [want("default-worker", min=1), want("new")], check=True).actions == [
        "set node group standard: 1 to 4 nodes, node labels zone=a",
        "create node group new (l3.micro, 0 to 4 nodes)",
    ]


def test_a_group_that_failed_before_does_not_end_the_run():
    groups = [group("default-worker", "UPDATE_FAILED"), group("a", "UPDATE_FAILED"), group("b", "CREATE_FAILED")]
    magnum = SimulatedMagnum(groups)
    desired = [want("default-worker"), want("a"), want("b")]
    assert len(ended(magnum, desired).actions) == 4
    assert_as_desired(magnum, desired)
