"""Known versions of the chart: the hub that each contains, and that hub's open advisories."""

from typing import NamedTuple

from openstack_hub.openstack.kubernetes_versions import parse_version

HUB_VERSIONS = {"4.3.3": "5.4.4", "4.4.0": "5.5.0"}
MIN_KUBERNETES = {"4.4.0": "1.32"}
# The user scheduler's tag below Kubernetes 1.34, from the chart's own templates.
PINNED_SCHEDULERS = {"4.4.0": "v1.33.9"}


class Advisory(NamedTuple):
    """fixed: the first JupyterHub without it; summary: a few words; mitigation: what prevents it in this product."""

    fixed: str
    summary: str
    mitigation: str = "nothing here mitigates it"


ADVISORIES = {  # https://github.com/jupyterhub/jupyterhub/security/advisories
    "GHSA-c4gm-pwx9-9w8j": Advisory("5.5.1", "sharing of servers", "no user of this hub may share a server"),
    "GHSA-69wv-m5fw-2fhp": Advisory("5.5.1", "roles limited to some users", "this hub has no such role"),
    "GHSA-p43p-whwx-q52h": Advisory("5.5.0", "anybody can block the hub"),
    "GHSA-m68r-v472-jgq9": Advisory("5.4.5", "requests on behalf of another user"),
    "GHSA-3vff-hjqv-m7h8": Advisory("5.4.4", "redirects to other sites"),
}


def hub_version(chart):
    """The JupyterHub in CHART, or in the last known chart before it; None when CHART is newer than all known."""
    known = {parse_version(name): hub for name, hub in HUB_VERSIONS.items()}
    older = [name for name in known if name <= parse_version(chart)]
    if parse_version(chart) > max(known):
        return None
    return known[max(older)] if older else "0.0.0"


def open_advisories(chart):
    """{name: Advisory} of those that are known and not fixed in the hub of CHART."""
    hub = hub_version(chart)
    return {name: it for name, it in ADVISORIES.items() if hub and parse_version(hub) < parse_version(it.fixed)}
