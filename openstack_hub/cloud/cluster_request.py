"""The arguments of the Magnum modules from the variables: template, cluster and node groups."""

import hashlib
import json
import re

from openstack_hub.kubernetes.placement import group_names, node_labels, node_taints
from openstack_hub.openstack.magnum_api import OWNER, OWNER_LABEL
from openstack_hub.validation.check import parse

MAGNUM_MINUTES = 60  # Magnum's own default timeout of a cluster's creation
POOL = {"calico": "calico_ipv4pool", "cilium": "cilium_ipv4pool"}


def cluster_request(variables):
    """The arguments of magnum_cluster, magnum_nodegroups and magnum_unused_templates.

    variables: by name, as Ansible has them. Returns {"template": {...}, "family": regular expression,
    "upgrade_steps": [...], "cluster": {...}, "node_groups": [...]}; {} when the cluster is that of cluster_kubeconfig.
    Raises ValueError with a sentence for each problem when the variables are wrong.
    """
    v = parse(variables)
    if v["cluster_kubeconfig"]:
        return {}
    first, control_plane = v["cluster_node_groups"][0], v["cluster_control_plane"]
    desired_template = template(v, v["cluster_kubernetes_version"], v["cluster_image"])
    return {
        "template": desired_template,
        "family": re.escape(v["cluster_name"]) + r"-v[0-9.]+-[0-9a-f]{8}",  # names of all templates of this cluster
        "upgrade_steps": [template(v, step["version"], step["image"]) for step in v["cluster_upgrade_steps"]],
        "cluster": {
            "name": v["cluster_name"],
            "master_count": control_plane["count"],
            "master_flavor_id": control_plane["flavor"],
            "flavor_id": first["flavor"],
            "node_count": first["min"],
            "keypair": v["cloud_key"],
            "fixed_network": (v["cloud_network"] or {}).get("name"),
            "labels": {
                **desired_template["labels"],
                OWNER_LABEL: OWNER,
                # Magnum copies the first to its default group; drivers of Cluster API read both.
                "min_node_count": str(first["min"]),
                "max_node_count": str(first["max"]),
            },
            "create_timeout": max(MAGNUM_MINUTES, 4 * v["cluster_node_minutes"]),
        },
        "node_groups": [node_group(group, i) for i, group in enumerate(v["cluster_node_groups"])],
    }


def template(v, version, image):
    """A cluster template. Its name ends in a hash of its content, because Magnum cannot change one that is in use."""
    content = {
        "version": version,
        "image_id": image,
        "external_network_id": v["cloud_external_network"],
        "network_driver": v["cluster_network_driver"],
        "floating_ip_enabled": False,
        "master_lb_enabled": v["cluster_control_plane"]["count"] > 1,
        "labels": {
            "kube_tag": version,
            "auto_scaling_enabled": "true",  # labels cannot be changed later, min and max can
            "kube_dashboard_enabled": "false",
            "csi_cinder_reclaim_policy": "Retain",  # homes outlive the cluster
            POOL[v["cluster_network_driver"]]: str(v["cluster_pod_network"]),
            **({"api_master_lb_allowed_cidrs": ",".join(map(str, v["cluster_api_allowed_cidrs"]))}
               if v["cluster_api_allowed_cidrs"] else {}),
            **v["cluster_labels"],
        },
    }  # fmt: skip
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:8]
    return {"name": f"{v['cluster_name']}-{version}-{digest}", **content}


def node_group(group, index):
    return {
        "name": group_names(group, index)[0],
        "title": group["name"],
        "flavor_id": group["flavor"],
        "image_id": group["image"],
        "min": group["min"],
        "max": group["max"],
        "node_labels": node_labels(group),
        "node_taints": node_taints(group, index),
    }
