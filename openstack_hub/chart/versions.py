"""Known versions of the chart: the hub that each contains, and that hub's open advisories."""

from openstack_hub import advisories
from openstack_hub.openstack.kubernetes_versions import parse_version

HUB_VERSIONS = {"4.3.3": "5.4.4", "4.4.0": "5.5.0"}
MIN_KUBERNETES = {"4.4.0": "1.32"}
# The user scheduler's tag below Kubernetes 1.34, from the chart's own templates.
PINNED_SCHEDULERS = {"4.4.0": "v1.33.9"}


def hub_version(chart):
    """The JupyterHub in CHART, or in the last known chart before it; None when CHART is newer than all known."""
    known = {parse_version(name): hub for name, hub in HUB_VERSIONS.items()}
    older = [name for name in known if name <= parse_version(chart)]
    if parse_version(chart) > max(known):
        return None
    return known[max(older)] if older else "0.0.0"


def open_advisories(chart):
    """{id: advisory} of those that are known and not fixed in the hub of CHART."""
    hub = hub_version(chart)
    return advisories.affecting("jupyterhub", hub) if hub else {}
