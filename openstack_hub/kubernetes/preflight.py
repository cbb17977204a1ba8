"""Checks whether cluster, Helm and chart meet the requirements of the hub; returns problems as sentences."""

import datetime
from pathlib import Path

from openstack_hub.kubernetes.client import Api, Refused, Unreachable

NOTHING = {"cluster": False, "namespace": False}
DEFAULT = "storageclass.kubernetes.io/is-default-class"
NO_CLASS_YET = "the cluster has no storage class yet; its add-ons should create one"


def storage_problem(name, classes):
    """What is wrong with the storage class NAME (None: the default one), a sentence or "". classes: the cluster's."""
    names = sorted(each["metadata"]["name"] for each in classes)
    existing = f"the cluster has {', '.join(names)}" if names else "the cluster has none: ask its operator for one"
    if name:
        return "" if name in names else f"hub_home.storage_class: there is no storage class {name}; {existing}"
    if any(each["metadata"].get("annotations", {}).get(DEFAULT) == "true" for each in classes):
        return ""
    return f"hub_home.storage_class: no storage class is the cluster's default, so write the name of one; {existing}"


def is_young(api, timeout):
    """Whether the cluster is younger than TIMEOUT seconds, so that the cloud's add-ons may still come."""
    created = api.get("/api/v1/namespaces/kube-system")["metadata"]["creationTimestamp"]
    age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(created)
    return age.total_seconds() < timeout


def check_cluster(kubeconfig, namespace, storage_class, timeout, check):
    """(facts: cluster, namespace, and pending until a storage class exists; problems).

    check: in check mode the cluster need not exist yet.
    """
    if not Path(kubeconfig).exists():
        advice = "run playbooks/cluster.yml, or set cluster_kubeconfig to an existing one"
        return NOTHING, [] if check else [f"there is no kubeconfig {kubeconfig}: {advice}"]
    try:
        api = Api(kubeconfig)
        classes = api.items("/apis/storage.k8s.io/v1/storageclasses")
        is_pending = not classes and is_young(api, timeout)
        if is_pending and not check:
            return {"pending": NO_CLASS_YET}, []
        facts = {"cluster": True, "namespace": namespace_exists(api, namespace)}
        problem = "" if is_pending else storage_problem(storage_class, classes)
        return facts, [problem] if problem else []
    except Refused as error:
        return NOTHING, [f"the cluster of {kubeconfig} refuses: {error}. Use the kubeconfig of an administrator"]
    except Unreachable as error:
        return NOTHING, [] if check else [f"the cluster of {kubeconfig} does not answer: {error}"]


def namespace_exists(api, namespace):
    try:
        return bool(api.get(f"/api/v1/namespaces/{namespace}"))
    except Refused as error:
        if error.status != 404:
            raise
        return False
