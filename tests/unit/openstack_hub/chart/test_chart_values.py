"""Rules for the values of the chart and the placeholders, without the chart."""

import json

import chart_samples
import pytest
from chart_samples import model, values

from openstack_hub.chart import names, placeholder_sets
from openstack_hub.chart.images import CHART_IMAGES
from openstack_hub.chart.proxy import INTERNAL, LOAD_BALANCER, service_values
from openstack_hub.chart.values import merged

SITES = list(chart_samples.SITES)
SOURCES = ["192.0.2.7/32", "198.51.100.0/24"]
METADATA = {"cloudMetadataServer": False, "dnsPortsCloudMetadataServer": False}


def affinity(terms):
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}


@pytest.mark.parametrize("name", SITES)
def test_the_values_contain_the_model_and_no_secret(name):
    assert values(name)["custom"]["hubkit"] == model(name)
    assert "5ec7e7" not in json.dumps(values(name))


def test_without_an_address_of_apache_there_is_no_service():
    arguments = {"package": "", "server_files": {}, "digest": "", "sources": [], "overrides": {}}
    with pytest.raises(
        ValueError, match=r"^hub_service\.allowed_cidrs: no address of Apache's machine is known: write"
    ):
        chart_samples.chart.chart_values(model("default"), **arguments)


def test_overrides_add_to_lists_of_named_things_and_replace_others():
    values = {"a": {"volumes": [{"name": "x", "v": 1}, {"name": "y"}], "ports": ["http"]}, "b": 1}
    over = {"a": {"volumes": [{"name": "x", "v": 2}, {"name": "z"}], "ports": ["https"]}, "c": None}
    assert merged(values, over) == {
        "a": {"volumes": [{"name": "y"}, {"name": "x", "v": 2}, {"name": "z"}], "ports": ["https"]},
        "b": 1,
        "c": None,
    }


def test_overrides_of_the_site_are_merged_last():
    hub = values("everything")["hub"]
    assert [volume["name"] for volume in hub["extraVolumes"]] == ["openstack-hub", "more"]
    assert hub["resources"]["limits"]["memory"] == "8Gi" and "memory" in hub["resources"]["requests"]
    assert values("everything")["singleuser"]["extraEnv"].items() > {"GREETING": "hello"}.items()


def test_hubkit_is_mounted_where_hub_and_servers_import_it():
    for part, variable in (("hub", "PYTHONPATH"), ("singleuser", "HUBKIT_ZIP")):
        file = values("default")[part]["extraFiles"]["hubkit.zip"]
        assert file["mountPath"] == values("default")[part]["extraEnv"][variable]
        assert file["binaryData"].startswith("UEsF")
    assert 'get_data("hubkit.hub", "kubernetes_config.py")' in values("default")["hub"]["extraConfig"]["openstack-hub"]


def test_server_files_are_mounted_below_the_configuration_path_of_jupyter():
    users = values("default")["singleuser"]
    path = users["extraEnv"]["JUPYTER_CONFIG_PATH"]
    files = {file["mountPath"]: file["stringData"] for file in users["extraFiles"].values() if "stringData" in file}
    assert files == {
        f"{path}/jupyter_server_config.py": "c = get_config()\n",
        f"{path}/labconfig/page_config.json": "{}\n",
    }
    assert not users["extraEnv"]["JUPYTER_RUNTIME_DIR"].startswith("/home")


def test_nobody_can_sign_in_where_hubkit_is_not_loaded():
    config = values("default")["hub"]["config"]["JupyterHub"]
    assert config == {"authenticator_class": "null", "admin_access": False}


def test_secrets_are_mounted_read_only_for_the_hubs_group():
    hub = values("default")["hub"]
    (volume,), (mount,) = hub["extraVolumes"], hub["extraVolumeMounts"]
    assert volume == {"name": mount["name"], "secret": {"secretName": names.SECRET, "defaultMode": 0o440}}
    assert mount["mountPath"] == names.SECRETS and mount["readOnly"]


@pytest.mark.parametrize(
    ("name", "storage_class", "size"), [("default", None, "1Gi"), ("everything", "csi-cinder", "1536Mi")]
)
def test_homes_and_database_are_stored_as_hub_home_says_and_kept(name, storage_class, size):
    storage, claim = values(name)["singleuser"]["storage"], values(name)["hub"]["db"]["pvc"]
    assert storage["capacity"] == size
    assert storage["dynamic"] == {"storageClass": storage_class, "pvcNameTemplate": "claim-{username}"}
    assert claim["storageClassName"] == storage_class
    assert claim["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_the_autoscaler_evicts_neither_hub_nor_proxy():
    for part in ("hub", "proxy"):
        assert values("default")[part]["annotations"]["cluster-autoscaler.kubernetes.io/safe-to-evict"] == "false"


@pytest.mark.parametrize("name", SITES)
def test_pods_of_the_chart_run_in_the_first_node_group_only(name):
    found, terms = values(name), model(name)["core_placement"]["node_affinity_required"]
    for pod in (found["hub"], found["proxy"]["chp"], found["scheduling"]["userScheduler"]):
        assert pod["extraPodSpec"] == {"affinity": affinity(terms)}
    assert found["scheduling"]["userScheduler"]["resources"]["limits"] == {"memory": "512Mi"}
    for pods in ("corePods", "userPods"):
        assert found["scheduling"][pods]["nodeAffinity"]["matchNodePurpose"] == "ignore"


def test_network_policies_allow_only_what_each_pod_needs():
    found = values("default")
    rules = [each["networkPolicy"]["egressAllowRules"] for each in (found["hub"], found["proxy"]["chp"])]
    assert rules == [METADATA, METADATA | {"nonPrivateIPs": False, "privateIPs": False}]
    users = found["singleuser"]
    assert users["networkPolicy"]["egressAllowRules"] == METADATA | {"nonPrivateIPs": True, "privateIPs": False}
    assert users["cloudMetadata"] == {"blockWithIptables": False}, "it needs a privileged container"


def test_a_load_balancer_is_internal_and_filters_by_source():
    service, policy = values("default")["proxy"]["service"], values("default")["proxy"]["chp"]["networkPolicy"]
    assert (service["type"], service["loadBalancerSourceRanges"]) == ("LoadBalancer", SOURCES)
    assert service["annotations"]["service.beta.kubernetes.io/openstack-internal-load-balancer"] == "true"
    for side in ("client", "member"):  # in milliseconds: as long as Apache keeps an idle websocket
        assert service["annotations"][f"loadbalancer.openstack.org/timeout-{side}-data"] == "3600000"
    assert (policy["allowedIngressPorts"], policy["ingress"]) == (["http"], [])


def test_at_a_node_port_the_network_policy_filters_by_source():
    service, policy = values("everything")["proxy"]["service"], values("everything")["proxy"]["chp"]["networkPolicy"]
    assert service == {"type": "NodePort", "nodePorts": {"http": 30080}, "annotations": {"example.org/use": "hub"}}
    peers = [{"ipBlock": {"cidr": cidr}} for cidr in SOURCES]
    assert (policy["allowedIngressPorts"], policy["ingress"]) == ([], [{"ports": [{"port": "http"}], "from": peers}])


def test_settings_of_the_service_are_added_to_those_of_this_project():
    service = values("mirrored")["proxy"]["service"]
    assert service["loadBalancerIP"] == "192.0.2.40" and "loadBalancerIP" not in values("default")["proxy"]["service"]
    assert service["annotations"] == LOAD_BALANCER | {"loadbalancer.openstack.org/flavor-id": "5f0e"}
    replaced = service_values(model("mirrored")["service"] | {"annotations": {INTERNAL: "false"}}, SOURCES)
    assert replaced["annotations"] == LOAD_BALANCER | {INTERNAL: "false"}


def test_selectors_and_tolerations_reach_the_pods_that_need_them():
    found, single = values("everything"), values("mirrored")
    assert found["singleuser"]["nodeSelector"] == {"example.org/pool": "jupyter"}
    course = {"key": "example.org/use", "operator": "Equal", "value": "course", "effect": "NoSchedule"}
    assert found["prePuller"]["extraTolerations"] == [course], "not that of GPUs, whose images are large"
    own = {"key": "example.org/hub", "operator": "Exists", "effect": "NoExecute"}
    for pod in (single["hub"], single["proxy"]["chp"], single["scheduling"]["userScheduler"]):
        assert pod["tolerations"] == [own]
    for pod in (found["hub"], found["proxy"]["chp"], found["scheduling"]["userScheduler"]):
        assert pod["tolerations"] == []
    placed = {
        each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in placeholder_sets(model("everything"))
    }
    assert course in placed["placeholder-course"]["tolerations"]
    assert course not in placed["placeholder-default"]["tolerations"]
    assert placed["placeholder-gpu"]["containers"][0]["resources"]["limits"] == {"amd.com/gpu": "1"}
    assert "example.org/size" in str(placed["placeholder-course"]["affinity"])


def test_hubkit_replaces_culler_and_placeholders_of_the_chart():
    found = values("default")
    assert found["cull"] == {"enabled": False}
    assert found["singleuser"]["startTimeout"] == model("default")["start_timeout"]
    assert found["scheduling"]["podPriority"]["enabled"]
    # Enabled without replicas, the chart creates the priority class.
    assert found["scheduling"]["userPlaceholder"] == {"enabled": True, "replicas": 0}


@pytest.mark.parametrize("name", SITES)
def test_images_of_the_chart_are_those_of_the_site_or_at_their_mirror(name):
    expected = {
        "default": {},
        "without a scheduler": {},
        "everything": {key: image for key, image in model("everything")["images"].items() if image},
        "mirrored": {
            key: image.replace("quay.io", "registry.lab.test/quay").replace("registry.k8s.io", "registry.lab.test:5000")
            for key, _, image in CHART_IMAGES
        } | {"user": "registry.lab.test/quay/lab/own:1"},  # no profile uses the chart's own
    }[name]  # fmt: skip
    for key, path, _ in CHART_IMAGES:
        image = values(name)
        for part in path:
            image = image.get(part, {})
        assert ":".join(image.values()) == expected.get(key, ""), path


@pytest.mark.parametrize("name", ["everything", "mirrored"])
def test_placeholders_are_scheduled_like_servers_and_pull_their_image(name):
    profiles = [profile for profile in model(name)["profiles"] if profile["placeholders"]]
    namespace, mirrored_site = model(name)["namespace"], name == "mirrored"
    for profile, manifest in zip(profiles, placeholder_sets(model(name)), strict=True):
        pod = manifest["spec"]["template"]["spec"]
        assert manifest["metadata"]["namespace"] == namespace and manifest["metadata"]["labels"] == names.LABELS
        assert manifest["spec"]["podManagementPolicy"] == "Parallel"
        assert pod["affinity"] == affinity(profile["placement"]["node_affinity_required"])
        assert pod["tolerations"] == profile["placement"]["tolerations"]
        assert pod["automountServiceAccountToken"] is False
        assert [each["image"] for each in pod["initContainers"]] == [profile["image"] or "registry.lab.test/scipy:1"]
        pause = "registry.lab.test:5000/pause:3.10" if mirrored_site else "registry.lab.test/pause:1"
        assert [each["image"] for each in pod["containers"]] == [pause]
        assert pod["initContainers"][0]["command"] == ["/bin/sh", "-c", "true"], "it only pulls the image"
        for container in pod["initContainers"] + pod["containers"]:
            assert container["securityContext"]["runAsNonRoot"], "the namespace may admit nothing else"
    assert placeholder_sets(model("default")) == []
