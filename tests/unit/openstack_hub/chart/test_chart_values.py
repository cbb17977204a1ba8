"""The values that the chart gets, as files to read, and what the chart itself makes of them."""

import json

import chart_samples
import pytest
import yaml
from jsonschema import Draft7Validator

from openstack_hub.chart.images import CHART_IMAGES
from openstack_hub.chart.values import merged

SITES = list(chart_samples.SITES)


@pytest.fixture(scope="module", params=SITES)
def site(request, tmp_path_factory):
    """(name, manifests by kind and name)"""
    manifests = chart_samples.rendered(request.param, tmp_path_factory.mktemp(request.param))
    return request.param, {(each["kind"], each["metadata"]["name"]): each for each in manifests}


@pytest.mark.parametrize("name", SITES)
def test_golden(name):
    made = chart_samples.made(name)
    assert yaml.safe_load((chart_samples.GOLDEN / f"{name}.yml").read_text()) == made
    assert chart_samples.values(name)["custom"]["hubkit"] == chart_samples.model(name)


@pytest.mark.parametrize("name", SITES)
def test_no_secret_is_in_it(name):
    assert "5ec7e7" not in json.dumps(chart_samples.values(name))


@pytest.mark.parametrize("name", SITES)
def test_the_charts_schema_takes_it(name):
    all_values = merged(
        chart_samples.in_chart("values.yaml"), chart_samples.values(name)
    )  # as Helm does before it looks
    Draft7Validator(chart_samples.in_chart("values.schema.json")).validate(all_values)


def test_without_an_address_of_apache_there_is_no_service():
    arguments = {"package": "", "server_files": {}, "digest": "", "sources": [], "overrides": {}}
    with pytest.raises(
        ValueError, match=r"^hub_service\.allowed_cidrs: no address of Apache's machine is known: write"
    ):
        chart_samples.chart.chart_values(chart_samples.model("default"), **arguments)


def test_overrides_add_to_lists_of_named_things_and_replace_others():
    values = {"a": {"volumes": [{"name": "x", "v": 1}, {"name": "y"}], "ports": ["http"]}, "b": 1}
    over = {"a": {"volumes": [{"name": "x", "v": 2}, {"name": "z"}], "ports": ["https"]}, "c": None}
    assert merged(values, over) == {
        "a": {"volumes": [{"name": "y"}, {"name": "x", "v": 2}, {"name": "z"}], "ports": ["https"]},
        "b": 1,
        "c": None,
    }


def test_names_of_the_charts_images():
    for _, path, name in CHART_IMAGES:
        at = chart_samples.in_chart("values.yaml")
        for part in path:
            at = at[part]
        assert at["name"] == name


def containers(manifest):
    pod = manifest["spec"]["template"]["spec"]
    return [*pod.get("initContainers", []), *pod["containers"]]


def pods(found):
    return [found[key] for key in found if key[0] in ("Deployment", "StatefulSet", "DaemonSet", "Job")]


def test_pods_of_the_chart_are_restricted(site):
    """What the Pod Security Standard of that name asks for."""
    name, found = site
    allowed = {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
    for manifest in [*pods(found), *chart_samples.chart.placeholder_sets(chart_samples.model(name))]:
        pod = manifest["spec"]["template"]["spec"]
        for container in containers(manifest):
            context = {**pod.get("securityContext", {}), **container["securityContext"]}
            assert context["runAsNonRoot"] and context["runAsUser"] and not context["allowPrivilegeEscalation"]
            assert context["capabilities"] == {"drop": ["ALL"]} and context["seccompProfile"] == {
                "type": "RuntimeDefault"
            }
        assert {kind for volume in pod.get("volumes", []) for kind in volume if kind != "name"} <= allowed


def test_only_apache_reaches_the_node_proxy(site):
    name, found = site
    service, policy = found["Service", "proxy-public"]["spec"], found["NetworkPolicy", "proxy"]["spec"]
    open_rules = [rule for rule in policy["ingress"] if "from" not in rule]
    if chart_samples.model(name)["service"]["type"] == "load_balancer":
        assert service["loadBalancerSourceRanges"] == ["192.0.2.7/32", "198.51.100.0/24"]
        assert open_rules == [{"ports": [{"port": "http"}]}]
    else:
        blocks = [peer["ipBlock"]["cidr"] for rule in policy["ingress"] for peer in rule["from"] if "ipBlock" in peer]
        assert (open_rules, blocks) == ([], ["192.0.2.7/32", "198.51.100.0/24"])
        assert service["ports"] == [{"name": "http", "port": 80, "targetPort": "http", "nodePort": 30080}]


def test_users_reach_names_the_hub_and_the_internet_only(site):
    _, found = site
    egress = found["NetworkPolicy", "singleuser"]["spec"]["egress"]
    cidrs = [peer["ipBlock"] for rule in egress if "ports" not in rule for peer in rule["to"] if "ipBlock" in peer]
    private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.169.254/32"]
    assert cidrs == [{"cidr": "0.0.0.0/0", "except": private}]


def test_placeholders_have_the_names_that_the_chart_gives(site):
    name, found = site
    schedulers = {profile["schedulerName"] for profile in scheduler_profiles(found)}
    for manifest in chart_samples.chart.placeholder_sets(chart_samples.model(name)):
        pod = manifest["spec"]["template"]["spec"]
        assert ("PriorityClass", pod["priorityClassName"]) in found
        assert pod["schedulerName"] in schedulers
    assert found["PriorityClass", f"{chart_samples.model(name)['namespace']}-default-priority"]["value"] > -10


def scheduler_profiles(found):
    return yaml.safe_load(found["ConfigMap", "user-scheduler"]["data"]["config.yaml"])["profiles"]


def test_the_hub_runs_in_the_first_node_group(site):
    name, found = site
    terms = chart_samples.model(name)["core_placement"]["node_affinity_required"]
    for deployment in ("hub", "proxy", "user-scheduler"):
        affinity = found["Deployment", deployment]["spec"]["template"]["spec"]["affinity"]["nodeAffinity"]
        assert affinity == {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}


def test_images_come_from_their_mirrors(site):
    name, found = site
    images = {container["image"] for manifest in pods(found) for container in containers(manifest)}
    if name == "mirrored":
        assert all(image.startswith("registry.lab.test") for image in images)
    if name == "everything":
        assert chart_samples.DIGEST in images and "course:1" in images and "torch:2" not in images
