"""Cluster templates: made once, never changed, removed when nothing uses them."""

import re
from types import SimpleNamespace

import pytest
from magnum_samples import template

# isort: split
from openstack_hub.openstack.cluster_templates import create, differences, ensure, find, remove
from openstack_hub.openstack.magnum_client import Ambiguous, NotThere, Refused
from openstack_hub.openstack.poll import Impossible, Pass

FAMILY = re.compile(r"lab-v[0-9.]+-[0-9a-f]{8}")


class Answer(dict):
    def to_dict(self):
        return dict(self)


class Simulated:
    """Magnum with templates, some of which are in use."""

    def __init__(self, *templates, used=()):
        self.templates, self.used, self.made = list(templates), used, []

    def project(self):
        return "p-1"

    def call(self, function, *args, **kwargs):
        return getattr(self, function.rpartition(".")[2])(*args, **kwargs)

    def get(self, name):
        found = [one for one in self.templates if one["name"] == name]
        if len(found) > 1:
            raise Ambiguous("several")
        if not found:
            raise NotThere(name)
        return Answer(found[0])

    def list(self, detail):
        return [Answer(one) for one in self.templates]

    def create(self, **body):
        self.made.append(body)
        self.templates.append(body | {"uuid": "t-new"})

    def delete(self, uuid):
        if uuid in self.used:
            raise Refused(f"template {uuid} is referenced by one or multiple clusters")
        found = [one for one in self.templates if one["uuid"] == uuid]
        if not found:
            raise NotThere(uuid)
        self.templates.remove(found[0])


@pytest.mark.parametrize(
    ("there", "wish", "found"),
    [
        ({}, {}, []),
        ({"uuid": "t-9", "public": True, "hidden": False}, {}, []),  # not ours to compare
        ({"image_id": "old"}, {}, ["image_id"]),
        ({"external_network_id": "Other"}, {}, ["external_network_id"]),
        ({"network_driver": "cilium"}, {}, ["network_driver"]),
        ({"flavor_id": "l3.micro"}, {}, []),  # nothing is wanted of it
        ({"flavor_id": None}, {"flavor_id": "l3.micro"}, ["flavor_id"]),
        ({"master_lb_enabled": "True"}, {"master_lb_enabled": True}, []),
        ({"master_lb_enabled": True}, {"master_lb_enabled": False}, ["master_lb_enabled"]),
        ({"floating_ip_enabled": False}, {"floating_ip_enabled": False}, []),
        ({"labels": {"kube_tag": "v1.33.4", "more": "1"}}, {}, ["labels"]),
        ({"labels": {"count": "3", "on": "True"}}, {"labels": {"on": True, "count": 3}}, []),
        ({"labels": None}, {"labels": {}}, []),
        ({"labels": None}, {}, ["labels"]),
    ],
)
def test_differences(there, wish, found):
    assert list(differences(template(**there), template(**wish))) == found


def test_another_template_of_the_name_is_refused_with_all_that_differs():
    magnum = Simulated(template(image_id="old", network_driver="cilium"))
    with pytest.raises(Impossible) as caught:
        ensure(magnum, template())
    assert str(caught.value) == (
        "cluster template lab-v1.33.4-0a1b2c3d (t-v1.33.4) exists and is another:\n"
        "- image_id: old there, ubuntu-kube-v1.33.4 wanted\n- network_driver: cilium there, calico wanted\n"
        "A template cannot be changed once a cluster uses it: delete it, or give this one another name."
    )


def test_what_is_there_is_used_and_else_made():
    assert ensure(Simulated(template()), template())["uuid"] == "t-v1.33.4"
    assert ensure(Simulated(), template()) is None
    magnum = Simulated()
    assert create(magnum, template(labels={"count": 3}, flavor_id=None))["uuid"] == "t-new"
    (body,) = magnum.made
    assert body["labels"] == {"count": "3"} and {"version", "uuid", "flavor_id"}.isdisjoint(body)
    assert (body["coe"], body["tls_disabled"], body["public"]) == ("kubernetes", False, False)


def test_of_two_that_a_race_left_both_operators_take_the_oldest_of_the_project():
    made = [
        {"uuid": "t-3", "created_at": "2026-11-21T12:00:01", "project_id": "p-1"},
        {"uuid": "t-2", "created_at": "2026-11-21T12:00:01", "project_id": "p-1"},
        {"uuid": "t-1", "created_at": "2026-11-21T12:00:00", "project_id": "p-2"},
    ]
    templates = [template(**one) for one in made]
    assert find(Simulated(*templates), template()["name"])["uuid"] == "t-2"
    assert find(Simulated(*templates[::-1]), template()["name"])["uuid"] == "t-2"


def test_what_nothing_uses_is_removed_and_what_is_used_stays_with_a_warning():
    def magnum():
        others = [template("v1.30.1", name="lab2-v1.30.1-0a1b2c3d"), template("v1.29.1", project_id="p-2")]
        return Simulated(*(template(f"v1.3{minor}.0") for minor in (1, 2, 3)), *others, used=("t-v1.32.0",))

    def removed(magnum, check):
        current = Pass(SimpleNamespace(check_mode=check, params={"sofar": {}}))
        remove(magnum, current, FAMILY, keep=["lab-v1.33.0-0a1b2c3d"])
        return current

    one, other = magnum(), magnum()
    done, foretold = removed(one, False), removed(other, True)
    assert done.actions == foretold.actions == ["delete cluster templates that nothing uses any more"]
    assert done.diff == {"before": "lab-v1.31.0-0a1b2c3d\n", "after": ""}
    assert done.warnings == [
        "cluster template lab-v1.32.0-0a1b2c3d stays: template t-v1.32.0 is referenced by one or multiple clusters"
    ]
    assert [one["uuid"] for one in one.templates] == ["t-v1.32.0", "t-v1.33.0", "t-v1.30.1", "t-v1.29.1"]
    assert len(other.templates) == 5
    assert removed(one, False).actions == []
