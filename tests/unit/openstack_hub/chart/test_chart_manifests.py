"""The chart accepts the values, and the manifests that it renders keep the rules."""

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
def test_the_charts_schema_accepts_the_values(name):
    all_values = merged(chart_samples.in_chart("values.yaml"), chart_samples.values(name))
    Draft7Validator(chart_samples.in_chart("values.schema.json")).validate(all_values)


def test_default_images_are_those_of_the_chart():
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


def test_all_pods_conform_to_the_restricted_standard(site):
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


def test_only_apache_reaches_the_proxy(site):
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


def test_user_servers_reach_no_private_addresses(site):
    _, found = site
    egress = found["NetworkPolicy", "singleuser"]["spec"]["egress"]
    cidrs = [peer["ipBlock"] for rule in egress if "ports" not in rule for peer in rule["to"] if "ipBlock" in peer]
    private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.169.254/32"]
    assert cidrs == [{"cidr": "0.0.0.0/0", "except": private}]


def test_placeholders_use_priority_class_and_scheduler_of_the_chart(site):
    name, found = site
    if not chart_samples.model(name)["user_scheduler"]:
        assert ("ConfigMap", "user-scheduler") not in found
        return
    schedulers = {profile["schedulerName"] for profile in scheduler_profiles(found)}
    for manifest in chart_samples.chart.placeholder_sets(chart_samples.model(name)):
        pod = manifest["spec"]["template"]["spec"]
        assert ("PriorityClass", pod["priorityClassName"]) in found
        assert pod["schedulerName"] in schedulers
    assert found["PriorityClass", f"{chart_samples.model(name)['namespace']}-default-priority"]["value"] > -10


def scheduler_profiles(found):
    return yaml.safe_load(found["ConfigMap", "user-scheduler"]["data"]["config.yaml"])["profiles"]


def test_rendered_pods_of_the_chart_run_in_the_first_node_group(site):
    name, found = site
    terms = chart_samples.model(name)["core_placement"]["node_affinity_required"]
    for deployment in ("hub", "proxy", *(["user-scheduler"] if chart_samples.model(name)["user_scheduler"] else [])):
        affinity = found["Deployment", deployment]["spec"]["template"]["spec"]["affinity"]["nodeAffinity"]
        assert affinity == {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}


def test_rendered_pods_of_the_chart_tolerate_the_taints_of_the_first_node_group(site):
    name, found = site
    own = {"key": "example.org/hub", "operator": "Exists", "effect": "NoExecute"}
    for deployment in ("hub", "proxy"):
        tolerations = found["Deployment", deployment]["spec"]["template"]["spec"]["tolerations"]
        assert (own in tolerations) is (name == "mirrored")


def test_nodes_that_users_need_are_those_on_which_images_are_pulled(site):
    name, found = site
    pod = found["DaemonSet", "continuous-image-puller"]["spec"]["template"]["spec"]
    assert pod.get("nodeSelector", {}) == chart_samples.model(name)["node_selector"]
    assert any(each.get("value") == "course" for each in pod["tolerations"]) is (name == "everything")


def test_the_load_balancer_has_the_address_and_annotations_of_the_site(site):
    name, found = site
    service = found["Service", "proxy-public"]
    assert service["spec"].get("loadBalancerIP") == ("192.0.2.40" if name == "mirrored" else None)
    assert ("loadbalancer.openstack.org/flavor-id" in service["metadata"]["annotations"]) is (name == "mirrored")


def test_rendered_images_come_from_their_mirrors(site):
    name, found = site
    images = {container["image"] for manifest in pods(found) for container in containers(manifest)}
    if name == "mirrored":
        assert all(image.startswith("registry.lab.test") for image in images)
    if name == "everything":
        assert chart_samples.DIGEST in images and "course:1" in images and "torch:2" not in images
