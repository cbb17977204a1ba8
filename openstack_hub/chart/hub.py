"""The hub's pod."""

from openstack_hub.chart.names import SECRET, SECRETS, ZIP
from openstack_hub.chart.quantities import resources
from openstack_hub.kubernetes.placement import DEDICATED
from openstack_hub.model import derived

# hubkit's file; the chart executes it as part of jupyterhub_config.py, with `c` and `get_config`.
CONFIG = """\
import pkgutil
exec(pkgutil.get_data("hubkit.hub", "kubernetes_config.py"))
"""


def hub_values(model, package, digest):
    """Values of the hub's pod; package: hubkit as a zip in base64; digest: changes with the secrets."""
    return {
        "annotations": {
            "openstack-hub/secrets": digest,  # which the hub reads when it starts
            # The autoscaler scales down another node; a drain still moves the pod.
            "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
        },
        # If hubkit cannot be loaded, nobody may sign in; the chart's default admits everybody.
        "config": {"JupyterHub": {"authenticator_class": "null", "admin_access": False}},
        "extraConfig": {"openstack-hub": CONFIG},
        "extraEnv": {"PYTHONPATH": ZIP},
        "extraFiles": {"hubkit.zip": {"mountPath": ZIP, "binaryData": package}},
        "extraVolumes": [{"name": "openstack-hub", "secret": {"secretName": SECRET, "defaultMode": 0o440}}],
        "extraVolumeMounts": [{"name": "openstack-hub", "mountPath": SECRETS, "readOnly": True}],
        "resources": resources(derived.hub_resources(model["max_users"])),
        "extraPodSpec": affinity(model["core_placement"]),
        "tolerations": tolerations(model["core_placement"]),
        # The API server, the provider and user servers can have any address, except the cloud's metadata service.
        "networkPolicy": {"egressAllowRules": {"cloudMetadataServer": False, "dnsPortsCloudMetadataServer": False}},
    }


def affinity(placement):
    """{} or {"affinity"} of a pod spec that requires the nodes of PLACEMENT, with any driver's labels."""
    terms = placement["node_affinity_required"]
    if not terms:
        return {}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return {"affinity": {"nodeAffinity": required}}


def tolerations(*placements):
    """Those of PLACEMENTS, each once, without what the chart's own values contain."""
    found = [each for placement in placements for each in placement["tolerations"] if each not in DEDICATED]
    return [each for i, each in enumerate(found) if each not in found[:i]]
