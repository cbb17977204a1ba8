"""Facts from the answers of a cloud: flavors, quotas, networks, the cluster; what is unknown is None."""

from types import SimpleNamespace

import pytest

from openstack_hub.openstack import facts
from openstack_hub.openstack.errors import RetryableError

QUERY = {"project": "p", "cluster_name": "hub", "detail": True}
VERSION = {"OpenStack-API-Maximum-Version": "container-infra 1.13"}


class Answers:
    """A CloudReader that answers by path; without an answer it returns None, as for 403 and 404."""

    def __init__(self, answers):
        self.answers = answers

    def get(self, service, path, **query):
        return self.answers.get(path)

    def get_with_headers(self, service, path, **query):
        return self.answers.get(path), VERSION

    def list(self, service, path, key, **query):
        return self.answers.get(path, [])


@pytest.mark.parametrize(
    ("name", "extra_specs", "gpus"),
    [
        ("l3.micro", {}, 0),
        ("l3.micro", None, None),
        ("l3.x2", {}, 0),
        ("g1.a100x2", None, 2),
        ("gpu.h100x8", {}, 8),
        ("g-a4000", {"pci_passthrough:alias": "a4000:1"}, 1),
        ("g-a100", {"pci_passthrough:alias": "a100:2, a100-nvlink:2"}, 4),
        ("hpc", {"pci_passthrough:alias": "connectx-nic:1"}, 0),
        ("hpc-gpu", {"pci_passthrough:alias": "mlx5:1,a100:4"}, 4),
        ("v", {"resources:VGPU": "1"}, 1),
        ("v", {"resources1:PGPU": "2", "resources2:PGPU": "2"}, 4),
        ("v", {"resources:CUSTOM_GPU_A30": "3", "resources:VCPU": "8"}, 3),
        ("v", {"accel:device_profile": "gpu"}, None),
        ("a100x4", {"resources:VGPU": "1"}, 1),
    ],
)
def test_gpus_of_a_flavor(name, extra_specs, gpus):
    assert facts.gpu_count(name, extra_specs) == gpus


def test_compute_facts_contain_flavors_instances_key_pairs_and_quotas():
    flavor = {"id": "1", "name": "g", "vcpus": 4, "ram": 8192, "disk": 20, "links": []}
    server = {"id": "2", "name": "hub-web", "flavor": {"vcpus": 1, "ram": 2048, "original_name": "m1.small"}}
    absolute = {"maxTotalCores": 20, "totalCoresUsed": 3, "maxTotalInstances": -1, "totalInstancesUsed": 1}
    cloud = Answers(
        {
            "/flavors/detail": [flavor],
            "/servers/detail": [server],
            "/os-keypairs": {"keypairs": [{"keypair": {"name": "jane", "public_key": "ssh"}}]},
            "/limits": {"limits": {"absolute": absolute}},
        }
    )
    assert facts.read_compute(cloud, QUERY) == {
        "flavors": [{"id": "1", "name": "g", "vcpus": 4, "ram": 8192, "disk": 20, "gpus": None}],
        "instances": [{"name": "hub-web", "vcpus": 1, "ram": 2048}],
        "key_pairs": ["jane"],
        "quotas": {"cores": {"limit": 20, "used": 3}, "instances": {"limit": -1, "used": 1}},
    }


def test_image_facts_keep_only_known_properties():
    image = {"id": "1", "name": "kube", "status": "active", "os_distro": "ubuntu", "checksum": "x", "min_disk": 10}
    (image,) = facts.read_image(Answers({"/images": [image]}), QUERY)["images"]
    assert image["os_distro"] == "ubuntu"
    assert image["kube_version"] is None
    assert "checksum" not in image


@pytest.mark.parametrize(
    ("path", "quota", "used"),
    [
        ("/quotas/p/details.json", {"limit": 50, "used": 2, "reserved": 0}, 2),
        ("/quotas/p", 50, None),
    ],
    ids=["with usage", "without"],
)
def test_network_facts_need_no_usage_of_quotas(path, quota, used):
    networks = [{"id": "1", "name": "External", "router:external": True}, {"id": "2", "name": "inside"}]
    subnets = [{"network_id": "2", "cidr": "10.0.0.0/24"}, {"network_id": "2", "cidr": "10.0.1.0/24"}]
    cloud = Answers(
        {"/networks": networks, "/subnets": subnets, path: {"quota": {"floatingip": quota, "rbac_policy": 1}}}
    )
    assert facts.read_network(cloud, QUERY) == {
        "networks": [
            {"id": "1", "name": "External", "external": True, "cidrs": []},
            {"id": "2", "name": "inside", "external": False, "cidrs": ["10.0.0.0/24", "10.0.1.0/24"]},
        ],
        "quotas": {"floating IPs": {"limit": 50, "used": used}},
    }


CLUSTER = {"uuid": "u", "name": "hub", "status": "CREATE_FAILED", "cluster_template_id": "t", "node_count": 2}
GROUPS = [
    {"uuid": "g1", "name": "default-worker", "status": "CREATE_COMPLETE"},
    {"uuid": "g2", "name": "gpu", "status": "CREATE_FAILED"},
]
MAGNUM = {
    "/clusters": {"clusters": [{"uuid": "u", "name": "hub"}, {"uuid": "o", "name": "other"}]},
    "/quotas/p/Cluster": {"hard_limit": 20},
    "/clusters/u": CLUSTER,
    "/clusters/u/nodegroups": {"nodegroups": GROUPS},
    "/clusters/u/nodegroups/g1": GROUPS[0] | {"min_node_count": 1},
    "/clusters/u/nodegroups/g2": GROUPS[1] | {"status_reason": "No valid host"},
    "/clustertemplates/t": {"name": "kube"},
}


def test_magnum_facts_need_no_admin():
    found = facts.read_magnum(Answers(MAGNUM), QUERY)
    assert found["magnum"] == {"version": "1.13", "conductors": None}
    assert found["quotas"] == {"clusters": {"limit": 20, "used": 2}}
    assert found["clusters"] == ["u"]
    cluster = found["cluster"]
    assert (cluster["template"], cluster["status"], cluster["health_status"]) == ("kube", "CREATE_FAILED", None)
    assert [group["status_reason"] for group in cluster["node_groups"]] == [None, "No valid host"]
    assert [group["min_node_count"] for group in cluster["node_groups"]] == [1, None]
    brief = facts.read_magnum(Answers(MAGNUM), QUERY | {"detail": False})["cluster"]["node_groups"]
    assert [group["min_node_count"] for group in brief] == [None, None]


def test_magnum_for_an_admin_and_with_two_clusters_of_one_name():
    services = [{"state": "up", "disabled": False}, {"state": "down", "disabled": True}]
    two = {"clusters": [{"uuid": "u", "name": "hub"}, {"uuid": "v", "name": "hub"}]}
    found = facts.read_magnum(Answers(MAGNUM | {"/mservices": {"mservices": services}, "/clusters": two}), QUERY)
    assert found["magnum"]["conductors"] == ["up"]
    assert (found["clusters"], found["cluster"]) == (["u", "v"], None)


@pytest.mark.parametrize("missing", ["/clusters/u", "/clusters/u/nodegroups"])
def test_a_cluster_that_is_being_created_or_deleted(missing):
    found = facts.read_magnum(Answers({path: body for path, body in MAGNUM.items() if path != missing}), QUERY)
    assert (found["clusters"], found["cluster"]) == (["u"], None)


def test_other_services():
    volumes = {"maxTotalVolumes": 10, "totalVolumesUsed": 4, "maxTotalVolumeGigabytes": 1000, "totalGigabytesUsed": 9}
    cloud = Answers(
        {
            "/limits": {"limits": {"absolute": volumes}},
            "/lbaas/quotas/p": {"quota": {"load_balancer": 3}},
            "/lbaas/loadbalancers": [{"id": "1"}],
            "/zones": {"zones": [{"name": "lab.test."}]},
        }
    )
    assert facts.read_block_storage(cloud, QUERY)["quotas"]["volume GB"] == {"limit": 1000, "used": 9}
    assert facts.read_load_balancer(cloud, QUERY) == {"quotas": {"load balancers": {"limit": 3, "used": 1}}}
    assert facts.read_dns(cloud, QUERY) == {"zones": ["lab.test"]}


def test_a_forbidden_list_counts_as_empty():
    cloud = Answers({})
    for read in (facts.read_network, facts.read_block_storage, facts.read_load_balancer):
        assert read(cloud, QUERY).get("quotas", {}) == {}
    assert facts.read_dns(cloud, QUERY) == {"zones": []}


class SimulatedCloud(Answers):
    """A cloud with one project; `failing`: services whose requests fail."""

    def __init__(self, answers, project="p", failing=()):
        super().__init__(answers)
        self.failing = failing
        self.access = SimpleNamespace(
            project_id=project,
            project_name="lab",
            role_names=["member"],
            application_credential_id="c",
            application_credential={"name": "hub", "restricted": True, "secret": "5ec7e7"},
        )

    def regions(self):
        return None, ["here"]

    def has(self, service):
        return service in ("compute", "dns")

    def list(self, service, path, key, **query):
        if service in self.failing:
            raise RetryableError("no answer from cloud lab: timed out", "timed out", "unanswered")
        return super().list(service, path, key, **query)


def test_all_facts_with_a_service_that_fails():
    result = facts.read_facts(SimulatedCloud({}, failing=["compute"]), "hub", False)
    assert (result["services"], result["unanswered"]) == (["compute", "dns"], {"compute": "timed out"})
    assert (result["project"], result["region"], result["regions"]) == ({"id": "p", "name": "lab"}, None, ["here"])
    assert result["application_credential"] == {"name": "hub", "restricted": True}
    assert (result["zones"], "flavors" in result) == ([], False)
    assert "5ec7e7" not in str(result)


def test_quotas_of_all_services_are_merged():
    absolute = {"maxTotalCores": 20, "totalCoresUsed": 3}
    cloud = SimulatedCloud({"/limits": {"limits": {"absolute": absolute}}})
    assert facts.read_facts(cloud, "hub", False)["quotas"] == {"cores": {"limit": 20, "used": 3}}


def test_an_account_without_a_project_is_asked_for_nothing_else():
    result = facts.read_facts(SimulatedCloud({}, project=None, failing=["compute"]), "hub", False)
    assert (result["project"], result["unanswered"], "flavors" in result) == (None, {}, False)
