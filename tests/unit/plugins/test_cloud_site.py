"""From what is there to what is wanted of role cloud."""

import pytest

from openstack_hub.openstack.site_plan import Busy, Impossible, plan

MARK = "Made by openstack-hub for hub"
NET = {"name": "inside", "cidr": "10.20.0.0/24"}
MACHINE = {"flavor": "m1.small", "image": "debian-12", "key": "operators"}
OUTSIDE = {"id": "outside", "name": "External"}


def wanted(**changed):
    site = {"site": "hub", "network": NET, "external_network": OUTSIDE, "machine": MACHINE}
    return site | {"ports": [443], "ssh": ["192.0.2.0/24"]} | changed


def there(name, **more):
    return {"id": f"{name}-id", "name": name, "created": "2026-01-01", "description": MARK} | more


RULES = [("IPv4", 22, 22, "192.0.2.0/24"), ("IPv4", 443, 443, "0.0.0.0/0"), ("IPv6", 443, 443, "::/0")]
SERVER = there("hub-web", status="ACTIVE", deleting=False, fault=None, flavor=["m1.small", "7"], image=["debian-12"])
PORT = there("hub-web", network_id="inside-id", device_id=SERVER["id"], groups=["hub-web-id"], inside="10.20.0.5")
ADDRESS = there("203.0.113.7", address="203.0.113.7", port_id=PORT["id"])
EMPTY = {
    kind: [] for kind in ("networks", "subnets", "routers", "router_ports", "groups", "ports", "addresses", "servers")
} | {"flavors": [{"id": "7"}], "images": [there("debian-12")], "keys": [{"id": "operators"}]}
WHOLE = EMPTY | {
    "networks": [there("inside", own=True)],
    "subnets": [there("inside", cidr="10.20.0.0/24")],
    "routers": [there("inside", gateway="outside")],
    "router_ports": [{"device_id": "inside-id"}],
    "groups": [there("hub-web", rules=[{"id": str(rule), "rule": rule} for rule in RULES])],
    "ports": [PORT],
    "addresses": [ADDRESS],
    "servers": [SERVER],
}


def todo(found, **changed):
    return [action["do"] for action in plan(wanted(**changed), found)]


def refusal(found, **changed):
    with pytest.raises(Impossible) as caught:
        plan(wanted(**changed), found)
    return str(caught.value)


def test_from_nothing_to_all_and_no_further():
    rules = ["rule"] * 3
    all_ = ["network", "subnet", "router", "link", "group", *rules, "port", "address", "machine"]
    assert todo(EMPTY) == all_
    assert todo(WHOLE) == []


def test_a_network_alone():
    assert todo(EMPTY, machine=None) == ["network", "subnet", "router", "link"]
    assert todo(EMPTY, machine=None, external_network=None) == ["network", "subnet"]


@pytest.mark.parametrize(
    ("gone", "made"),
    [
        ({"subnets"}, ["subnet"]),
        ({"router_ports"}, ["link"]),
        ({"router_ports", "routers"}, ["router", "link"]),
        ({"ports", "servers", "addresses"}, ["port", "address", "machine"]),
        ({"addresses"}, ["address"]),
        ({"servers"}, ["machine"]),
    ],
    ids=str,
)
def test_what_is_missing_is_made(gone, made):
    assert todo(WHOLE | {kind: [] for kind in gone}) == made


def test_the_address_is_used_again():
    port = {"ports": [], "servers": [], "addresses": [ADDRESS | {"port_id": None}]}
    assert todo(WHOLE | port) == ["port", "reuse", "machine"]


def test_an_address_that_somebody_put_on_the_port_is_used():
    assert todo(WHOLE | {"addresses": [ADDRESS | {"description": ""}]}) == []


def test_an_address_elsewhere_is_not_taken_away():
    assert "in use at port other" in refusal(WHOLE | {"addresses": [ADDRESS | {"port_id": "other"}]})


def test_without_an_external_network_there_is_no_address():
    assert "address" not in todo(EMPTY, external_network=None)


def test_who_comes_in_follows_the_variables():
    actions = plan(wanted(ssh=["198.51.100.0/24"], ports=[443, 8443]), WHOLE)
    assert [action["say"] for action in actions] == [
        "let in tcp 22 from 198.51.100.0/24 (IPv4)",
        "let in tcp 8443 from everywhere (IPv4)",
        "let in tcp 8443 from everywhere (IPv6)",
        "no longer let in tcp 22 from 192.0.2.0/24 (IPv4)",
    ]


def test_a_group_that_is_not_ours_only_gets_more():
    group = WHOLE["groups"][0] | {"description": "by hand"}
    assert todo(WHOLE | {"groups": [group]}, ssh=[]) == []


def test_a_group_made_anew_is_put_on_the_port():
    assert todo(WHOLE | {"groups": []}) == ["group", "rule", "rule", "rule", "port group"]
    other = WHOLE["groups"][0] | {"id": "new"}
    assert todo(WHOLE | {"groups": [other]}) == ["port group"]


@pytest.mark.parametrize("kind", ["networks", "groups", "ports", "addresses", "servers"])
def test_two_of_a_name_are_both_named(kind):
    one = WHOLE[kind][0]
    two = one | {"id": "second-id", "port_id": None}
    if kind == "addresses":
        one = one | {"port_id": None}
    told = refusal(WHOLE | {kind: [one, two]})
    assert one["id"] in told
    assert "second-id" in told
    assert "there are 2" in told
    assert told.count("there are 2") == 1


def test_two_routers_of_a_name():
    routers = [*WHOLE["routers"], WHOLE["routers"][0] | {"id": "second-id"}]
    assert "second-id" in refusal(WHOLE | {"routers": routers, "router_ports": []})
    assert todo(WHOLE | {"routers": routers}) == []  # the network's own link decides


@pytest.mark.parametrize(
    ("changed", "found", "words"),
    [
        ({"network": NET | {"cidr": None}}, EMPTY, "there is no network inside"),
        ({}, WHOLE | {"networks": [there("inside", own=False)]}, "belongs to another project"),
        ({"network": NET | {"cidr": "10.30.0.0/24"}}, WHOLE, "network inside has 10.20.0.0/24"),
        ({"external_network": {"id": "x", "name": "Other"}}, WHOLE, "leads to outside"),
        ({"machine": MACHINE | {"flavor": "m1.large"}}, WHOLE, "cloud_web_server.flavor is m1.large"),
        ({"machine": MACHINE | {"image": "debian-13"}}, WHOLE, "cloud_web_server.image is debian-13"),
        ({}, WHOLE | {"servers": [SERVER | {"status": "ERROR", "fault": "no host"}]}, "state ERROR: no host"),
        ({}, WHOLE | {"ports": [PORT | {"device_id": ""}]}, "is not at port hub-web"),
        ({}, WHOLE | {"ports": [PORT | {"network_id": "other"}]}, "is in network other"),
        ({}, EMPTY | {"flavors": []}, "cloud_web_server.flavor is m1.small: there is none"),
        ({}, EMPTY | {"images": []}, "cloud_web_server.image is debian-12: there is none"),
        ({}, EMPTY | {"keys": []}, "cloud_key is operators: there is none"),
        ({}, EMPTY | {"images": [there("debian-12"), there("debian-12", id="other-id")]}, "other-id"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_said(changed, found, words):
    assert words in refusal(found, **changed)


def test_all_that_is_in_the_way_is_said_at_once():
    told = refusal(EMPTY | {"flavors": [], "images": []}, network=NET | {"cidr": None})
    for words in ("there is no network inside", "m1.small: there is none", "debian-12: there is none"):
        assert words in told


def test_a_machine_stays_when_its_image_has_been_renewed_or_is_gone():
    assert todo(WHOLE | {"images": []}) == []
    assert todo(WHOLE | {"images": [], "servers": [SERVER | {"image": []}]}) == []


def test_a_machine_that_is_going_is_waited_for():
    with pytest.raises(Busy, match="being deleted"):
        plan(wanted(), WHOLE | {"servers": [SERVER | {"deleting": True}]})
