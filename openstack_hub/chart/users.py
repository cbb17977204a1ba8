"""User servers: settings of every pod. Those of a profile are hubkit's."""

from openstack_hub.chart.names import CONFIG_PATH, RUNTIME, ZIP
from openstack_hub.chart.quantities import memory


def user_values(model, package, server_files):
    """Values of user pods; server_files: {path below JUPYTER_CONFIG_PATH: text}."""
    files = {
        f"server--{path.replace('/', '--')}": {"mountPath": f"{CONFIG_PATH}/{path}", "stringData": text}
        for path, text in sorted(server_files.items())
    }
    return {
        "startTimeout": model["start_timeout"],
        "nodeSelector": model["node_selector"],  # also of the pods that pull images
        "extraFiles": {"hubkit.zip": {"mountPath": ZIP, "binaryData": package}, **files},
        "extraEnv": {"JUPYTER_CONFIG_PATH": CONFIG_PATH, "JUPYTER_RUNTIME_DIR": RUNTIME, "HUBKIT_ZIP": ZIP},
        "storage": {
            "capacity": memory(model["home"]["size"]),
            # A home is found by the name of its claim, which must not change with the chart's default.
            "dynamic": {"storageClass": model["home"]["storage_class"], "pvcNameTemplate": "claim-{username}"},
        },
        # The policy below blocks it: the chart's iptables need a privileged container in each user pod.
        "cloudMetadata": {"blockWithIptables": False},
        # Allowed: the hub, DNS and the internet. Not allowed: private addresses and the cloud's metadata service. The
        # node mounts file systems, so their servers need no rule.
        "networkPolicy": {
            "egressAllowRules": {
                "cloudMetadataServer": False,
                "dnsPortsCloudMetadataServer": False,
                "nonPrivateIPs": True,
                "privateIPs": False,
            }
        },
    }
