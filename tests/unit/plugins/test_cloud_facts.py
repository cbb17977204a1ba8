"""What the cloud's answers become: flavors, quotas, networks, the cluster; what is not told is None."""

import datetime
from types import SimpleNamespace

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

BEGIN = datetime.datetime(2027, 3, 10)
ASKED = {"project": "p", "cluster_name": "hub", "detail": True}
VERSION = {"OpenStack-API-Maximum-Version": "container-infra 1.13"}


class Answers:
    """A cloud that answers by path; what has no answer is None, as what is not there or not allowed."""

    def __init__(self, answers):
        self.answers = answers

    def ask(self, service, path, **query):
        return self.answers.get(path)

    def answer(self, service, path, **query):
        return self.answers.get(path), VERSION

    def listed(self, service, path, key, **query):
        return self.answers.get(path, [])


@pytest.fixture
def reading(load):
    return load("openstack_hub/openstack/facts")


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
def test_gpus_of_a_flavor(reading, name, extra_specs, gpus):
    assert reading.gpus(name, extra_specs) == gpus


def test_compute(reading):
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
    assert reading.compute(cloud, ASKED) == {
        "flavors": [{"id": "1", "name": "g", "vcpus": 4, "ram": 8192, "disk": 20, "gpus": None}],
        "machines": [{"name": "hub-web", "vcpus": 1, "ram": 2048}],
        "keys": ["jane"],
        "quotas": {"cores": {"limit": 20, "used": 3}, "instances": {"limit": -1, "used": 1}},
    }


def test_images(reading):
    image = {"id": "1", "name": "kube", "status": "active", "os_distro": "ubuntu", "checksum": "x", "min_disk": 10}
    (found,) = reading.image(Answers({"/images": [image]}), ASKED)["images"]
    assert found["os_distro"] == "ubuntu"
    assert found["kube_version"] is None
    assert "checksum" not in found


@pytest.mark.parametrize(
    ("path", "quota", "used"),
    [
        ("/quotas/p/details.json", {"limit": 50, "used": 2, "reserved": 0}, 2),
        ("/quotas/p", 50, None),
    ],
    ids=["with use", "without"],
)
def test_network(reading, path, quota, used):
    networks = [{"id": "1", "name": "External", "router:external": True}, {"id": "2", "name": "inside"}]
    subnets = [{"network_id": "2", "cidr": "10.0.0.0/24"}, {"network_id": "2", "cidr": "10.0.1.0/24"}]
    cloud = Answers(
        {"/networks": networks, "/subnets": subnets, path: {"quota": {"floatingip": quota, "rbac_policy": 1}}}
    )
    assert reading.network(cloud, ASKED) == {
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


def test_magnum(reading):
    found = reading.magnum(Answers(MAGNUM), ASKED)
    assert found["magnum"] == {"version": "1.13", "conductors": None}
    assert found["quotas"] == {"clusters": {"limit": 20, "used": 2}}
    assert found["clusters"] == ["u"]
    cluster = found["cluster"]
    assert (cluster["template"], cluster["status"], cluster["health_status"]) == ("kube", "CREATE_FAILED", None)
    assert [group["status_reason"] for group in cluster["node_groups"]] == [None, "No valid host"]
    assert [group["min_node_count"] for group in cluster["node_groups"]] == [1, None]
    brief = reading.magnum(Answers(MAGNUM), ASKED | {"detail": False})["cluster"]["node_groups"]
    assert [group["min_node_count"] for group in brief] == [None, None]


def test_magnum_with_more_rights_and_two_of_a_name(reading):
    services = [{"state": "up", "disabled": False}, {"state": "down", "disabled": True}]
    two = {"clusters": [{"uuid": "u", "name": "hub"}, {"uuid": "v", "name": "hub"}]}
    found = reading.magnum(Answers(MAGNUM | {"/mservices": {"mservices": services}, "/clusters": two}), ASKED)
    assert found["magnum"]["conductors"] == ["up"]
    assert (found["clusters"], found["cluster"]) == (["u", "v"], None)


@pytest.mark.parametrize("gone", ["/clusters/u", "/clusters/u/nodegroups"])
def test_a_cluster_that_is_just_being_made_or_removed(reading, gone):
    found = reading.magnum(Answers({path: body for path, body in MAGNUM.items() if path != gone}), ASKED)
    assert (found["clusters"], found["cluster"]) == (["u"], None)


def test_other_services(reading):
    volumes = {"maxTotalVolumes": 10, "totalVolumesUsed": 4, "maxTotalVolumeGigabytes": 1000, "totalGigabytesUsed": 9}
    cloud = Answers(
        {
            "/limits": {"limits": {"absolute": volumes}},
            "/lbaas/quotas/p": {"quota": {"load_balancer": 3}},
            "/lbaas/loadbalancers": [{"id": "1"}],
            "/zones": {"zones": [{"name": "lab.test."}]},
        }
    )
    assert reading.block_storage(cloud, ASKED)["quotas"]["volume GB"] == {"limit": 1000, "used": 9}
    assert reading.load_balancer(cloud, ASKED) == {"quotas": {"load balancers": {"limit": 3, "used": 1}}}
    assert reading.dns(cloud, ASKED) == {"zones": ["lab.test"]}


def test_what_is_not_allowed_is_not_there(reading):
    cloud = Answers({})
    for read in (reading.network, reading.block_storage, reading.load_balancer):
        assert read(cloud, ASKED).get("quotas", {}) == {}
    assert reading.dns(cloud, ASKED) == {"zones": []}


WORDS = [
    ("The request you have made requires authentication. (HTTP 401) (Request-ID: req-1)",
     "The request you have made requires authentication."),
    ("Unable to establish connection to https://c.test:5000/v3/auth/tokens: HTTPSConnectionPool(host='c.test'): "
     "Max retries exceeded (Caused by NewConnectionError('...: [Errno 111] Connection refused'))",
     "https://c.test:5000: Connection refused"),
    ("Request to https://c.test/v3/auth/tokens timed out", "https://c.test: timed out"),
    ("SSL exception connecting to https://c.test:5000: HTTPSConnectionPool(host='c.test'): (Caused by SSLError("
     "'[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:992)'))",
     "https://c.test:5000: certificate verify failed: self-signed certificate"),
    ("", "ValueError"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), WORDS, ids=[case[1][:30] for case in WORDS])
def test_words(load, text, words):
    assert load("openstack_hub/openstack/session").words(ValueError(text)) == words


def test_words_of_a_broken_file_hold_nothing_of_it(load):
    with pytest.raises(yaml.YAMLError) as caught:
        yaml.safe_load("clouds:\n  lab: {password: 5ec7e7\n  other: x")
    words = load("openstack_hub/openstack/session").words(caught.value)
    assert words.startswith("clouds.yaml, line 3: ")
    assert "5ec7e7" not in words


AUTH = {"username": "jane", "password": "5ec7e7", "project_name": "p", "user_domain_id": "d", "project_domain_id": "d"}
NO_SESSION = {
    "closed": ("unanswered", "http://127.0.0.1:1: Connection refused"),
    "bare": ("entry", "Auth plugin requires parameters which were not given: auth_url"),
    "other": ("entry", "Cloud other was not found."),
}


@pytest.mark.parametrize("name", NO_SESSION)
def test_no_session(load, tmp_path, monkeypatch, name):
    session, path = load("openstack_hub/openstack/session"), tmp_path / "clouds.yaml"
    clouds = {"closed": {"auth": AUTH | {"auth_url": "http://127.0.0.1:1/v3"}}, "bare": {}}
    path.write_text(yaml.safe_dump({"clouds": clouds}))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
    with pytest.raises(session.Unanswered) as caught:
        session.Cloud(name, 0)
    assert (caught.value.kind, str(caught.value)) == NO_SESSION[name]
    assert session.entries() == (["bare", "closed"], str(path))


@pytest.mark.parametrize(
    ("status", "body", "passing"),
    [
        (500, "", True), (503, "", True), (429, "", True), (401, "", False), (404, "", False), (400, "x", False),
        (400, "Invalid input for field/attribute master_count", True),
    ],
)  # fmt: skip
def test_what_is_asked_again(load, status, body, passing):
    session = load("openstack_hub/openstack/session")
    assert session.passing(session.HttpError(body, status)) is passing


def test_what_is_asked_again_of_connections(load):
    session = load("openstack_hub/openstack/session")
    lost, gone = (
        session.auth_errors.ConnectFailure(text) for text in ("Connection refused", "Name or service not known")
    )
    assert [session.passing(lost), session.passing(gone), session.passing(gone, by_hand=True)] == [True, False, True]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"errors": [{"detail": "It's broken.", "status": 503}]}, "HTTP 503: It's broken."),
        ({"itemNotFound": {"message": "no", "code": 404}}, "HTTP 503: no"),
        (None, "HTTP 503 Busy"),
        ([], "HTTP 503: Busy"),
    ],
)
def test_words_of_an_answer(load, body, words):
    def json():
        if body is None:
            raise ValueError
        return body

    answer = SimpleNamespace(status_code=503, reason="Busy", json=json)
    assert load("openstack_hub/openstack/session").told(answer) == words


def test_end_of_a_kubeconfig(load, tmp_path):
    key, name = ed25519.Ed25519PrivateKey.generate(), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "admin")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, BEGIN, BEGIN.replace(year=2032)).sign(key, None)
    pem, path = made.public_bytes(serialization.Encoding.PEM).decode(), tmp_path / "kubeconfig"
    path.write_text(load("openstack_hub/kubernetes/kubeconfig").build("hub", "https://a", pem, pem, "key"))
    end = load("modules/cloud_facts").certificate_end
    assert end(path, "hub") == {"end": "2032-03-10T00:00:00+00:00"}
    assert end(path, "other") is None
    assert end(tmp_path / "none", "hub") is None
    path.write_text("")
    assert end(path, "hub") is None
