"""Reading the resources of a site, and the requests of each action."""

from types import SimpleNamespace

import pytest
from simulated_neutron import SimulatedService, thing

from openstack_hub.openstack import site_resources
from openstack_hub.openstack.errors import ImpossibleChange
from openstack_hub.openstack.site_plan import plan_site
from openstack_hub.openstack.site_resources import SiteActions, external_network, ingress_rules, read

MARK = "Made by openstack-hub for hub"
DESIRED = {
    "site": "hub",
    "network": {"name": "inside", "cidr": "10.20.0.0/24"},
    "external_network": {"id": "outside", "name": "External"},
    "instance": {"flavor": "m1.small", "image": "debian-12", "key": "operators"},
    "public_ports": [443],
    "ssh_cidrs": ["192.0.2.0/24"],
}


def rule(**changed):
    return {
        "id": "rule-id",
        "direction": "ingress",
        "protocol": "tcp",
        "ethertype": "IPv4",
        "port_range_min": 22,
        "port_range_max": 22,
        "remote_ip_prefix": "192.0.2.0/24",
        "remote_group_id": None,
    } | changed


def cloud(network=None, compute=None, image=None):
    lists = {kind: [] for kind in ("networks", "subnets", "routers", "ports", "security_groups", "ips")}
    return SimpleNamespace(
        current_project_id="p",
        network=SimulatedService(lists | (network or {})),
        compute=SimulatedService(
            {"servers": [], "find_flavor": lambda _: None, "find_keypair": lambda _: None} | (compute or {})
        ),
        image=SimulatedService({"images": [], "find_image": lambda _: None} | (image or {})),
    )


# -- Reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ("IPv4", 22, 22, "192.0.2.0/24")),
        ({"remote_ip_prefix": None}, ("IPv4", 22, 22, "0.0.0.0/0")),
        ({"remote_ip_prefix": None, "ethertype": "IPv6"}, ("IPv6", 22, 22, "::/0")),
        ({"direction": "egress"}, None),
        ({"protocol": "udp"}, None),
        ({"remote_group_id": "g"}, None),
        ({"port_range_max": 80}, None),
        ({"port_range_min": None, "port_range_max": None}, None),
    ],
)
def test_only_rules_of_our_form_are_compared(changed, expected):
    found = [each["rule"] for each in ingress_rules(SimpleNamespace(security_group_rules=[rule(**changed)]))]
    assert found == ([expected] if expected else [])


def test_a_whole_site_is_read_and_needs_nothing():
    server = thing(
        "hub-web",
        status="ACTIVE",
        task_state=None,
        fault=None,
        flavor=SimpleNamespace(original_name="m1.small", name=None, id="7"),
        image=SimpleNamespace(id="i"),
        metadata={"openstack_hub_image": "debian-12"},
    )
    port = thing(
        "hub-web",
        network_id="inside-id",
        device_id="hub-web-id",
        device_owner="compute:nova",
        security_group_ids=["hub-web-id"],
        fixed_ips=[{"ip_address": "10.20.0.5"}],
    )
    interface = thing("interface", device_id="inside-id", device_owner="network:router_interface", fixed_ips=[])
    rules = [
        rule(id="a"),
        rule(id="b", port_range_min=443, port_range_max=443, remote_ip_prefix=None),
        rule(id="c", port_range_min=443, port_range_max=443, remote_ip_prefix=None, ethertype="IPv6"),
    ]
    existing = read(
        cloud(
            network={
                "networks": [thing("inside")],
                "subnets": [thing("inside", cidr="10.20.0.0/24")],
                "routers": [thing("inside", external_gateway_info={"network_id": "outside"})],
                "ports": lambda **query: [port] if "name" in query else [port, interface],
                "security_groups": [thing("hub-web", description=MARK, security_group_rules=rules)],
                "ips": [thing("ip", description=MARK, floating_ip_address="203.0.113.7", port_id="hub-web-id")],
            },
            compute={"servers": lambda name: [server, thing("hub-web-2")]},
        ),
        DESIRED,
    )
    assert plan_site(DESIRED, existing) == []
    assert existing["router_ports"] == [{"device_id": "inside-id"}]
    assert existing["ports"][0]["private_address"] == "10.20.0.5"
    assert [each["name"] for each in existing["servers"]] == ["hub-web"], "hub-web-2 is another one"
    assert existing["servers"][0]["image"] == ["debian-12"]


def test_a_network_of_another_project_is_told_apart():
    existing = read(cloud(network={"networks": [thing("inside", project_id="other")]}), DESIRED | {"instance": None})
    assert existing["networks"][0]["own"] is False
    assert existing["servers"] == existing["groups"] == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"status": "DELETED"}, {"deleting": True}),
        ({"task_state": "deleting"}, {"deleting": True}),
        ({}, {"deleting": False, "image": ["debian-12", "i"]}),
        ({"image": None}, {"image": []}),
        ({"fault": {"message": "no host"}}, {"fault": "no host"}),
        ({"metadata": None}, {"image": ["debian-12", "i"]}),
    ],
)
def test_states_of_an_instance(changed, expected):
    basics = {"status": "ACTIVE", "task_state": None, "fault": None, "image": SimpleNamespace(id="i")}
    flavor = SimpleNamespace(original_name=None, name="m1.small", id="7")
    server = thing("hub-web", **basics | {"flavor": flavor} | changed)
    image = SimpleNamespace(name="debian-12", id="i")
    result = site_resources.instance_to_dict(cloud(image={"find_image": lambda _: image}), server)
    assert {key: result[key] for key in expected} == expected
    assert result["flavor"] == ["m1.small", "7"]


@pytest.mark.parametrize("networks", [[], [thing("External"), thing("External", id="second")]])
def test_the_external_network_must_be_the_only_one(networks):
    simulated = cloud(network={"networks": lambda is_router_external: networks})
    with pytest.raises(ImpossibleChange, match=r"cloud_external_network is External: there (is no|are 2)"):
        external_network(simulated, "External")
    assert external_network(simulated, None) is None


def test_the_external_network_is_found_by_name_or_id():
    simulated = cloud(network={"networks": lambda is_router_external: [thing("External"), thing("Other")]})
    for name in ("External", "External-id"):
        assert external_network(simulated, name) == {"id": "External-id", "name": "External"}


# -- Actions -----------------------------------------------------------------------------------------------------------

EMPTY = {
    kind: [] for kind in ("networks", "subnets", "routers", "router_ports", "groups", "ports", "addresses", "servers")
} | {"flavors": [{"id": "7"}], "images": [{"id": "i"}], "keys": [{"id": "operators"}]}


def do_all(existing, desired=DESIRED):
    simulated = cloud()
    actions = SiteActions(simulated, desired, existing)
    for action in plan_site(desired, existing):
        actions.do(action)
    return simulated


def test_everything_that_is_created_is_marked_and_connected():
    simulated = do_all(EMPTY)
    calls = {call[0]: call[-1] for call in simulated.network.calls}
    for function in ("network", "subnet", "router", "security_group", "port", "ip"):
        assert calls[f"create_{function}"]["description"] == MARK, function
    assert calls["create_subnet"] == {
        "network_id": "new-create_network-id", "name": "inside", "cidr": "10.20.0.0/24", "ip_version": 4,
        "description": MARK,
    }  # fmt: skip
    assert calls["create_router"]["external_gateway_info"] == {"network_id": "outside"}
    assert ("add_interface_to_router", "new-create_router-id", {"subnet_id": "new-create_subnet-id"}) in (
        simulated.network.calls
    )
    assert calls["create_port"]["network_id"] == "new-create_network-id"
    assert calls["create_port"]["security_group_ids"] == ["new-create_security_group-id"]
    assert (calls["create_ip"]["floating_network_id"], calls["create_ip"]["port_id"]) == (
        "outside",
        "new-create_port-id",
    )
    (server,) = [call[-1] for call in simulated.compute.calls]
    assert server == {
        "name": "hub-web", "flavor_id": "7", "image_id": "i", "networks": [{"port": "new-create_port-id"}],
        "metadata": {"openstack_hub": "hub", "openstack_hub_image": "debian-12"}, "key_name": "operators",
    }  # fmt: skip


def test_rules_are_created_in_our_security_group():
    rules = [call[-1] for call in do_all(EMPTY).network.calls if call[0] == "create_security_group_rule"]
    assert {(r["ether_type"], r["port_range_min"], r["port_range_max"], r["remote_ip_prefix"]) for r in rules} == {
        ("IPv4", 22, 22, "192.0.2.0/24"),
        ("IPv4", 443, 443, "0.0.0.0/0"),
        ("IPv6", 443, 443, "::/0"),
    }
    assert {(r["security_group_id"], r["direction"], r["protocol"]) for r in rules} == {
        ("new-create_security_group-id", "ingress", "tcp")
    }


def existing(name, **more):
    return {"id": f"{name}-id", "name": name, "created": "", "description": MARK} | more


def test_changes_of_existing_resources():
    port = existing("hub-web", id="port-id", network_id="inside-id", device_id="", groups=["other"])
    resources = EMPTY | {
        "networks": [existing("inside", own=True)],
        "subnets": [existing("inside", id="subnet-id", cidr="10.20.0.0/24")],
        "routers": [existing("inside", id="router-id", gateway=None)],
        "groups": [existing("hub-web", rules=[{"id": "old-rule", "rule": ("IPv4", 25, 25, "0.0.0.0/0")}])],
        "ports": [port],
        "addresses": [existing("203.0.113.7", id="ip-id", address="203.0.113.7", port_id=None)],
    }
    calls = do_all(resources).network.calls
    for call in (
        ("update_router", "router-id", {"external_gateway_info": {"network_id": "outside"}}),
        ("add_interface_to_router", "router-id", {"subnet_id": "subnet-id"}),
        ("delete_security_group_rule", "old-rule", {}),
        ("update_port", "port-id", {"security_group_ids": ["other", "hub-web-id"]}),
        ("update_ip", "ip-id", {"port_id": "port-id"}),
    ):
        assert call in calls
    assert not [call for call in calls if call[0].startswith("create_") and call[0] != "create_security_group_rule"]
