"""The chart: its version, its images, and what else its values say (platform kubernetes)."""

import re

from openstack_hub.chart import versions
from openstack_hub.chart.images import NAMES
from openstack_hub.validation.problems import Mistake, meant, nearest, show

REGISTRY = r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?"
MIRROR = rf"{REGISTRY}(/[a-z0-9][a-z0-9._-]*)*"
# Settings of the chart that follow from a variable: said twice, one of the two would be wrong some day.
OWNED = {
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
    ("hub", "config"): "hub_iam_issuer and the others",
    ("hub", "extraConfig", "openstack-hub"): "the other variables",
    ("hub", "concurrentSpawnLimit"): "hub_max_users",
    ("hub", "db", "url"): "hub_database_url",
    ("hub", "db", "type"): "hub_database_url",
    ("proxy", "service", "type"): "hub_service",
    ("proxy", "service", "nodePorts"): "hub_service",
    ("proxy", "service", "loadBalancerSourceRanges"): "hub_service",
    ("proxy", "https"): "hub_certificate",
    ("scheduling", "userPlaceholder", "replicas"): "hub_profiles, warm",
    **{(*path, key): f"hub_images, {image}" for image, path, _ in NAMES for key in ("name", "tag")},
}


def rules(v):
    if v["hub_platform"] != "kubernetes":
        return
    yield from advisories(v)
    yield from kubernetes_version(v)
    yield from mirrors(v["hub_registry_mirrors"] or {})
    service = v["hub_service"] or {}
    if service.get("type") == "load_balancer" and service.get("node_port"):
        text = "belongs to type node_port, and type is load_balancer: leave it out, or write type: node_port"
        yield Mistake(("hub_service", "node_port"), text)
    yield from overrides(v)


def advisories(v):
    """Each advisory that is open in the chart's own hub asks to be read."""
    chart, accepted = v["hub_chart_version"], v["hub_accepted_advisories"]
    known = {meant(name, list(versions.ADVISORIES)) for name in accepted or [] if name}
    for i, name in enumerate(accepted or []):
        if name and name not in versions.ADVISORIES:
            text = f"{show(name)} is not an advisory that is known here{nearest(name, list(versions.ADVISORIES))}"
            yield Mistake(("hub_accepted_advisories", i), text)
    if not chart or accepted is None or not v.absent("hub_images") or v["hub_images"]["hub"]:
        return
    found = versions.open_advisories(chart)
    for i, name in enumerate(accepted):
        if name in versions.ADVISORIES and name not in found:
            text = f"{name} is not open in the hub of chart {chart}: leave it out"
            yield Mistake(("hub_accepted_advisories", i), text, warning=True)
    hub = versions.hub_version(chart)
    for name, advisory in found.items():
        if name not in known:
            at = f"chart {chart} brings {'an old JupyterHub' if hub == '0.0.0' else f'JupyterHub {hub}'}"
            text = (
                f"{at}, with the open advisory {name} ({advisory.what}, mended in {advisory.fixed}): {advisory.here}; "
                f"read it and add its name here, or set hub_images.hub to an image with a later JupyterHub"
            )
            yield Mistake(("hub_accepted_advisories",), text)


def kubernetes_version(v):
    chart, kubernetes = v["hub_chart_version"], v["cluster_kubernetes_version"]
    if not chart or not kubernetes:
        return
    least = versions.LEAST_KUBERNETES.get(chart)
    if least and versions.number(kubernetes) < versions.number(least):
        text = f"{kubernetes} is too old for chart {chart} (hub_chart_version), which needs v{least} or later"
        yield Mistake(("cluster_kubernetes_version",), text, warning=True)  # the cluster itself can be made
    image, held = (v["hub_images"] or {}).get("scheduler"), versions.HELD_BACK.get(chart)
    if image and held and versions.number(kubernetes) < (1, 34) and not image.endswith(f":{held}"):
        wanted = f"{image.partition('@')[0].rpartition(':')[0] or image.partition('@')[0]}:{held}"
        text = f"on Kubernetes {kubernetes} chart {chart} takes the tag {held}, whatever stands here: write {wanted}"
        yield Mistake(("hub_images", "scheduler"), text)


def mirrors(found):
    for registry, mirror in found.items():
        if not re.fullmatch(REGISTRY, registry):
            text = f"{show(registry)} is not the name of a registry: write one like docker.io"
            yield Mistake(("hub_registry_mirrors", registry), text)
        if mirror and not re.fullmatch(MIRROR, mirror):
            text = (
                f"{show(mirror)} is not where images are: write it without https://, like registry.example.org/docker"
            )
            yield Mistake(("hub_registry_mirrors", registry), text)


def overrides(v):
    values, minutes = v["hub_values_overrides"], v["cluster_node_minutes"]
    for keys, owner in OWNED.items():
        value = values
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            continue
        late = minutes and owner == "cluster_node_minutes" and isinstance(value, int) and value < 60 * minutes
        why = f"{value} seconds are too few when a new machine needs {minutes} minutes; " if late else ""
        yield Mistake(("hub_values_overrides", *keys), f"{why}it follows from {owner}: leave it out")
