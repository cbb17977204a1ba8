"""How each kind of resource is listed and deleted."""

from types import SimpleNamespace

import pytest
from magnum_samples import Clock
from openstack import exceptions
from simulated_neutron import SimulatedService, thing

from openstack_hub.openstack import errors, project_resources
from openstack_hub.openstack.orphaned_resources import KINDS, SERVICES
from openstack_hub.openstack.project_resources import Project

# kind -> (service, function that lists, function that deletes)
FUNCTIONS = {
    "load balancer": ("load_balancer", "load_balancers", "delete_load_balancer"),
    "instance": ("compute", "servers", "delete_server"),
    "floating IP": ("network", "ips", "delete_ip"),
    "port": ("network", "ports", "delete_port"),
    "volume": ("block_storage", "volumes", "delete_volume"),
    "security group": ("network", "security_groups", "delete_security_group"),
    "router": ("network", "routers", "delete_router"),
    "subnet": ("network", "subnets", "delete_subnet"),
    "network": ("network", "networks", "delete_network"),
}


def project_with(**services):
    services = {name: SimulatedService() for name in ("load_balancer", "compute", "block_storage", "dns")} | services
    services.setdefault("network", SimulatedService({"ports": []}))
    return Project(SimpleNamespace(current_project_id="p", has_service=lambda name: name != "dns", **services))


def test_every_kind_has_its_functions():
    assert {*FUNCTIONS, "DNS record"} == set(KINDS)
    assert {*KINDS.values()} == set(SERVICES)


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_a_kind_is_listed_as_plain_data(kind):
    service, lists, _ = FUNCTIONS[kind]
    ours = thing("one", description="d", metadata={"a": "b"}, floating_ip_address="203.0.113.7")
    project = project_with(**{service: SimulatedService({lists: [ours]})})
    (found,) = project.list(kind)
    assert (found["kind"], found["id"], found["description"]) == (kind, "one-id", "d")
    assert found["name"] == ("203.0.113.7" if kind == "floating IP" else "one")
    assert found.get("metadata") == ({"a": "b"} if kind in ("instance", "volume") else None)


@pytest.mark.parametrize("kind", [kind for kind in FUNCTIONS if kind not in ("instance", "volume")])
def test_resources_of_other_projects_are_not_listed(kind):
    service, lists, _ = FUNCTIONS[kind]
    project = project_with(**{service: SimulatedService({lists: [thing("x", project_id="other")]})})
    assert project.list(kind) == [], "an admin sees all projects"


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_a_kind_is_deleted_by_its_id(kind):
    service, _, delete = FUNCTIONS[kind]
    simulated = SimulatedService({"ports": []})
    project_with(**{service: simulated}).delete({"kind": kind, "id": "one-id"})
    (call,) = simulated.calls
    assert call[:2] == (delete, "one-id")
    assert call[2] == ({"cascade": True} if kind == "load balancer" else {})


def test_a_dns_record_is_deleted_in_its_zone():
    record = thing("hub.example.org.")
    dns = SimulatedService({"zones": [thing("zone")], "recordsets": lambda zone: [record]})
    project = project_with(dns=dns)
    (found,) = project.list("DNS record")
    project.delete(found)
    assert dns.calls == [("delete_recordset", record.id, {"zone": "zone-id"})]


def port(name, subnet, owner="network:router_interface"):
    return thing(name, device_id="r", device_owner=owner, fixed_ips=[{"subnet_id": subnet}])


def test_a_router_loses_only_interfaces_to_subnets_that_are_deleted():
    ports = [
        port("ours", "s-1"),
        port("distributed", "s-1", "network:router_interface_distributed"),
        port("foreign", "s-2"),
        port("gateway", "s-1", "network:router_gateway"),
    ]
    ports[2].fixed_ips.append({"subnet_id": "s-1"})  # also in a subnet that is deleted
    network = SimulatedService({"ports": lambda device_id: ports if device_id == "r" else []})
    project = project_with(network=network)
    project.selected_ids = {"s-1", "r"}
    project.delete({"kind": "router", "id": "r"})
    assert network.calls == [
        ("remove_interface_from_router", "r", {"port_id": "ours-id"}),
        ("remove_interface_from_router", "r", {"port_id": "distributed-id"}),
        ("delete_router", "r", {}),
    ]


def test_services_of_the_catalog():
    assert (project_with().has("compute"), project_with().has("dns")) == (True, False)


@pytest.mark.parametrize(("status", "succeeds"), [(503, True), (403, False)])
def test_a_list_is_retried_while_the_service_does_not_answer(monkeypatch, status, succeeds):
    clock = Clock()
    monkeypatch.setattr(errors, "time", clock)
    monkeypatch.setattr(project_resources, "time", clock)
    failure = exceptions.HttpException("busy")
    failure.status_code = status
    project = project_with(compute=SimulatedService({"servers": [thing("one")]}, {"servers": [failure, failure]}))
    if succeeds:
        assert [each["id"] for each in project.list_patiently("instance")] == ["one-id"]
    else:
        with pytest.raises(exceptions.HttpException):
            project.list_patiently("instance")
    assert len(clock.slept) == 2 * succeeds


def test_a_list_without_an_answer_ends(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(errors, "time", clock)
    monkeypatch.setattr(project_resources, "time", clock)
    failure = exceptions.HttpException("busy")
    failure.status_code = 500
    project = project_with(compute=SimulatedService({}, {"servers": [failure] * 100}))
    with pytest.raises(exceptions.HttpException):
        project.list_patiently("instance")
    assert sum(clock.slept) == project_resources.PATIENCE
