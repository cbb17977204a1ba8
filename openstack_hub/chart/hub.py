"""The hub's pod."""

from openstack_hub.chart.names import SECRET, SECRETS, ZIP
from openstack_hub.chart.quantities import resources
from openstack_hub.model import derived

# The file is hubkit's; the chart runs it as part of jupyterhub_config.py, with `c` and `get_config`.
CONFIG = """\
import pkgutil
exec(pkgutil.get_data("hubkit.hub", "kubernetes_config.py"))
"""


def hub(model, package, digest):
    """Values of the hub's pod; package: hubkit as a zip in base64; digest: changes when the secrets do."""
    return {
        "annotations": {
            "openstack-hub/secrets": digest,  # they are read at start
            # The autoscaler looks for another machine to give back; a drain still moves the pod.
            "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
        },
        # Should hubkit not be reached: nobody may sign in, where the chart would let everybody.
        "config": {"JupyterHub": {"authenticator_class": "null", "admin_access": False}},
        "extraConfig": {"openstack-hub": CONFIG},
        "extraEnv": {"PYTHONPATH": ZIP},
        "extraFiles": {"hubkit.zip": {"mountPath": ZIP, "binaryData": package}},
        "extraVolumes": [{"name": "openstack-hub", "secret": {"secretName": SECRET, "defaultMode": 0o440}}],
        "extraVolumeMounts": [{"name": "openstack-hub", "mountPath": SECRETS, "readOnly": True}],
        "resources": resources(derived.hub_resources(model["max_users"])),
        "extraPodSpec": affinity(model["core_placement"]),
        # The API server, the provider and users' servers may be anywhere, but never the cloud's metadata.
        "networkPolicy": {"egressAllowRules": {"cloudMetadataServer": False, "dnsPortsCloudMetadataServer": False}},
    }


def affinity(placement):
    """{} or {"affinity"} of a pod spec that keeps it on the nodes of PLACEMENT, whichever driver labels them."""
    terms = placement["node_affinity_required"]
    if not terms:
        return {}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return {"affinity": {"nodeAffinity": required}}
