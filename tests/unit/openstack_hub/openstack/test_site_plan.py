"""Actions from the existing resources to those that role cloud creates."""

import pytest

from openstack_hub.openstack.errors import ImpossibleChange, NotReady
from openstack_hub.openstack.site_plan import plan_site

MARK = "Made by openstack-hub for hub"
NET = {"name": "inside", "cidr": "10.20.0.0/24"}
INSTANCE = {"flavor": "m1.small", "image": "debian-12", "key": "operators"}
EXTERNAL = {"id": "outside", "name": "External"}


def desired(**changed):
    site = {"site": "hub", "network": NET, "external_network": EXTERNAL, "instance": INSTANCE}
    return site | {"public_ports": [443], "ssh_cidrs": ["192.0.2.0/24"]} | changed


def existing(name, **more):
    return {"id": f"{name}-id", "name": name, "created": "2026-01-01", "description": MARK} | more


RULES = [("IPv4", 22, 22, "192.0.2.0/24"), ("IPv4", 443, 443, "0.0.0.0/0"), ("IPv6", 443, 443, "::/0")]
SERVER = existing("hub-web", status="ACTIVE", deleting=False, fault=None, flavor=["m1.small", "7"], image=["debian-12"])
PORT = existing(
    "hub-web", network_id="inside-id", device_id=SERVER["id"], groups=["hub-web-id"], private_address="10.20.0.5"
)
ADDRESS = existing("203.0.113.7", address="203.0.113.7", port_id=PORT["id"])
EMPTY = {
    kind: [] for kind in ("networks", "subnets", "routers", "router_ports", "groups", "ports", "addresses", "servers")
} | {"flavors": [{"id": "7"}], "images": [existing("debian-12")], "keys": [{"id": "operators"}]}
COMPLETE = EMPTY | {
    "networks": [existing("inside", own=True)],
    "subnets": [existing("inside", cidr="10.20.0.0/24")],
    "routers": [existing("inside", gateway="outside")],
    "router_ports": [{"device_id": "inside-id"}],
    "groups": [existing("hub-web", rules=[{"id": str(rule), "rule": rule} for rule in RULES])],
    "ports": [PORT],
    "addresses": [ADDRESS],
    "servers": [SERVER],
}


def actions(existing, **changed):
    return [action["action"] for action in plan_site(desired(**changed), existing)]


def refusal(existing, **changed):
    with pytest.raises(ImpossibleChange) as caught:
        plan_site(desired(**changed), existing)
    return str(caught.value)


def test_everything_is_created_once():
    rules = ["rule"] * 3
    all_ = ["network", "subnet", "router", "interface", "group", *rules, "port", "address", "instance"]
    assert actions(EMPTY) == all_
    assert actions(COMPLETE) == []


def test_a_network_without_an_instance():
    assert actions(EMPTY, instance=None) == ["network", "subnet", "router", "interface"]
    assert actions(EMPTY, instance=None, external_network=None) == ["network", "subnet"]


@pytest.mark.parametrize(
    ("missing", "created"),
    [
        ({"subnets"}, ["subnet"]),
        ({"router_ports"}, ["interface"]),
        ({"router_ports", "routers"}, ["router", "interface"]),
        ({"ports", "servers", "addresses"}, ["port", "address", "instance"]),
        ({"addresses"}, ["address"]),
        ({"servers"}, ["instance"]),
    ],
    ids=str,
)
def test_a_missing_part_is_created(missing, created):
    assert actions(COMPLETE | {kind: [] for kind in missing}) == created


def test_a_kept_address_is_reused():
    port = {"ports": [], "servers": [], "addresses": [ADDRESS | {"port_id": None}]}
    assert actions(COMPLETE | port) == ["port", "address_reuse", "instance"]


def test_an_address_that_somebody_attached_to_the_port_is_used():
    assert actions(COMPLETE | {"addresses": [ADDRESS | {"description": ""}]}) == []


def test_an_address_elsewhere_is_not_taken_away():
    assert "in use at port other" in refusal(COMPLETE | {"addresses": [ADDRESS | {"port_id": "other"}]})


def test_without_an_external_network_there_is_no_address():
    assert "address" not in actions(EMPTY, external_network=None)


def test_ingress_rules_follow_the_variables():
    planned = plan_site(desired(ssh_cidrs=["198.51.100.0/24"], public_ports=[443, 8443]), COMPLETE)
    assert [action["sentence"] for action in planned] == [
        "allow tcp 22 from 198.51.100.0/24 (IPv4)",
        "allow tcp 8443 from everywhere (IPv4)",
        "allow tcp 8443 from everywhere (IPv6)",
        "no longer allow tcp 22 from 192.0.2.0/24 (IPv4)",
    ]


def test_no_rule_of_a_foreign_group_is_removed():
    group = COMPLETE["groups"][0] | {"description": "by hand"}
    assert actions(COMPLETE | {"groups": [group]}, ssh_cidrs=[]) == []


def test_a_new_group_is_added_to_the_port():
    assert actions(COMPLETE | {"groups": []}) == ["group", "rule", "rule", "rule", "port_group"]
    other = COMPLETE["groups"][0] | {"id": "new"}
    assert actions(COMPLETE | {"groups": [other]}) == ["port_group"]


@pytest.mark.parametrize("kind", ["networks", "groups", "ports", "addresses", "servers"])
def test_two_resources_of_one_name_are_both_listed(kind):
    one = COMPLETE[kind][0]
    two = one | {"id": "second-id", "port_id": None}
    if kind == "addresses":
        one = one | {"port_id": None}
    text = refusal(COMPLETE | {kind: [one, two]})
    assert one["id"] in text
    assert "second-id" in text
    assert "there are 2" in text
    assert text.count("there are 2") == 1


def test_two_routers_of_a_name():
    routers = [*COMPLETE["routers"], COMPLETE["routers"][0] | {"id": "second-id"}]
    assert "second-id" in refusal(COMPLETE | {"routers": routers, "router_ports": []})
    assert actions(COMPLETE | {"routers": routers}) == []  # the network's own link decides


@pytest.mark.parametrize(
    ("changed", "existing", "message"),
    [
        ({"network": NET | {"cidr": None}}, EMPTY, "there is no network inside"),
        ({}, COMPLETE | {"networks": [existing("inside", own=False)]}, "belongs to another project"),
        ({"network": NET | {"cidr": "10.30.0.0/24"}}, COMPLETE, "network inside has 10.20.0.0/24"),
        ({"external_network": {"id": "x", "name": "Other"}}, COMPLETE, "leads to outside"),
        ({"instance": INSTANCE | {"flavor": "m1.large"}}, COMPLETE, "cloud_web_server.flavor is m1.large"),
        ({"instance": INSTANCE | {"image": "debian-13"}}, COMPLETE, "cloud_web_server.image is debian-13"),
        ({}, COMPLETE | {"servers": [SERVER | {"status": "ERROR", "fault": "no host"}]}, "state ERROR: no host"),
        ({}, COMPLETE | {"ports": [PORT | {"device_id": ""}]}, "does not use port hub-web"),
        ({}, COMPLETE | {"ports": [PORT | {"network_id": "other"}]}, "is in network other"),
        ({}, EMPTY | {"flavors": []}, "cloud_web_server.flavor is m1.small: there is none"),
        ({}, EMPTY | {"images": []}, "cloud_web_server.image is debian-12: there is none"),
        ({}, EMPTY | {"keys": []}, "cloud_key is operators: there is none"),
        ({}, EMPTY | {"images": [existing("debian-12"), existing("debian-12", id="other-id")]}, "other-id"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_impossible_changes_are_reported(changed, existing, message):
    assert message in refusal(existing, **changed)


def test_all_problems_are_reported_at_once():
    text = refusal(EMPTY | {"flavors": [], "images": []}, network=NET | {"cidr": None})
    for words in ("there is no network inside", "m1.small: there is none", "debian-12: there is none"):
        assert words in text


def test_an_instance_is_kept_when_its_image_was_renewed_or_deleted():
    assert actions(COMPLETE | {"images": []}) == []
    assert actions(COMPLETE | {"images": [], "servers": [SERVER | {"image": []}]}) == []


def test_a_deletion_of_the_instance_is_awaited():
    with pytest.raises(NotReady, match="being deleted"):
        plan_site(desired(), COMPLETE | {"servers": [SERVER | {"deleting": True}]})
