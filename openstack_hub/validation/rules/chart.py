"""The chart: its version, images, services and values (platform kubernetes)."""

import re

from openstack_hub.advisories import described, expiry, known
from openstack_hub.chart import versions
from openstack_hub.chart.schema import packaged
from openstack_hub.openstack.kubernetes_versions import parse_version
from openstack_hub.validation.problems import Problem, meant
from openstack_hub.validation.rules.overrides import override_problems
from openstack_hub.validation.rules.scheduling import scheduling_problems


def chart_problems(v):
    yield from hub_problems(v)
    yield from packaged_problems(v["hub_chart_path"], v["hub_chart_version"])
    yield from kubernetes_version_problems(v)
    service = v["hub_service"] or {}
    if service.get("type") == "load_balancer" and service.get("node_port"):
        text = "only type node_port uses it, but type is load_balancer: remove it, or write type: node_port"
        yield Problem(("hub_service", "node_port"), text)
    yield from override_problems(v)
    yield from scheduling_problems(v)


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


def packaged_problems(path, version):
    """The version decides what is known of the chart, also of a packaged one."""
    found = packaged(path)[0] if path and packaged(path) else None
    if version and found and found != version and re.fullmatch(r"\d+\.\d+\.\d+", found):
        yield Problem(("hub_chart_version",), f"the chart in hub_chart_path has version {found}: write {found}")


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
