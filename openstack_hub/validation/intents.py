"""Settings of the chart, of The Littlest JupyterHub and of JupyterHub, as people write them beside our variables."""

import re

OVERRIDES = "other values of the chart belong below hub_values_overrides (platform kubernetes)"
TLJH = "a setting of The Littlest JupyterHub"
CHART = "a value of the chart"
CLASSES = re.compile(r"(c\.)?([A-Z]\w*(Spawner|Authenticator|Hub|Proxy)|c\.\w.*)(\.\w+)*")
# Name -> (keys, what it is, what to write). Without keys it is meant whatever its value is; with some, if it has one.
INTENTS = {
    "singleuser": ((), CHART, f"write hub_profiles, hub_home and hub_mounts; {OVERRIDES}"),
    "cull": ((), CHART, "write hub_idle, or idle and max_age in hub_profiles"),
    "prePuller": ((), CHART, f"write placeholders in hub_profiles, whose pods pull the images; {OVERRIDES}"),
    "scheduling": ((), CHART, f"write placeholders and node_group in hub_profiles; {OVERRIDES}"),
    "profileList": ((), CHART, "write hub_profiles"),
    "profile_list": ((), "a setting of KubeSpawner", "write hub_profiles"),
    "userPlaceholder": ((), CHART, "write placeholders in hub_profiles"),
    "storage": (("capacity", "type", "dynamic", "homeMountPath"), CHART, "write hub_home and hub_mounts"),
    "image": (("name", "tag"), CHART, "write user in hub_images, or image in hub_profiles"),
    "allowed_users": ((), "a setting of JupyterHub", "write hub_allowed_groups, or accounts in hub_local_accounts"),
    "idle_culler": ((), "a setting of another hub", "write hub_idle"),
    "hub": (
        ("config", "extraConfig", "extraEnv", "extraVolumes", "db", "image", "resources", "services", "networkPolicy"),
        CHART, f"hub.config is in variables such as hub_iam_issuer and hub_allowed_groups; {OVERRIDES}",
    ),
    "proxy": (("secretToken", "service", "https", "chp"), CHART, f"write hub_certificate and hub_service; {OVERRIDES}"),
    "ingress": (("enabled", "hosts", "tls", "annotations"), CHART, "Apache is in front of the hub: write hub_domain"),
    "rbac": (("create", "enabled"), CHART, OVERRIDES),
    "debug": (("enabled",), CHART, OVERRIDES),
    "users": (
        ("admin", "allowed", "banned", "extra_user_groups"), TLJH,
        "write hub_allowed_groups, hub_admin_groups and hub_blocked_users",
    ),
    "limits": (("memory", "cpu"), TLJH, "write memory and cpu in hub_profiles"),
    "user_environment": ((), TLJH, "write tools in hub_profiles"),
    "https": (("enabled", "letsencrypt", "tls", "port"), TLJH, "write hub_certificate and hub_port"),
    "http": (("port", "address"), TLJH, "write hub_port"),
    "services": (("cull", "configurator"), TLJH, "write hub_idle"),
    "auth": (("type", "GenericOAuthenticator", "FirstUseAuthenticator"), TLJH, "write hub_sign_in and hub_iam_issuer"),
}  # fmt: skip


# Further values of the chart, for which only its overrides remain.
MORE = (
    "cloudMetadata", "continuousImagePuller", "corePods", "extraConfig", "extraContainers", "extraEnv",
    "extraFiles", "extraNodeAffinity", "extraPodSpec", "extraTolerations", "extraVolumeMounts", "extraVolumes",
    "fullnameOverride", "imagePullSecret", "imagePullSecrets", "initContainers", "lifecycleHooks", "nameOverride",
    "networkPolicy", "nodeSelector", "podPriority", "userPods", "userScheduler",
)  # fmt: skip


def intent(name, keys):
    """The message for a variable NAME, a map with KEYS, that is a setting of another program, or ""."""
    if name in INTENTS:
        needed, what, advice = INTENTS[name]
        return f"{what}, which nothing reads here: {advice}" if not needed or set(needed) & set(keys) else ""
    if name in MORE:
        return f"{CHART}, which nothing reads here: write it below hub_values_overrides (platform kubernetes)"
    if CLASSES.fullmatch(name):
        return (
            "a setting of JupyterHub, which nothing reads here: docs/variables.md lists the variables; on platform "
            "kubernetes others belong in hub.config below hub_values_overrides"
        )
    return ""
