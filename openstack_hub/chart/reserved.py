"""The chart's values that hub_values_overrides must leave alone, each with what to do instead."""

import functools
from typing import NamedTuple

from openstack_hub.chart.images import CHART_IMAGES
from openstack_hub.chart.values import chart_values
from openstack_hub.site.files import PROJECT


class Reserved(NamedTuple):
    """reason: for the message; same: values that change nothing; only, kinds: values and types that it concerns."""

    reason: str
    same: tuple = ()
    only: tuple = ()
    kinds: tuple = ()

    def forbids(self, value):
        if self.kinds:
            return isinstance(value, self.kinds)
        return value in self.only if self.only else value not in self.same


def derived(variable, *same):
    return Reserved(f"derived from {variable}: remove it", same)


NO_SECRETS = "a secret in the chart's values could be read in Helm's history"
POLICY = Reserved("without the policy user servers could reach each other, hub and proxy: remove it", (True,))
HOMES = "a home is found by the name of its claim, claim-NAME"
PRIORITY = "placeholders need the chart's priorities: remove it"
APACHE = "Apache is the only entrance, and has the certificate (hub_certificate): remove it"
DATABASE = Reserved("the hub's database is a file on its own volume: remove it", (None, "sqlite-pvc"))
METADATA = Reserved("the cloud's metadata service holds secrets of the nodes: remove it", (False,))
TAINTS = derived("taints of cluster_node_groups", [])
ROOT = Reserved("nobody is root, unless a profile of hub_profiles has sudo: remove it", only=(True,))
SECRET = f"{NO_SECRETS}: remove it; vault_{{}} in the vault sets this one (make vault-edit)"
HOST = Reserved("the namespace forbids it (Pod Security): remove it", (False,))
NAMED = Reserved("this is the name of one of ours: choose another name")
TWICE = Reserved("the chart sets this itself, and it must not be there twice: use its own value for it, or remove it")
POD_SPECS = (("hub", "extraPodSpec"), ("proxy", "chp", "extraPodSpec"), ("singleuser", "extraPodConfig"))
POD_KEYS = (
    "containers", "initContainers", "volumes", "nodeSelector", "securityContext", "priorityClassName",
    "schedulerName", "serviceAccountName", "imagePullSecrets", "terminationGracePeriodSeconds",
)  # fmt: skip
# Path, in which * is any name
RESERVED = {
    ("custom", "hubkit"): derived("the other variables"),
    ("fullnameOverride",): derived("hub_namespace", ""),
    ("nameOverride",): derived("hub_namespace", None),
    ("cull",): derived("hub_idle", {"enabled": False}),
    ("hub", "allowNamedServers"): Reserved("a home is mounted once, so each user has one server: remove it", (False,)),
    ("hub", "baseUrl"): derived("hub_domain, below which the hub is at /", "/"),
    ("hub", "concurrentSpawnLimit"): derived("hub_max_users"),
    ("hub", "consecutiveFailureLimit"): Reserved("has no effect: a full cluster does not restart the hub; remove it"),
    ("hub", "cookieSecret"): Reserved(SECRET.format("hub_cookie_secret")),
    ("hub", "db", "password"): DATABASE,
    ("hub", "db", "type"): DATABASE,
    ("hub", "db", "url"): DATABASE,
    ("hub", "existingSecret"): Reserved("the hub's secrets come from the vault: remove it", (None,)),
    ("hub", "extraConfig", "openstack-hub"): derived("the other variables"),
    ("hub", "extraFiles", "hubkit.zip"): NAMED,
    ("hub", "networkPolicy", "enabled"): POLICY,
    ("hub", "networkPolicy", "egressAllowRules", "cloudMetadataServer"): METADATA,
    ("hub", "service", "type"): Reserved("the hub is reached through the proxy only: remove it", ("ClusterIP",)),
    ("hub", "services", "culler"): derived("hub_idle"),
    ("hub", "shutdownOnLogout"): derived("hub_idle", False, None),
    ("hub", "tolerations"): TAINTS,
    ("hub", "templateVars"): derived("hub_notice and other variables", {}),
    ("httpRoute", "enabled"): Reserved(APACHE, (False,)),
    ("imagePullSecret", "create"): Reserved(
        f"{NO_SECRETS}: create a Secret in the namespace (kubectl create secret docker-registry), and name it in "
        "imagePullSecrets", (False,)),
    ("ingress", "enabled"): Reserved(APACHE, (False,)),
    ("prePuller", "extraTolerations"): TAINTS,
    ("prePuller", "extraImages", "profile-*"): derived("image of hub_profiles"),
    ("proxy", "chp", "networkPolicy", "allowedIngressPorts"): derived("hub_service"),
    ("proxy", "chp", "networkPolicy", "enabled"): POLICY,
    ("proxy", "chp", "networkPolicy", "ingress"): derived("hub_service (allowed_cidrs are Apache's networks)", []),
    ("proxy", "chp", "tolerations"): TAINTS,
    ("proxy", "https"): Reserved(APACHE, ({"enabled": False},)),
    ("proxy", "secretToken"): Reserved(SECRET.format("hub_proxy_token")),
    ("proxy", "service", "disableHttpPort"): Reserved("Apache uses this port: remove it", (False,)),
    ("proxy", "service", "loadBalancerIP"): derived("address of hub_service", None),
    ("proxy", "service", "loadBalancerSourceRanges"): derived("hub_service"),
    ("proxy", "service", "nodePorts"): derived("hub_service"),
    ("proxy", "service", "type"): derived("hub_service"),
    ("scheduling", "podPriority", "enabled"): Reserved(PRIORITY, (True,)),
    ("scheduling", "userPlaceholder", "enabled"): Reserved(PRIORITY, (True,)),
    ("scheduling", "userPlaceholder", "replicas"): derived("placeholders of hub_profiles", 0),
    ("scheduling", "userPods", "tolerations"): TAINTS,
    ("scheduling", "userScheduler", "tolerations"): TAINTS,
    ("scheduling", "userScheduler", "enabled"): derived("hub_user_scheduler"),
    ("singleuser", "allowPrivilegeEscalation"): ROOT,
    ("singleuser", "cloudMetadata", "blockWithIptables"): Reserved(
        "a network policy blocks the metadata service, and the namespace refuses what this needs: remove it", (False,)),
    ("singleuser", "cpu"): derived("hub_profiles"),
    ("singleuser", "defaultUrl"): derived("hub_default_url", None),
    ("singleuser", "extraPodConfig", "affinity"): derived("cluster_node_groups and node_selector of hub_profiles"),
    **{(*path, key): HOST for path in POD_SPECS for key in ("hostNetwork", "hostPID", "hostIPC")},
    ("singleuser", "events"): Reserved("the waiting page shows them: remove it", (True,)),
    ("singleuser", "extraFiles", "hubkit.zip"): NAMED,
    ("singleuser", "extraFiles", "server--*"): NAMED,
    ("singleuser", "extraLabels", "hub.jupyter.org/network-access-hub"): Reserved(
        "without it user servers could not reach the hub: remove it", ("true",)),
    ("singleuser", "extraNodeAffinity", "required"): derived("cluster_node_groups", []),
    ("singleuser", "extraResource"): derived("hub_profiles (gpus) and gpu_resource of cluster_node_groups"),
    ("singleuser", "extraTolerations"): TAINTS,
    ("singleuser", "memory"): derived("hub_profiles"),
    ("singleuser", "networkPolicy", "enabled"): POLICY,
    ("singleuser", "networkPolicy", "egressAllowRules", "cloudMetadataServer"): METADATA,
    ("singleuser", "nodeSelector"): derived("hub_node_selector", {}),
    ("singleuser", "profileList"): derived("hub_profiles", []),
    ("singleuser", "startTimeout"): derived("cluster_node_minutes"),
    ("singleuser", "storage", "capacity"): derived("hub_home"),
    ("singleuser", "storage", "dynamic", "pvcNameTemplate"): Reserved(
        f"{HOMES}: remove it", ("claim-{username}",)),
    ("singleuser", "storage", "dynamic", "storageClass"): derived("hub_home"),
    ("singleuser", "storage", "homeMountPath"): Reserved(
        "each profile expects the home at /home/jovyan: remove it", ("/home/jovyan",)),
    ("singleuser", "storage", "static"): Reserved(f"{HOMES}: remove it", ({},)),
    ("singleuser", "storage", "type"): Reserved(f"{HOMES}; without it what users write would be lost: remove it",
                                                ("dynamic",)),
    ("singleuser", "uid"): Reserved(ROOT.reason, only=(0,)),
    **{(*path, key): derived(f"hub_images.{image}") for image, path, _ in CHART_IMAGES for key in ("name", "tag")},
    **{path: derived(f"hub_images.{image}")._replace(kinds=(str, list)) for image, path, _ in CHART_IMAGES},
    **{(*path, key): TWICE for path in POD_SPECS for key in POD_KEYS},
    **{(*path, "tolerations"): TAINTS for path in POD_SPECS},
    ("singleuser", "extraPodConfig", "runtimeClassName"): derived("runtime_class of hub_profiles"),
    ("singleuser", "extraPodConfig", "nodeSelector"): derived("hub_node_selector and node_selector of hub_profiles"),
}  # fmt: skip
# What this project sets there is a default, which a site may replace.
ADJUSTABLE = (
    ("hub", "resources"),
    ("hub", "db", "pvc", "storageClassName"),
    ("proxy", "chp", "resources"),
    ("scheduling", "userScheduler", "resources"),
    ("singleuser", "networkPolicy", "egressAllowRules"),
    ("prePuller", "hook"),
    ("prePuller", "continuous"),
)
# Volumes of the hub's pod, and where the chart mounts its own
CHART_VOLUMES = ("config", "secret", "files", "pvc")
CHART_MOUNTS = {"hub": ("/srv/jupyterhub", "/usr/local/etc/jupyterhub"), "singleuser": ("/home/jovyan", "/dev/shm")}
# Environment variables of user servers that KubeSpawner and hubkit set
SERVER_ENVIRONMENT = ("JUPYTERHUB_*", "HUBKIT_*", "HOME", "GRANT_SUDO", "NVIDIA_VISIBLE_DEVICES")
REASONS = (  # beginning of a path -> why it must stay
    (("hub", "extraPodSpec", "affinity"), "derived from cluster_node_groups and hub_node_selector"),
    (("proxy", "chp", "extraPodSpec"), "derived from cluster_node_groups and hub_node_selector"),
    (("proxy", "service", "annotations"), "derived from hub_service, whose annotations replace it"),
    (("scheduling", "userScheduler", "extraPodSpec"), "derived from cluster_node_groups and hub_node_selector"),
    (("scheduling", "corePods"), "derived from cluster_node_groups and hub_node_selector"),
    (("scheduling", "userPods"), "derived from cluster_node_groups and hub_node_selector"),
    (("hub", "db", "pvc", "annotations"), "it keeps the hub's volume when the release is deleted"),
)
OURS = "what this project installs depends on it"
TERMS = [{"matchExpressions": [{"key": "example.org/a", "operator": "In", "values": ["b"]}]}]
PLACEMENT = {"node_affinity_required": TERMS, "tolerations": []}
MODEL = {  # the parts that decide which values are set
    "namespace": "jupyterhub", "max_users": 100, "start_timeout": 1200, "images": {}, "registry_mirrors": {},
    "service": {"type": "load_balancer", "node_port": None, "address": None, "annotations": {}},
    "core_placement": PLACEMENT, "home": {"size": 1 << 30, "storage_class": None}, "user_scheduler": True,
    "node_selector": {}, "profiles": [{"name": "a", "image": None, "gpus": 0, "placement": PLACEMENT}],
}  # fmt: skip


@functools.cache
def our_values():
    """What this project sets in the values of any site."""
    folder = PROJECT / "server_files"
    files = [path.relative_to(folder) for path in folder.rglob("*.*") if path.name != "README.md"]
    images = dict.fromkeys((image for image, *_ in CHART_IMAGES), None)
    return chart_values(
        MODEL | {"images": images}, package="", server_files=dict.fromkeys(map(str, files), ""), digest="",
        sources=["192.0.2.7/32"], overrides={},
    )  # fmt: skip


def reserved(path):
    """The Reserved of PATH, or None."""
    for pattern, found in RESERVED.items():
        if len(pattern) == len(path) and all(matches(*pair) for pair in zip(pattern, path, strict=True)):
            return found
    return None


def matches(pattern, name):
    """Whether NAME is PATTERN, which may end in *."""
    return str(name).startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def is_adjustable(path):
    return any(path[: len(start)] == start for start in ADJUSTABLE)


def reason(path):
    """Why this project's value at PATH must stay."""
    return next((text for start, text in REASONS if path[: len(start)] == start), OURS)


def mount_paths(values):
    """Every mountPath in VALUES, at any depth."""
    if isinstance(values, dict):
        yield from (value for key, value in values.items() if key == "mountPath")
        values = values.values()
    if not isinstance(values, str):
        for value in values if hasattr(values, "__iter__") else ():
            yield from mount_paths(value)
