"""Users' servers: what each pod has, whatever its profile. What a profile says is hubkit's."""

from openstack_hub.chart.names import CONFIG_PATH, RUNTIME, ZIP
from openstack_hub.chart.quantities import memory


def users(model, package, server_files):
    """Values of users' pods; server_files: {path below JUPYTER_CONFIG_PATH: text}."""
    files = {
        f"server--{path.replace('/', '--')}": {"mountPath": f"{CONFIG_PATH}/{path}", "stringData": text}
        for path, text in sorted(server_files.items())
    }
    return {
        "startTimeout": model["start_timeout"],
        "extraFiles": {"hubkit.zip": {"mountPath": ZIP, "binaryData": package}, **files},
        "extraEnv": {"JUPYTER_CONFIG_PATH": CONFIG_PATH, "JUPYTER_RUNTIME_DIR": RUNTIME, "HUBKIT_ZIP": ZIP},
        "storage": {
            "capacity": memory(model["home"]["size"]),
            # The claim's name is how a home is found again: it must not follow the chart's default.
            "dynamic": {"storageClass": model["home"]["storage_class"], "pvcNameTemplate": "claim-{username}"},
        },
        # By the policy, as below: the chart's other way needs a privileged container in each user's pod.
        "cloudMetadata": {"blockWithIptables": False},
        # To the hub, to names and to the internet; not to private addresses, the cloud's metadata among them. Mounts
        # are the node's business, so that their server needs no rule.
        "networkPolicy": {
            "egressAllowRules": {
                "cloudMetadataServer": False,
                "dnsPortsCloudMetadataServer": False,
                "nonPrivateIPs": True,
                "privateIPs": False,
            }
        },
    }
