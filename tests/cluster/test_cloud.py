"""Role cloud on a real control plane: a site is created once, completed after a kill, removed except its address."""

import itertools
import json
from types import SimpleNamespace

import pytest
from fixtures import wait_for
from operator_site import ROOT, Site

CREATE = "Network and instance | Create what is missing"
IDS = ["0a1b2c3d-1111-4222-8333-444455556666", "hub-abcdef123456"]
NUMBERS = itertools.count(1)
ONCE = dict.fromkeys(("networks", "subnets", "routers", "groups", "ports", "addresses", "servers"), 1)
NONE = dict.fromkeys(ONCE, 0)


@pytest.fixture(scope="module")
def cloud(testbed):
    return testbed.connect()


@pytest.fixture
def bare(tmp_path, testbed):
    """A site with all resources, and a unique name."""
    name = f"cloud-{next(NUMBERS)}"
    return Site(
        tmp_path / "site",
        testbed.clouds,
        cluster_name=name,
        cloud_site=name,
        cloud_domain="hub.example.org",
        cloud_network={"name": name, "cidr": "10.20.0.0/24"},
        cloud_key="demo-key",
        cloud_web_server={"flavor": "m1.small", "image": "debian-12"},
        cloud_ssh_allowed_cidrs=["192.0.2.0/24"],
    )


@pytest.fixture
def site(bare, testbed):
    """The same; afterwards everything that it created is removed, with the address."""
    yield bare
    testbed.faults.clear()
    assert orphaned(bare, scope="site", keep=[]).remains == []


def orphaned(site, *arguments, **parameters):
    """The result of module cloud_orphaned_resources, with the `kinds` that it removed."""
    name, folder = site.openstack["cluster_name"], site.folder.parent
    parameters = {"cloud": "testbed", "name": name, "timeout": 20} | parameters
    task = {"name": "Remove", "cloud_orphaned_resources": parameters}
    play = {"hosts": "controller", "gather_facts": False, "tasks": [task]}
    for link, target in (("library", "modules"),):
        if not (folder / link).exists():
            (folder / link).symlink_to(ROOT / "plugins" / target)
    (folder / "orphaned.yml").write_text(json.dumps([play]))
    done = site.play(folder / "orphaned", *arguments)
    assert done.rc == 0, done.output
    result = done.results["Remove"]
    return SimpleNamespace(**result, kinds=[resource["kind"] for resource in result["removed"]])


def count(cloud, site):
    """How many resources of each kind have the site's name or mark."""
    name = site.openstack["cluster_name"]
    listed = {
        "networks": cloud.network.networks(),
        "subnets": cloud.network.subnets(),
        "routers": cloud.network.routers(),
        "groups": cloud.network.security_groups(),
        "ports": cloud.network.ports(),
        "addresses": cloud.network.ips(),
        "servers": cloud.compute.servers(),
    }
    return {
        kind: len([one for one in found if name in f"{one.name} {getattr(one, 'description', '')}"])
        for kind, found in listed.items()
    }


def server(cloud, site):
    return cloud.compute.get_server(cloud.compute.find_server(f"{site.openstack['cluster_name']}-web").id)


def test_a_site_is_created_once_and_removed_except_its_address(site, cloud):
    name = site.openstack["cluster_name"]
    check = site.play("cloud", "--check")
    assert check.rc == 0, check.output
    assert count(cloud, site) == NONE

    first = site.play("cloud")
    assert first.rc == 0, first.output
    assert (first.changed, first.actions) == (check.changed, check.actions)
    made = first.results[CREATE]
    assert count(cloud, site) == ONCE
    assert f"ssh debian@{made['public_address']}" in first.output
    assert f"hub.example.org. A {made['public_address']}" in first.output

    again = site.play("cloud", "--diff")
    assert (again.rc, again.changed) == (0, []), again.output

    cloud.compute.delete_server(server(cloud, site).id)  # it is still being deleted when the next run reads it
    replaced = site.play("cloud")
    assert replaced.actions == [f"create instance {name}-web (m1.small, debian-12)"], replaced.output
    addresses = {ip["addr"] for ips in server(cloud, site).addresses.values() for ip in ips}
    assert addresses == {made["public_address"], made["private_address"]}

    # Duplicates and impossible changes are reported together; nothing is changed.
    [group] = cloud.network.security_groups(name=f"{name}-web")
    other = cloud.network.create_security_group(name=f"{name}-web")
    site.set(cloud_web_server={"flavor": "m1.medium", "image": "debian-12"})
    refused = site.play("cloud")
    cloud.network.delete_security_group(other.id)
    assert refused.rc != 0
    for text in (group.id, other.id, server(cloud, site).id, "cloud_web_server.flavor is m1.medium", "has m1.small"):
        assert text in refused.message
    assert refused.actions == []
    site.set(cloud_web_server={"flavor": "m1.small", "image": "debian-12"})

    # After a removal the address remains, and is used again.
    predicted, removed = orphaned(site, "--check", scope="site"), orphaned(site, scope="site")
    assert removed.kinds == predicted.kinds == ["instance", "port", "security group", "router", "subnet", "network"]
    assert [(one["kind"], one["name"]) for one in removed.remains] == [("floating IP", made["public_address"])]
    assert count(cloud, site) == NONE | {"addresses": 1}
    assert site.play("cloud").results[CREATE]["public_address"] == made["public_address"]


@pytest.mark.slow
def test_a_killed_run_and_lost_answers_create_nothing_twice(site, testbed, cloud):
    """The module goes on after its playbook was killed."""
    testbed.faults.set(service="neutron", method="POST", path="routers|ports", delay=2)
    killed = site.start("cloud")
    wait_for(lambda: count(cloud, site)["networks"])
    killed.kill(orphans=True)
    testbed.faults.clear()
    for path, answer in (("security-groups", 503), ("ports", "lost"), ("floatingips", "lost")):
        testbed.faults.set(service="neutron", method="POST", path=f"{path}$", answer=answer, count=1)
    testbed.faults.set(service="nova", method="POST", path="servers$", answer="lost", count=1)
    done = site.play("cloud")
    assert done.rc == 0, done.output
    assert count(cloud, site) == ONCE
    assert done.results[CREATE]["public_address"]


def test_only_resources_with_the_clusters_id_are_deleted(bare, cloud):
    """Others, also those with a similar name, are kept, with a reason."""
    called = f"k8s-clusterapi-cluster-magnum-x-{IDS[1]}"
    by = f"Created by cluster-api-provider-openstack cluster magnum-x-{IDS[1]}"
    network = cloud.network.create_network(name=called)
    subnet = cloud.network.create_subnet(network_id=network.id, name=called, cidr="10.30.0.0/24", ip_version=4)
    group = cloud.network.create_security_group(name=f"k8s-cluster-magnum-x-{IDS[1]}-secgroup-worker")
    port = cloud.network.create_port(network_id=network.id, description=by, security_group_ids=[group.id])
    external = next(cloud.network.networks(is_router_external=True)).id
    service = f"Floating IP for Kubernetes external service hub/proxy from cluster {IDS[0]}"
    address = cloud.network.create_ip(floating_network_id=external, description=service)
    stranger = cloud.network.create_port(network_id=network.id, name="somebody")
    name = bare.openstack["cluster_name"]
    similar = cloud.network.create_security_group(name=f"k8s-cluster-magnum-x-{name}-000000000000-secgroup-worker")

    before = orphaned(bare, scope="services", ids=IDS, timeout=2)
    assert [one["id"] for one in before.removed] == [address.id]
    assert "load balancers: this cloud has no Octavia" in before.unavailable

    after = orphaned(bare, scope="cluster", ids=IDS, timeout=2)
    assert [one["id"] for one in after.removed] == [port.id, group.id]
    reasons = {one["id"]: one["reason"] for one in after.remains}
    assert set(reasons) == {subnet.id, network.id, similar.id}
    assert "in use" in reasons[network.id]
    assert "neither our mark nor the cluster's ID" in reasons[similar.id]

    cloud.network.delete_port(stranger.id)
    cloud.network.delete_security_group(similar.id)
    assert orphaned(bare, scope="cluster", ids=IDS).kinds == ["subnet", "network"]


def test_a_site_without_cloud_variables_needs_nothing(bare):
    done = bare.play("cloud", extra={"hub_platform": "host"})
    assert (done.rc, done.changed) == (0, [])
    assert "it needs nothing from a cloud" in done.output
    done = bare.play("cloud", extra={"cloud_network": None, "cloud_web_server": None})
    assert (done.rc, done.changed) == (0, [])
    assert "Neither cloud_network nor cloud_web_server is set" in done.output
