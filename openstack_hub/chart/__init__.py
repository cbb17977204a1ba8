"""From the model to the values of the zero-to-jupyterhub chart, and to the objects that the chart cannot create.

Pods, Services, policies, images, placeholders and volumes are defined here; JupyterHub's configuration (`c.`) is
hubkit's. No value is secret: secrets are in the Secret `openstack-hub`, which the role creates.
"""

from openstack_hub.chart.names import release
from openstack_hub.chart.placeholders import placeholder_sets
from openstack_hub.chart.proxy import service_patch
from openstack_hub.chart.values import chart_values

__all__ = ["chart_values", "placeholder_sets", "pod_security", "release", "service_patch"]


def pod_security(model):
    """The Pod Security Standard that the namespace can enforce: restricted, or baseline.

    Root in a server and NFS volumes are forbidden by restricted.
    """
    needs_baseline = any(profile["sudo"] or profile["mounts"] for profile in model["profiles"])
    return "baseline" if needs_baseline else "restricted"
