"""The pod that the real KubeSpawner creates for a profile."""

import asyncio
import json
import re
from types import SimpleNamespace

from kube import ARCHIVE, MOUNT, TERMS, TOLERATIONS, manifest, spawner_for

from hubkit.hub import profiles
from hubkit.hub.accounts import safe_name

GB = 2**30


def pod_of(model, *names, name="ada-2"):
    """The pod of the last of the profiles NAMES, which one spawner starts one after the other."""

    async def run():
        with spawner_for(model, names[0], name) as spawner:
            for profile in names:
                spawner.user_options = {"profile": profile}
                spawner.default_url = spawner.profile["default_url"]
                spawner.environment = {**spawner.environment, **profiles.environment(spawner.profile)}
                pod = await manifest(spawner)
            return pod

    return asyncio.run(run())


def container(pod):
    (only,) = pod["spec"]["containers"]
    return only


def environment(pod):
    return {entry["name"]: entry.get("value") for entry in container(pod)["env"]}


def test_a_pod_has_limits_and_requests(k8s):
    resources = container(pod_of(k8s, "default"))["resources"]
    assert resources["limits"] == {"cpu": 2.0, "memory": 1610612736}
    assert resources["requests"] == {"cpu": 0.01, "memory": 1610612736}  # a missing one would be the limit


def test_placement_is_the_profiles_alone(k8s):
    spec = pod_of(k8s, "default")["spec"]
    required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert required["nodeSelectorTerms"] == TERMS  # alternatives
    assert spec["tolerations"] == TOLERATIONS


def test_a_runtime_class_is_the_profiles_alone(k8s):
    k8s["profiles"][1]["runtime_class"] = "nvidia"
    assert pod_of(k8s, "default", "large")["spec"]["runtimeClassName"] == "nvidia"
    assert "runtimeClassName" not in pod_of(k8s, "large", "default")["spec"]


def test_only_profiles_with_gpus_see_any(k8s):
    k8s["profiles"][1]["gpus"] = 2
    limits = container(pod_of(k8s, "large"))["resources"]["limits"]
    assert limits["nvidia.com/gpu"] == "2" and "NVIDIA_VISIBLE_DEVICES" not in environment(pod_of(k8s, "large"))
    without = pod_of(k8s, "default")
    assert "nvidia.com/gpu" not in container(without)["resources"]["limits"]
    assert environment(without)["NVIDIA_VISIBLE_DEVICES"] == "void"


def test_gpus_have_the_name_that_the_node_offers(k8s):
    k8s["profiles"][1] |= {"gpus": 1, "gpu_resource": "nvidia.com/mig-1g.10gb"}
    assert container(pod_of(k8s, "large"))["resources"]["limits"].items() >= {"nvidia.com/mig-1g.10gb": "1"}.items()
    assert "nvidia.com/mig-1g.10gb" not in container(pod_of(k8s, "large", "default"))["resources"]["limits"]


def test_a_pod_selects_nodes_and_tolerates_taints_as_its_profile_says(k8s):
    toleration = {"key": "example.org/use", "operator": "Equal", "value": "course", "effect": "NoExecute"}
    terms = [{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}]
    placed = {"node_affinity_required": terms, "tolerations": [*TOLERATIONS, toleration]}
    k8s["profiles"][1]["placement"] = placed
    spec = pod_of(k8s, "large")["spec"]
    required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert required == {"nodeSelectorTerms": terms} and toleration in spec["tolerations"]
    assert toleration not in pod_of(k8s, "large", "default")["spec"]["tolerations"]


def test_the_first_page_is_that_of_the_profile(k8s):
    k8s["profiles"][1]["default_url"] = "/lab/tree/{username}"
    assert environment(pod_of(k8s, "default"))["JUPYTERHUB_DEFAULT_URL"] == "/lab"
    assert environment(pod_of(k8s, "large"))["JUPYTERHUB_DEFAULT_URL"] == "/lab/tree/ada-2"


def test_a_pod_is_marked_with_its_start(k8s):
    assert pod_of(k8s, "default")["metadata"]["annotations"]["openstack-hub/start"] == "this start"


def test_a_profile_that_no_longer_exists_counts_as_the_first(k8s):
    """As for a server that runs while the profiles change and the hub restarts."""
    assert environment(pod_of(k8s, "default")) == environment(pod_of(k8s, "gone"))


def test_nothing_of_an_earlier_profile_remains(k8s):
    k8s["profiles"][1] |= {"gpus": 1, "image": "other:1", "shared_memory": GB, "mounts": [ARCHIVE], "sudo": True}
    assert pod_of(k8s, "large", "default") == pod_of(k8s, "default")
    assert pod_of(k8s, "default", "large") == pod_of(k8s, "large") != pod_of(k8s, "default")


def test_the_home_is_the_same_claim_for_every_profile(k8s):
    for profile in ("default", "large"):
        volumes = pod_of(k8s, profile)["spec"]["volumes"]
        assert {"name": "home", "persistentVolumeClaim": {"claimName": "claim-ada-2"}} in volumes


def test_the_image_of_a_profile_of_all_users_or_of_the_chart(k8s):
    assert container(pod_of(k8s, "default"))["image"] == "sample:4.4.0"
    assert container(pod_of(k8s, "default"))["imagePullPolicy"] == "IfNotPresent"
    k8s["images"]["user"] = "everybody:1"
    k8s["profiles"][1]["image"] = "some:2"
    assert [container(pod_of(k8s, p))["image"] for p in ("default", "large")] == ["everybody:1", "some:2"]


def test_shared_memory_and_mounts(k8s):
    k8s["profiles"][0] |= {"shared_memory": GB, "mounts": [ARCHIVE, {**ARCHIVE, "name": "work", "read_only": False}]}
    pod = pod_of(k8s, "default")
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    mounts = {mount["name"]: mount for mount in container(pod)["volumeMounts"]}
    assert volumes["shared-memory"]["emptyDir"] == {"medium": "Memory", "sizeLimit": str(GB)}
    assert mounts["shared-memory"]["mountPath"] == "/dev/shm"
    assert volumes["home"] and mounts["home"]["mountPath"] == "/home/jovyan", "the chart's own remain"
    assert mounts["mount-archive"]["mountPath"] == "/archive"
    nfs = {"server": "nfs.example.org", "path": "/data/{a}", "readOnly": True}
    assert volumes["mount-archive"]["nfs"] == nfs and volumes["mount-work"]["nfs"] == nfs | {"readOnly": False}
    assert mounts["mount-archive"]["readOnly"] is True and mounts["mount-work"]["readOnly"] is False


def test_claims_and_temporary_space(k8s):
    claim, scratch = (
        MOUNT | {"claim": "data.2026"},
        MOUNT | {"name": "s", "path": "/s", "size": 20 * GB, "read_only": False},
    )
    k8s["profiles"][0]["mounts"] = [claim, scratch]
    pod = pod_of(k8s, "default")
    volumes = {volume.pop("name"): volume for volume in pod["spec"]["volumes"]}
    mounts = {mount["name"]: mount for mount in container(pod)["volumeMounts"]}
    assert volumes["mount-archive"] == {"persistentVolumeClaim": {"claimName": "data.2026", "readOnly": True}}
    assert volumes["mount-s"] == {"emptyDir": {"sizeLimit": str(20 * GB)}}
    assert mounts["mount-archive"]["readOnly"] is True and mounts["mount-s"]["readOnly"] is False


def test_the_environment_of_a_profile_is_passed_on_as_it_is(k8s):
    """KubeSpawner replaces {username}, and Kubernetes $(NAME)."""
    own = {"A": "{username} $(HOME) $x", "LANG": "", "HOME": "/evil", "NVIDIA_VISIBLE_DEVICES": "all"}
    k8s["profiles"][0]["environment"] = own
    found = environment(pod_of(k8s, "default"))
    assert (found["A"], found["LANG"]) == ("{username} $$(HOME) $$x", "")
    assert (found["HOME"], found["NVIDIA_VISIBLE_DEVICES"]) == ("/home/jovyan", "void")
    assert "A" not in environment(pod_of(k8s, "default", "large"))


def test_the_size_of_a_new_home_follows_from_groups(k8s):
    k8s["home"]["group_sizes"] = [{"group": "cloud/astro", "size": 5 * GB}]

    async def run():
        with spawner_for(k8s, "default") as spawner:
            for groups, size in ([], GB), (["cloud/astro"], 5 * GB), ([], GB):
                spawner.user.groups = [SimpleNamespace(name=name) for name in groups]
                await spawner.load_user_options()
                assert spawner.get_pvc_manifest().spec.resources.requests == {"storage": str(size)}

    asyncio.run(run())


def test_users_are_not_root_and_gain_no_privileges(k8s):
    pod = pod_of(k8s, "default")
    inner, outer = container(pod)["securityContext"], pod["spec"]["securityContext"]
    assert inner == {"runAsUser": 1000, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert outer == {
        "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}, "fsGroup": 100,
        "fsGroupChangePolicy": "OnRootMismatch",
    }  # fmt: skip
    assert pod["spec"]["automountServiceAccountToken"] is False


def test_sudo_is_root_within_the_container(k8s):
    k8s["profiles"][0]["sudo"] = True
    pod = pod_of(k8s, "default")
    assert container(pod)["securityContext"] == {"runAsUser": 0, "allowPrivilegeEscalation": True}
    outer = pod["spec"]["securityContext"]
    assert "runAsNonRoot" not in outer and outer["seccompProfile"] == {"type": "RuntimeDefault"}
    assert environment(pod)["GRANT_SUDO"] == "yes" and "GRANT_SUDO" not in environment(pod_of(k8s, "large"))


def test_the_environment_is_as_on_platform_host_and_contains_no_secret(k8s, secrets, monkeypatch):
    monkeypatch.setenv("CONFIGPROXY_AUTH_TOKEN", secrets["proxy_token"])
    monkeypatch.setenv("LANG", "tlh")
    k8s["profiles"][0] |= {
        "title": "Plain {x}",
        "repositories": [{"url": "https://git.example.org/{a}", "branch": None}],
    }
    variables = environment(pod_of(k8s, "default"))
    assert variables["HUBKIT_PROFILE"] == "Plain {x}" and variables["HOME"] == "/home/jovyan"
    assert json.loads(variables["HUBKIT_REPOSITORIES"]) == k8s["profiles"][0]["repositories"]
    assert (variables["HUBKIT_IDLE"], variables["MEM_LIMIT"], variables["CPU_LIMIT"]) == ("86400", "1610612736", "2.0")
    assert variables["JUPYTER_CONFIG_PATH"] and variables["JUPYTERHUB_API_TOKEN"] == "token"
    assert "LANG" not in variables and not set(map(str, variables.values())) & set(secrets.values())


def test_names_are_safe_and_distinct(k8s):
    names = [safe_name(name) for name in ("Ada.Lovelace@example.org", "007", "x" * 80, "Zoë--", "-")]
    pods = [pod_of(k8s, "default", name=name) for name in names]
    assert [pod["metadata"]["name"] for pod in pods] == [f"jupyter-{name}" for name in names]
    claims = [v["persistentVolumeClaim"]["claimName"] for pod in pods for v in pod["spec"]["volumes"]]
    assert all(re.fullmatch("claim-[a-z][a-z0-9-]{0,56}", claim) for claim in claims)
    assert len(set(claims)) == len(names)
