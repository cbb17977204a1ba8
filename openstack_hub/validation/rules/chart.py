"""The chart: its version, images, services and values (platform kubernetes)."""

from openstack_hub.advisories import described, expiry, known
from openstack_hub.chart import versions
from openstack_hub.chart.images import CHART_IMAGES
from openstack_hub.openstack.kubernetes_versions import parse_version
from openstack_hub.validation.problems import Problem, meant

DERIVED_VALUES = {  # path in the chart's values -> the variable from which it is derived
    ("custom", "hubkit"): "the other variables",
    ("fullnameOverride",): "hub_namespace",
    ("nameOverride",): "hub_namespace",
    ("singleuser", "startTimeout"): "cluster_node_minutes",
    ("singleuser", "profileList"): "hub_profiles",
    ("singleuser", "memory"): "hub_profiles",
    ("singleuser", "cpu"): "hub_profiles",
    ("singleuser", "storage", "capacity"): "hub_home",
    ("singleuser", "storage", "dynamic", "storageClass"): "hub_home",
    ("cull",): "hub_idle",
    ("hub", "config"): "hub_iam_issuer and other variables",
    ("hub", "extraConfig", "openstack-hub"): "the other variables",
    ("hub", "concurrentSpawnLimit"): "hub_max_users",
    ("proxy", "service", "type"): "hub_service",
    ("proxy", "service", "nodePorts"): "hub_service",
    ("proxy", "service", "loadBalancerSourceRanges"): "hub_service",
    ("proxy", "https"): "hub_certificate",
    ("scheduling", "userPlaceholder", "replicas"): "placeholders of hub_profiles",
    **{(*path, key): f"hub_images.{image}" for image, path, _ in CHART_IMAGES for key in ("name", "tag")},
}


def chart_problems(v):
    yield from hub_problems(v)
    yield from kubernetes_version_problems(v)
    service = v["hub_service"] or {}
    if service.get("type") == "load_balancer" and service.get("node_port"):
        text = "only type node_port uses it, but type is load_balancer: remove it, or write type: node_port"
        yield Problem(("hub_service", "node_port"), text)
    yield from override_problems(v)


def hub_problems(v):
    """Each advisory that is open in the chart's own hub image must be accepted."""
    chart, accepted = v["hub_chart_version"], v["hub_accepted_advisories"]
    if not chart or accepted is None or not v.is_valid("hub_images") or v["hub_images"]["hub"]:
        return
    opened = versions.open_advisories(chart)
    for name in accepted:
        if "jupyterhub" in known().get(name, {}).get("packages", ()) and name not in opened:
            text = f"{name} does not affect the hub of chart {chart}: remove it"
            yield Problem(("hub_accepted_advisories", name), text, warning=True)
    hub = versions.hub_version(chart)
    jupyterhub = "an old JupyterHub" if hub == "0.0.0" else f"JupyterHub {hub}"
    covered = {meant(given, list(opened)) for given in accepted}
    for name in (name for name in opened if name not in covered):
        text = (
            f"chart {chart} contains {jupyterhub}, which advisory {name} affects ({described(opened[name])}): read it, "
            f"then add {name}: {expiry()}, or set hub_images.hub to an image with a later JupyterHub"
        )
        yield Problem(("hub_accepted_advisories",), text)


def kubernetes_version_problems(v):
    chart, kubernetes = v["hub_chart_version"], v["cluster_kubernetes_version"]
    if not chart or not kubernetes:
        return
    least = versions.MIN_KUBERNETES.get(chart)
    if least and parse_version(kubernetes) < parse_version(least):
        text = f"{kubernetes} is too old for chart {chart} (hub_chart_version), which needs v{least} or later: raise it"
        yield Problem(("cluster_kubernetes_version",), text, warning=True)  # the cluster itself can be created
    image, held = (v["hub_images"] or {}).get("scheduler"), versions.PINNED_SCHEDULERS.get(chart)
    if image and held and parse_version(kubernetes) < (1, 34) and not image.endswith(f":{held}"):
        wanted = f"{image.partition('@')[0].rpartition(':')[0] or image.partition('@')[0]}:{held}"
        text = f"on Kubernetes {kubernetes} chart {chart} always uses the tag {held}: write {wanted}"
        yield Problem(("hub_images", "scheduler"), text)


def override_problems(v):
    values, minutes = v["hub_values_overrides"], v["cluster_node_minutes"]
    for keys, variable in DERIVED_VALUES.items():
        value = values
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            continue
        is_short = minutes and variable == "cluster_node_minutes" and isinstance(value, int) and value < 60 * minutes
        reason = f"{value} seconds are too short if a new node takes {minutes} minutes; " if is_short else ""
        yield Problem(("hub_values_overrides", *keys), f"{reason}derived from {variable}: remove it")
