#!/usr/bin/python
"""Look whether cluster and Helm can carry the hub; change nothing."""

DOCUMENTATION = r"""
module: hub_prerequisites
short_description: Look whether a cluster and Helm can carry the hub
description:
  - Finds all that is lacking at once, and fails with a sentence for each. Changes nothing.
  - A cluster without any storage class that is younger than O(timeout) is waited for; its add-ons may still bring one.
  - In check mode a cluster that does not exist yet, or whose kubeconfig does not, is no error; RV(cluster) tells it.
options:
  kubeconfig: {type: path, required: true, description: "Kubeconfig of the cluster."}
  namespace: {type: str, required: true, description: "Namespace of the hub."}
  helm: {type: str, default: helm, description: "Program Helm, by name or path."}
  chart_path: {type: path, description: "Packaged chart on this machine."}
  storage_class: {type: str, description: "Storage class that homes want; null is the cluster's default."}
  timeout: {type: int, default: 900, description: "Age in seconds at which a cluster should have its add-ons."}
  sofar: {type: dict, default: {}, description: "Of the action plugin; not used."}
author: [openstack-hub]
"""

EXAMPLES = r"""
- name: Look whether cluster and Helm can carry the hub
  hub_prerequisites:
    kubeconfig: ~/.kube/config
    namespace: jupyterhub
"""

RETURN = r"""
cluster: {description: "Whether there is a cluster that answers.", type: bool, returned: success}
namespace: {description: "Whether the namespace is there.", type: bool, returned: success}
helm: {description: "Path of Helm.", type: str, returned: success}
actions: {description: "None.", returned: always, type: list, elements: str}
pending: {description: "What is awaited; null when all is there.", returned: success, type: str}
progress: {description: "None.", returned: success, type: list, elements: str}
warm_places: {description: "Names of the StatefulSets of ours.", type: list, elements: str, returned: success}
"""

import datetime
import re
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from openstack_hub.kubernetes import client
from openstack_hub.kubernetes.client import Api, Refused, Unreachable

HELM = "Helm 3 from 3.14 on is needed; https://github.com/helm/helm/releases has it"
NOTHING = {"cluster": False, "namespace": False, "warm_places": []}
OURS = "app.kubernetes.io/part-of=openstack-hub"
PASS = 10  # seconds between two looks at what is awaited
DEFAULT = "storageclass.kubernetes.io/is-default-class"


def helm_mistake(helm, path, version):
    """What is wrong with the program HELM, a sentence or "". path: where it is; version: what it says of itself."""
    if not path:
        return f"hub_helm: there is no program {helm} on this machine. {HELM}; its path can stand in hub_helm"
    found = re.match(r"v?(\d+)\.(\d+)", version)
    if not found:
        return f"hub_helm: {path} does not tell its version ({version.strip() or 'it says nothing'}). {HELM}"
    if (int(found[1]), int(found[2])) < (3, 14) or int(found[1]) > 3:
        return f"hub_helm: {path} is {version.strip()}. {HELM}; its path can stand in hub_helm"
    return ""


def storage_mistake(wanted, classes):
    """What is wrong with the storage class, a sentence or "". wanted: its name or None. classes: of the cluster."""
    names = sorted(found["metadata"]["name"] for found in classes)
    there = f"the cluster has {', '.join(names)}" if names else "the cluster has none: ask who runs it for one"
    if wanted:
        return "" if wanted in names else f"hub_home.storage_class: there is no storage class {wanted}; {there}"
    if any(found["metadata"].get("annotations", {}).get(DEFAULT) == "true" for found in classes):
        return ""
    return f"hub_home.storage_class: no storage class is the cluster's default, so write the name of one; {there}"


def brings_storage(api, classes, timeout):
    """Whether a storage class may still come: a new cluster has none until the cloud's add-ons are there."""
    if classes:
        return False
    born = api.get("/api/v1/namespaces/kube-system")["metadata"]["creationTimestamp"]
    age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(born)
    return age.total_seconds() < timeout


def helm_mistakes(module):
    """(path of Helm, sentences)."""
    helm, chart = module.params["helm"], module.params["chart_path"]
    path, version = module.get_bin_path(helm), ""
    if path:
        _, version, errors = module.run_command([path, "version", "--template", "{{.Version}}"])
        version = version or errors
    wrong = [helm_mistake(helm, path, version)]
    if chart and not Path(chart).exists():
        wrong.append(f"hub_chart_path: there is no file {chart} on this machine")
    return path, [sentence for sentence in wrong if sentence]


def cluster_mistakes(module):
    """(what the module returns of the cluster, sentences)."""
    kubeconfig, namespace, check = module.params["kubeconfig"], module.params["namespace"], module.check_mode
    if not Path(kubeconfig).exists():
        made = "playbooks/cluster.yml makes it, or name one in cluster_kubeconfig"
        return NOTHING, [] if check else [f"there is no kubeconfig {kubeconfig}: {made}"]
    try:
        api = Api(kubeconfig)
        classes = api.items("/apis/storage.k8s.io/v1/storageclasses")
        coming = brings_storage(api, classes, module.params["timeout"])
        if coming and not check:
            return {"pending": "the cluster has no storage class yet, its add-ons should bring one"}, []
        sets = api.items(f"/apis/apps/v1/namespaces/{namespace}/statefulsets", metadata=True, labelSelector=OURS)
        return {
            "cluster": True,
            "namespace": exists(api, namespace),
            "warm_places": [found["metadata"]["name"] for found in sets],
        }, [] if coming else [storage_mistake(module.params["storage_class"], classes)]
    except Refused as error:
        return NOTHING, [f"the cluster of {kubeconfig} refuses: {error}. It must be an administrator's"]
    except Unreachable as error:
        return NOTHING, [] if check else [f"the cluster of {kubeconfig} does not answer: {error}"]


def exists(api, namespace):
    try:
        return bool(api.get(f"/api/v1/namespaces/{namespace}"))
    except Refused as error:
        if error.status != 404:
            raise
        return False


def main():
    module = AnsibleModule(
        {
            **client.ARGUMENTS,
            "helm": {"type": "str", "default": "helm"},
            "chart_path": {"type": "path"},
            "storage_class": {"type": "str"},
            "timeout": {"type": "int", "default": 900},
            "sofar": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    if client.MISSING:
        module.fail_json(msg="kubernetes is missing: install requirements.txt", exception=client.MISSING)
    path, wrong = helm_mistakes(module)
    there, more = cluster_mistakes(module)
    if wrong := [sentence for sentence in (*wrong, *more) if sentence]:
        module.fail_json(msg="\n".join(wrong), actions=[])
    result = {"changed": False, "actions": [], "pending": None, "progress": [], "helm": path, **there}
    if result["pending"]:
        time.sleep(PASS)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
