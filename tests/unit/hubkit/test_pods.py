"""From a profile to the pod that the real KubeSpawner asks for."""

import asyncio
import json
import re

from kube import ARCHIVE, TERMS, TOLERATIONS, manifest, spawner_for

from hubkit.hub import profiles
from hubkit.hub.accounts import safe_name

GB = 2**30


def made(model, *names, name="ada-2"):
    """The pod of the last of NAMES, which one spawner started one after the other."""

    async def run():
        with spawner_for(model, names[0], name) as spawner:
            for profile in names:
                spawner.user_options = {"profile": profile}
                spawner.environment = {**spawner.environment, **profiles.environment(spawner.profile)}
                found = await manifest(spawner)
            return found

    return asyncio.run(run())


def container(pod):
    (only,) = pod["spec"]["containers"]
    return only


def environment(pod):
    return {entry["name"]: entry.get("value") for entry in container(pod)["env"]}


def test_limits_and_requests_are_both_there(k8s):
    resources = container(made(k8s, "default"))["resources"]
    assert resources["limits"] == {"cpu": 2.0, "memory": 1610612736}
    assert resources["requests"] == {"cpu": 0.01, "memory": 1610612736}  # an absent one would be the limit


def test_placement_is_the_profiles_and_nothing_else(k8s):
    spec = made(k8s, "default")["spec"]
    required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert required["nodeSelectorTerms"] == TERMS  # alternatives
    assert spec["tolerations"] == TOLERATIONS


def test_gpus_are_for_profiles_that_have_some(k8s):
    k8s["profiles"][1]["gpus"] = 2
    limits = container(made(k8s, "large"))["resources"]["limits"]
    assert limits["nvidia.com/gpu"] == "2" and "NVIDIA_VISIBLE_DEVICES" not in environment(made(k8s, "large"))
    without = made(k8s, "default")
    assert "nvidia.com/gpu" not in container(without)["resources"]["limits"]
    assert environment(without)["NVIDIA_VISIBLE_DEVICES"] == "void"


def test_nothing_of_the_profile_before_stays(k8s):
    k8s["profiles"][1] |= {"gpus": 1, "image": "other:1", "shared_memory": GB, "mounts": [ARCHIVE], "sudo": True}
    assert made(k8s, "large", "default") == made(k8s, "default")
    assert made(k8s, "default", "large") == made(k8s, "large") != made(k8s, "default")


def test_home_is_the_same_claim_whatever_the_profile(k8s):
    for profile in ("default", "large"):
        volumes = made(k8s, profile)["spec"]["volumes"]
        assert {"name": "home", "persistentVolumeClaim": {"claimName": "claim-ada-2"}} in volumes


def test_image(k8s):
    assert container(made(k8s, "default"))["image"] == "sample:4.4.0"
    assert container(made(k8s, "default"))["imagePullPolicy"] == "IfNotPresent"
    k8s["images"]["user"] = "everybody:1"
    k8s["profiles"][1]["image"] = "some:2"
    assert [container(made(k8s, p))["image"] for p in ("default", "large")] == ["everybody:1", "some:2"]


def test_shared_memory_and_mounts(k8s):
    k8s["profiles"][0] |= {"shared_memory": GB, "mounts": [ARCHIVE, {**ARCHIVE, "name": "work", "read_only": False}]}
    pod = made(k8s, "default")
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    mounts = {mount["name"]: mount for mount in container(pod)["volumeMounts"]}
    assert volumes["shared-memory"]["emptyDir"] == {"medium": "Memory", "sizeLimit": str(GB)}
    assert mounts["shared-memory"]["mountPath"] == "/dev/shm"
    assert volumes["mount-archive"]["nfs"] == {"server": "nfs.example.org", "path": "/data/{a}", "readOnly": True}
    assert mounts["mount-archive"]["readOnly"] is True and mounts["mount-work"]["readOnly"] is False


def test_users_are_not_root_and_gain_nothing(k8s):
    pod = made(k8s, "default")
    inner, outer = container(pod)["securityContext"], pod["spec"]["securityContext"]
    assert inner == {"runAsUser": 1000, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert outer["runAsNonRoot"] is True and outer["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["spec"]["automountServiceAccountToken"] is False


def test_sudo_is_root_within_the_container(k8s):
    k8s["profiles"][0]["sudo"] = True
    pod = made(k8s, "default")
    assert container(pod)["securityContext"] == {"runAsUser": 0, "allowPrivilegeEscalation": True}
    assert "runAsNonRoot" not in pod["spec"]["securityContext"]
    assert environment(pod)["GRANT_SUDO"] == "yes" and "GRANT_SUDO" not in environment(made(k8s, "large"))


def test_environment_is_the_hosts_and_holds_no_secret(k8s, secrets, monkeypatch):
    monkeypatch.setenv("CONFIGPROXY_AUTH_TOKEN", secrets["proxy_token"])
    monkeypatch.setenv("LANG", "tlh")
    k8s["profiles"][0] |= {
        "title": "Plain {x}",
        "repositories": [{"url": "https://git.example.org/{a}", "branch": None}],
    }
    found = environment(made(k8s, "default"))
    assert found["HUBKIT_PROFILE"] == "Plain {x}" and found["HOME"] == "/home/jovyan"
    assert json.loads(found["HUBKIT_REPOSITORIES"]) == k8s["profiles"][0]["repositories"]
    assert (found["HUBKIT_IDLE"], found["MEM_LIMIT"], found["CPU_LIMIT"]) == ("86400", "1610612736", "2.0")
    assert found["JUPYTER_CONFIG_PATH"] and found["JUPYTERHUB_API_TOKEN"] == "token"
    assert "LANG" not in found and not set(map(str, found.values())) & set(secrets.values())


def test_names_are_safe_and_stay_apart(k8s):
    names = [safe_name(name) for name in ("Ada.Lovelace@example.org", "007", "x" * 80, "Zoë--", "-")]
    found = [made(k8s, "default", name=name) for name in names]
    assert [pod["metadata"]["name"] for pod in found] == [f"jupyter-{name}" for name in names]
    claims = [v["persistentVolumeClaim"]["claimName"] for pod in found for v in pod["spec"]["volumes"]]
    assert all(re.fullmatch("claim-[a-z][a-z0-9-]{0,56}", claim) for claim in claims)
    assert len(set(claims)) == len(names)
