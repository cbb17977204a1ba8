"""Problems of variables on a cloud: for each rule a case that breaks it, with the message."""

import pytest
from cloud_samples import FACTS, RUNNING, VARIABLES, changed, problems_of

GROUPS = VARIABLES["cluster_node_groups"]
RESTRICTED = {"name": "ci", "restricted": True}
ERROR = {"unanswered": {}, "quotas": {}, "entries": ["lab2", "other"], "file": "/c/clouds.yaml", "broken": None}


def first(**change):
    """Variables in which the first node group has CHANGE."""
    return {"cluster_node_groups": [GROUPS[0] | change, GROUPS[1]]}


def second(**change):
    return {"cluster_node_groups": [GROUPS[0], GROUPS[1] | change]}


def profile(**change):
    default, gpu = VARIABLES["hub_profiles"]
    return {"hub_profiles": [default | change, gpu]}


@pytest.mark.parametrize("facts", [FACTS, RUNNING], ids=["no cluster", "a cluster"])
def test_a_cloud_with_all_resources_has_no_problem(facts):
    assert problems_of(facts=facts) == []


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ({"kind": "entry", "message": "x"}, "'lab' is not in /c/clouds.yaml; did you mean lab2?"),
        (
            {"kind": "refused", "message": "The request you have made requires authentication."},
            "the cloud refuses the entry 'lab' of clouds.yaml: The request you have made requires authentication.",
        ),
        (
            {"kind": "unanswered", "message": "https://c.test:5000: Connection refused"},
            "cloud 'lab' does not answer: https://c.test:5000: Connection refused",
        ),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_failed_sign_in_is_explained(error, sentence):
    assert problems_of(facts=ERROR | {"error": error}) == [f"cloud_name: {sentence}"]


def test_an_entry_that_cannot_be_used_is_explained():
    facts = ERROR | {"error": {"kind": "entry", "message": "password is a required attribute"}}
    assert problems_of(facts=facts | {"entries": ["lab"]}) == [
        "cloud_name: the entry 'lab' of clouds.yaml cannot be used: password is a required attribute"
    ]
    assert problems_of(facts=facts | {"entries": ["other"]}) == [
        "cloud_name: 'lab' is not in /c/clouds.yaml; available: other"
    ]
    broken = "/c/clouds.yaml:2: the bracket that opens here is never closed"
    assert problems_of(facts=facts | {"entries": [], "broken": broken}) == [f"cloud_name: {broken}"]
    assert problems_of(facts=facts | {"entries": [], "file": None}) == [
        "cloud_name: there is no clouds.yaml: write ~/.config/openstack/clouds.yaml, or name one in "
        "OS_CLIENT_CONFIG_FILE"
    ]


ACCESS = [
    ({"project": None}, "the entry 'lab' of clouds.yaml names no project: write project_name, or project_id, there"),
    (
        {"region": "Two"},
        "the entry 'lab' of clouds.yaml names region 'Two', and the cloud has RegionOne: correct region_name there",
    ),
    (
        {"application_credential": RESTRICTED},
        "application credential 'ci' is restricted, so that Magnum cannot act for it: "
        "`openstack application credential create --unrestricted NAME` makes one; write that into clouds.yaml",
    ),
    ({"roles": ["reader"]}, "this account is only reader in project 'demo': it needs the role member there"),
    (
        {"services": FACTS["services"][:3], "magnum": ..., "clusters": ..., "cluster": ...},
        "cloud 'lab' has no Magnum in its service catalog: ask its operators for it, or set cluster_kubeconfig for a "
        "cluster that exists",
    ),
    ({"services/2": "x", "networks": ...}, "cloud 'lab' has no Neutron in its service catalog"),
    (
        {"unanswered": {"image": "HTTP 503: Service Unavailable"}, "images": ...},
        "Glance of cloud 'lab' does not answer: HTTP 503: Service Unavailable",
    ),
    (
        {"magnum/conductors": ["down"]},
        "no conductor of Magnum is up in cloud 'lab', so nothing would be created: tell its operators",
    ),
    (
        {"magnum/version": "1.8"},
        "Magnum of cloud 'lab' supports 1.8 at most, and node groups need 1.9: set cluster_kubeconfig for a cluster "
        "that exists",
    ),
]


@pytest.mark.parametrize(("changes", "sentence"), ACCESS, ids=[str(case[0])[:40] for case in ACCESS])
def test_a_project_without_the_required_access_is_reported(changes, sentence):
    assert problems_of(facts=changed(FACTS, changes)) == [f"cloud_name: {sentence}"]


@pytest.mark.parametrize(
    "changes",
    [
        {"application_credential": {"name": "ci", "restricted": False}},
        {"magnum/conductors": ["down", "up"]},
        {"magnum/version": None},
        {"magnum/version": "1.10"},
        {"region": None},
        {"quotas": {}},
        {"quotas/RAM/limit": -1},
        {"quotas/networks/used": None},
    ],
    ids=str,
)
def test_unknown_or_sufficient_access_is_accepted(changes):
    assert problems_of(facts=changed(FACTS, changes)) == []


RESOURCES = [
    (
        first(flavor="l3.mirco"),
        "cluster_node_groups[0].flavor: 'l3.mirco' is no flavor of cloud 'lab'; did you mean l3.micro?",
    ),
    (
        {"cluster_control_plane": {"flavor": "huge"}},
        "cluster_control_plane.flavor: 'huge' is no flavor of cloud 'lab'; it has g-a4000, g-hidden, l3.micro, "
        "l3.zero, m1.medium, m1.small",
    ),
    (
        {"cluster_control_plane": {"flavor": "m1.small"}},
        "cluster_control_plane.flavor: 'm1.small' has 1 CPU and 2G: Kubernetes needs 2 CPUs and 2G at least",
    ),
    (
        first(flavor="l3.zero"),
        "cluster_node_groups[0].flavor: 'l3.zero' has no disk of its own: "
        'write cluster_labels: {boot_volume_size: "40"}',
    ),
    (first(cpu=8), "cluster_node_groups[0].cpu: 8 is not what flavor 'l3.micro' has, 4"),
    (first(cpu=3), "? cluster_node_groups[0].cpu: 3 is not what flavor 'l3.micro' has, 4"),
    (first(memory="32G"), "cluster_node_groups[0].memory: 32G is not what flavor 'l3.micro' has, 16G"),
    (second(gpus=2), "cluster_node_groups[1].gpus: 2 is not what flavor 'g-a4000' has: write 1"),
    (
        second(flavor="l3.micro"),
        "? cluster_node_groups[1].gpus: flavor 'l3.micro' does not say how many GPUs it has: make sure that it has 1",
    ),
    (second(flavor="g-hidden"), None),
    (
        profile(cpu=8),
        "hub_profiles[0].cpu: 8 is more than a node of node group 'standard' has, 4: lower it",
    ),
    (
        profile(memory="15G", memory_guarantee="15G"),
        "? hub_profiles[0].memory_guarantee: 15G may not fit: a node of 16G reserves about a tenth for itself; "
        "lower it",
    ),
    ({"cluster_image": "kube"}, "cluster_image: 'kube' is no image of cloud 'lab'; did you mean kube-v1.32.8?"),
    (
        {"cluster_image": "saved"},
        "cluster_image: 'saved' is queued, not active: upload it again, or name another image",
    ),
    ({"cluster_image": "twice"}, "cluster_image: 2 images are called 'twice': write the id of one (a, b)"),
    ({"cluster_image": "a"}, None),
    (
        {"cluster_image": "plain"},
        "cluster_image: 'plain' has no property os_distro, by which Magnum finds its driver: "
        "openstack image set --property os_distro=ubuntu plain",
    ),
    (
        {"cluster_kubernetes_version": "v1.33.5"},
        "cluster_kubernetes_version: 'v1.33.5' is not what image 'kube-v1.33.4' has, v1.33.4 (kube_version): "
        "correct one of the two",
    ),
    (
        second(image="kube-v1.32.8"),
        "cluster_node_groups[1].image: 'v1.33.4' is not what image 'kube-v1.32.8' has, 1.32.8 (kube_version): "
        "correct one of the two",
    ),
    (
        {"cluster_upgrade_steps": [{"version": "v1.32.9", "image": "kube-v1.32.8"}]},
        "cluster_upgrade_steps[0].version: 'v1.32.9' is not what image 'kube-v1.32.8' has, 1.32.8 (kube_version): "
        "correct one of the two",
    ),
    (
        {"cluster_upgrade_steps": [{"version": "v1.32.9", "image": "x"}]},
        "cluster_upgrade_steps[0].image: 'x' is no image of cloud 'lab'; it has debian-12, kube-v1.32.8, kube-v1.33.4, "
        "large, plain, rocky-9, saved, twice",
    ),
    (
        second(image="large"),
        "cluster_node_groups[1].flavor: 'g-a4000' has a disk of 20 GB, and image 'large' needs 40",
    ),
    (second(image="large") | {"cluster_labels": {"boot_volume_size": "40"}}, None),
    (
        {"cloud_web_server": {"flavor": "m1.small", "image": "rocky-9"}},
        "cloud_web_server.image: 'rocky-9' is rocky (os_distro): Apache's instance runs Debian or Ubuntu",
    ),
    (
        {"cloud_web_server": {"flavor": "m1.smal", "image": "debian-12"}},
        "cloud_web_server.flavor: 'm1.smal' is no flavor of cloud 'lab'; did you mean m1.small?",
    ),
    (
        {"cloud_external_network": "external"},
        "cloud_external_network: 'external' is no external network of cloud 'lab'; did you mean External?",
    ),
    ({"cloud_external_network": "n1"}, None),
    (
        {"cloud_external_network": "internal"},
        "cloud_external_network: network 'internal' is not external; external networks: External",
    ),
    (
        {"cloud_network": {"name": "intern"}},
        "cloud_network.name: without cidr it must exist, and 'intern' is no network of cloud 'lab'; did you mean "
        "internal?",
    ),
    ({"cloud_network": {"name": "internal"}}, None),
    ({"cloud_network": {"name": "internal", "cidr": "10.9.0.0/24"}}, None),
    (
        {"cloud_network": {"name": "internal", "cidr": "10.8.0.0/24"}},
        "cloud_network.cidr: network 'internal' has 10.9.0.0/24: write that, or choose another name",
    ),
    (
        {"cloud_network": {"name": "bare"}},
        "cloud_network.name: network 'bare' has no subnet: set cidr to create one",
    ),
    (
        {"cloud_network": {"name": "pair"}},
        "cloud_network.name: 2 networks are called 'pair': write the id of one (n4, n5)",
    ),
    (
        {"cloud_key": "operator"},
        "cloud_key: 'operator' is no key pair of this account on cloud 'lab'; did you mean operators?",
    ),
    (
        {"cloud_dns_zone": "lab.test"},
        "cloud_dns_zone: cloud 'lab' has no Designate: remove this line, and create the record yourself",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("variables", "sentence"), RESOURCES, ids=[str(case[1])[:60] for case in RESOURCES])
def test_each_missing_or_unsuitable_resource_is_reported(variables, sentence):
    assert problems_of(variables) == ([sentence] if sentence else [])


def test_a_missing_dns_zone_is_reported():
    facts = changed(FACTS, {"services": [*FACTS["services"], "dns"], "zones": ["other.test"]})
    assert problems_of({"cloud_dns_zone": "lab.test"}, facts) == [
        "cloud_dns_zone: 'lab.test' is no zone of cloud 'lab'; it has other.test"
    ]
    assert problems_of({"cloud_dns_zone": "other.test", "hub_domain": "hub.other.test"}, facts) == []


def test_two_clusters_of_one_name_are_reported():
    assert problems_of(facts=FACTS | {"clusters": ["u1", "u2"]}) == [
        "cluster_name: 2 clusters are called 'jupyterhub': delete all but one (u1, u2)"
    ]


@pytest.mark.parametrize(
    ("variables", "version", "sentence"),
    [
        (
            first(labels={"lab.test/use": "x"}),
            "1.13",
            "cluster_node_groups[0].labels: node labels need Magnum 1.14, and Magnum of cloud 'lab' supports 1.13 at "
            "most: remove them",
        ),
        (
            {},
            "1.9",
            "cluster_node_groups[1].min: an empty node group needs Magnum 1.10, and Magnum of cloud 'lab' supports 1.9 "
            "at most: write 1 or more",
        ),
    ],
)
def test_settings_that_an_old_magnum_does_not_support_are_reported(variables, version, sentence):
    assert problems_of(variables, changed(FACTS, {"magnum/version": version})) == [sentence]


def test_ten_missing_resources_are_ten_problems():
    missing = {
        "cluster_node_groups": [
            {"name": "standard", "flavor": "l3.mirco", "min": 1, "max": 10},
            {"name": "gpu", "flavor": "g-a400", "max": 2, "gpus": 1, "image": "x2"},
            {"name": "large", "flavor": "l3.smal", "max": 2},
        ],
        "cluster_control_plane": {"flavor": "m1.meduim"},
        "cluster_image": "kube-v1.33",
        "cloud_web_server": {"flavor": "m1.smal", "image": "debian"},
        "cloud_external_network": "Externl",
        "cloud_network": {"name": "juypterhub"},
    }
    assert len(problems_of(missing)) == 10


@pytest.mark.parametrize(("ram", "accepted"), [(2048, True), (2047, False)])
def test_a_node_needs_2_gigabytes(ram, accepted):
    facts = changed(FACTS, {"flavors/2/vcpus": 2, "flavors/2/ram": ram})
    default, gpu = VARIABLES["hub_profiles"]
    small = {"hub_profiles": [default | {"cpu": 1, "memory": "1G"}, gpu]}
    assert ([message for message in problems_of(small, facts) if "Kubernetes needs" in message] == []) is accepted


def test_node_labels_are_accepted_from_magnum_1_14_on():
    assert problems_of(first(labels={"lab.test/use": "x"}), changed(FACTS, {"magnum/version": "1.14"})) == []
