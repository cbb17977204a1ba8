"""From the model to the values of the zero-to-jupyterhub chart, and to what the chart has no place for.

Pods, services, policies, images, placeholders and volumes are said here; everything that is `c.` is hubkit's. Nothing
of it is secret: what is stands in the Secret `openstack-hub`, which the role makes.
"""

from openstack_hub.chart.names import release
from openstack_hub.chart.placeholders import warm_places
from openstack_hub.chart.proxy import service_patch
from openstack_hub.chart.values import chart_values

__all__ = ["chart_values", "pod_security", "release", "service_patch", "warm_places"]


def pod_security(model):
    """The level of Kubernetes' Pod Security Standards that the namespace can enforce: restricted, or baseline.

    Root inside a server and volumes of NFS servers are what restricted forbids.
    """
    needs = any(profile["sudo"] or profile["mounts"] for profile in model["profiles"])
    return "baseline" if needs else "restricted"
