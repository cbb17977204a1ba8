"""Cluster templates: created once, never changed, deleted when nothing uses them."""

from types import SimpleNamespace

import pytest
from magnum_samples import Answer, template

from openstack_hub.openstack.cluster_templates import UnusedTemplates, create, differences, find, find_matching
from openstack_hub.openstack.errors import AmbiguousName, ImpossibleChange, RequestRefused, ResourceNotFound
from openstack_hub.openstack.poll import Poll

FAMILY = r"lab-v[0-9.]+-[0-9a-f]{8}"


class SimulatedMagnum:
    """Magnum with templates, some of which are in use."""

    def __init__(self, *templates, used=()):
        self.templates, self.used, self.made = list(templates), used, []

    def project_id(self):
        return "p-1"

    def call(self, function, *args, **kwargs):
        return getattr(self, function.rpartition(".")[2])(*args, **kwargs)

    def get(self, name):
        found = [one for one in self.templates if one["name"] == name]
        if len(found) > 1:
            raise AmbiguousName("several")
        if not found:
            raise ResourceNotFound(name)
        return Answer(found[0])

    def list(self, detail):
        return [Answer(one) for one in self.templates]

    def create(self, **body):
        self.made.append(body)
        self.templates.append(body | {"uuid": "t-new"})

    def delete(self, uuid):
        if uuid in self.used:
            raise RequestRefused(f"template {uuid} is referenced by one or multiple clusters")
        found = [one for one in self.templates if one["uuid"] == uuid]
        if not found:
            raise ResourceNotFound(uuid)
        self.templates.remove(found[0])


@pytest.mark.parametrize(
    ("existing", "desired", "found"),
    [
        ({}, {}, []),
        ({"uuid": "t-9", "public": True, "hidden": False}, {}, []),  # not compared
        ({"image_id": "old"}, {}, ["image_id"]),
        ({"external_network_id": "Other"}, {}, ["external_network_id"]),
        ({"network_driver": "cilium"}, {}, ["network_driver"]),
        ({"network_driver": "cilium"}, {"network_driver": None}, []),  # not set by the variables
        ({"network_driver": None}, {}, ["network_driver"]),
        ({"master_lb_enabled": "True"}, {"master_lb_enabled": True}, []),
        ({"master_lb_enabled": True}, {"master_lb_enabled": False}, ["master_lb_enabled"]),
        ({"floating_ip_enabled": False}, {"floating_ip_enabled": False}, []),
        ({"labels": {"kube_tag": "v1.33.4", "more": "1"}}, {}, ["labels"]),
        ({"labels": {"count": "3", "on": "True"}}, {"labels": {"on": True, "count": 3}}, []),
        ({"labels": None}, {"labels": {}}, []),
        ({"labels": None}, {}, ["labels"]),
    ],
)
def test_only_fields_that_are_desired_are_compared(existing, desired, found):
    assert list(differences(template(**existing), template(**desired))) == found


def test_a_template_of_this_name_that_differs_is_refused():
    magnum = SimulatedMagnum(template(image_id="old", network_driver="cilium"))
    with pytest.raises(ImpossibleChange) as caught:
        find_matching(magnum, template())
    assert str(caught.value) == (
        "cluster template lab-v1.33.4-0a1b2c3d (t-v1.33.4) exists and differs:\n"
        "- image_id: old exists, ubuntu-kube-v1.33.4 is wanted\n- network_driver: cilium exists, calico is wanted\n"
        "A template cannot be changed once a cluster uses it: delete it, or give this one another name."
    )


def test_an_existing_template_is_used_and_a_missing_one_created():
    assert find_matching(SimulatedMagnum(template()), template())["uuid"] == "t-v1.33.4"
    assert find_matching(SimulatedMagnum(), template()) is None
    magnum = SimulatedMagnum()
    assert create(magnum, template(labels={"count": 3}, network_driver=None))["uuid"] == "t-new"
    (body,) = magnum.made
    assert body["labels"] == {"count": "3"} and {"version", "uuid", "network_driver"}.isdisjoint(body)
    assert (body["coe"], body["tls_disabled"], body["public"]) == ("kubernetes", False, False)


def test_of_two_templates_of_one_name_both_runs_use_the_oldest_of_the_project():
    made = [
        {"uuid": "t-3", "created_at": "2026-11-21T12:00:01", "project_id": "p-1"},
        {"uuid": "t-2", "created_at": "2026-11-21T12:00:01", "project_id": "p-1"},
        {"uuid": "t-1", "created_at": "2026-11-21T12:00:00", "project_id": "p-2"},
    ]
    templates = [template(**one) for one in made]
    assert find(SimulatedMagnum(*templates), template()["name"])["uuid"] == "t-2"
    assert find(SimulatedMagnum(*templates[::-1]), template()["name"])["uuid"] == "t-2"


def test_unused_templates_are_deleted_and_used_ones_kept_with_a_warning():
    def magnum():
        others = [template("v1.30.1", name="lab2-v1.30.1-0a1b2c3d"), template("v1.29.1", project_id="p-2")]
        return SimulatedMagnum(*(template(f"v1.3{minor}.0") for minor in (1, 2, 3)), *others, used=("t-v1.32.0",))

    def removed(magnum, check):
        poll = Poll(SimpleNamespace(check_mode=check, params={"progress_state": {}}))
        UnusedTemplates(magnum, {"family": FAMILY, "keep": ["lab-v1.33.0-0a1b2c3d"]})(poll)
        return poll

    one, other = magnum(), magnum()
    done, predicted = removed(one, False), removed(other, True)
    assert done.actions == predicted.actions == ["delete unused cluster templates"]
    assert done.diff == {"before": "lab-v1.31.0-0a1b2c3d\n", "after": ""}
    assert done.warnings == [
        "cluster template lab-v1.32.0-0a1b2c3d is kept: template t-v1.32.0 is referenced by one or multiple clusters"
    ]
    assert [one["uuid"] for one in one.templates] == ["t-v1.32.0", "t-v1.33.0", "t-v1.30.1", "t-v1.29.1"]
    assert len(other.templates) == 5
    assert removed(one, False).actions == []
