"""Actions that lead from the existing cluster to the desired one: pure functions over what the API returns."""

from datetime import datetime, timedelta

from openstack_hub.openstack.errors import ImpossibleChange
from openstack_hub.openstack.kubernetes_versions import parse_version, upgrade_path
from openstack_hub.openstack.magnum_api import (
    BROKEN,
    OWNER,
    OWNER_LABEL,
    being_deleted,
    failure_reasons,
    has_failed,
    is_same,
)

# Labels that follow from other settings: the version, and first sizes that the node groups' bounds then replace.
DERIVED_LABELS = {"kube_tag", "min_node_count", "max_node_count", OWNER_LABEL}
FIXED_FIELDS = {  # field of the API -> the variable
    "master_flavor_id": "cluster_control_plane.flavor",
    "keypair": "cloud_key",
    "fixed_network": "cloud_network.name",
}
FIXED_TEMPLATE_FIELDS = {"network_driver": "cluster_network_driver", "external_network_id": "cloud_external_network"}
WAY_OUT = "Magnum cannot change it: write the old value, or destroy the cluster and create it again (homes are kept)"
TWIN_AGE = timedelta(minutes=1)


def plan_cluster(cluster, desired, template=None, is_equivalent=lambda field, old, new: is_same(old, new)):
    """[(action, sentence, argument), ...] from CLUSTER to DESIRED, to be done one after the other.

    cluster: dict of the API, or None. desired: the module's arguments. template: the cluster's template, when it is not
    the desired one. is_equivalent(field, old, new): whether two values mean the same. Raises ImpossibleChange with a
    sentence for each thing that cannot be changed.
    """
    name = desired["name"]
    if cluster and being_deleted(cluster["status"]):
        cluster = None
    if desired["state"] == "absent":
        if not cluster:
            return []
        refuse_foreign(cluster, desired)
        return [("delete", f"delete cluster {name} ({cluster['uuid']})", None)]
    creation = ("create", creation_sentence(desired), None)
    if not cluster:
        return [creation]
    refuse_foreign(cluster, desired)
    status = cluster["status"]
    if status in BROKEN and desired["recreate"]:
        return [("delete", f"delete cluster {name} ({cluster['uuid']}), which is {status}", None), creation]
    if status in (*BROKEN, "ROLLBACK_FAILED", "RESUME_FAILED"):
        raise ImpossibleChange(failure_message(cluster))
    upgrades, error = plan_upgrades(cluster, desired, template, is_equivalent)
    errors = [
        *changed_fields(cluster, desired, is_equivalent),
        *changed_template_fields(template, desired, is_equivalent),
        *[error] * bool(error),
    ]
    if errors:
        raise ImpossibleChange(f"cluster {name} exists and cannot be changed as wanted:\n- " + "\n- ".join(errors))
    actions = []
    if has_failed(status):
        reasons = "; ".join(failure_reasons(cluster))
        actions.append(("repair", f"retry the last update of cluster {name}, which failed: {reasons}", None))
    masters = desired["master_count"]
    if cluster["master_count"] != masters:
        sentence = f"resize the control plane from {cluster['master_count']} to {masters} nodes"
        actions.append(("resize_control_plane", sentence, masters))
    return actions + upgrades


def creation_sentence(desired):
    return (
        f"create cluster {desired['name']} ({desired['template']['version']}, control plane {desired['master_count']} "
        f"{desired['master_flavor_id']}, first node group {desired['node_count']} {desired['flavor_id']})"
    )


def is_ours(cluster):
    return (cluster.get("labels") or {}).get(OWNER_LABEL) == OWNER


def refuse_foreign(cluster, desired):
    if not is_ours(cluster) and not desired["adopt"]:
        raise ImpossibleChange(
            f"cluster {desired['name']} ({cluster['uuid']}) exists, but was not created by openstack-hub. "
            "Adopt it with cluster_adopt: true, or choose another cluster_name"
        )


def failure_message(cluster, groups=()):
    """All reasons of a cluster in a failed state, and the way out."""
    reasons = "\n- ".join(failure_reasons(cluster, groups))
    text = f"cluster {cluster['name']} ({cluster['uuid']}) is {cluster['status']}:\n- {reasons}\n"
    if cluster["status"] == "CREATE_FAILED":
        return (
            f"{text}Fix the cause, then run again with -e cluster_recreate=true: the cluster is deleted and created "
            "again."
        )
    if cluster["status"] == "DELETE_FAILED":
        return f"{text}Fix the cause, then run playbooks/destroy.yml again, or this one with -e cluster_recreate=true."
    if cluster["status"] == "UPDATE_FAILED":
        return f"{text}Fix the cause, then run again: the update is retried."
    return f"{text}Magnum changes nothing in this state: ask your cloud's operators to repair the cluster."


def changed_fields(cluster, desired, is_equivalent):
    """Sentences about fields and labels that Magnum cannot change."""
    for field, variable in FIXED_FIELDS.items():
        new = desired.get(field) or ""
        if new and not is_equivalent(field, cluster.get(field), new):
            yield f"{variable} is {new}, the cluster has {cluster.get(field) or 'none'}. {WAY_OUT}"
    if not is_ours(cluster):  # whoever created it chose its labels
        return
    labels = cluster.get("labels") or {}
    for label, new in sorted((desired["labels"] or {}).items()):
        if label not in DERIVED_LABELS and not is_same(labels.get(label), new):
            yield f"label {label} would be {new}, the cluster has {labels.get(label, 'none')}. {WAY_OUT}"


def changed_template_fields(template, desired, is_equivalent):
    """Sentences about what the cluster's template has fixed."""
    if not template:
        return
    for field, variable in FIXED_TEMPLATE_FIELDS.items():
        old, new = template.get(field), desired["template"].get(field)
        if new and not is_equivalent(field, old, new):
            yield f"{variable} is {new}, the cluster was created with {old}. {WAY_OUT}"


def plan_upgrades(cluster, desired, template, is_equivalent):
    """([("upgrade", sentence, template), ...], error or None)."""
    new_template, version = desired["template"], cluster.get("coe_version")
    if parse_version(version) is None:  # Magnum knows it from the first COMPLETE on
        return [], None
    path, error = upgrade_path(version, new_template, desired["upgrade_steps"])
    actions = []
    for step in path:
        actions.append(("upgrade", f"upgrade Kubernetes from {version} to {step['version']}", step))
        version = step["version"]
    if not path and not error and template:
        old, new = template["image_id"], new_template["image_id"]
        if not is_equivalent("image_id", old, new):
            actions.append(("upgrade", f"replace image {old} by {new}, node by node", new_template))
    return actions, error


def resolve_duplicates(clusters, is_untouched=lambda cluster: False):
    """Of clusters of one name: (the one to keep or None, those to delete). Raises ImpossibleChange if that is unclear.

    Two operators may create one at the same moment, and a conductor that was down creates all that was requested
    meanwhile. The newer cluster is deleted while it is still being created: it has no users yet. So is a complete twin,
    created within a minute of the oldest, when no run has set its node groups' bounds since: is_untouched(cluster).
    """
    alive = [cluster for cluster in clusters if not being_deleted(cluster["status"])]
    alive.sort(key=lambda cluster: (str(cluster.get("created_at")), cluster["uuid"]))
    oldest, *newer = alive or [None]
    if all(
        is_ours(c) and (c["status"] == "CREATE_IN_PROGRESS" or (are_twins(oldest, c) and is_untouched(c)))
        for c in newer
    ):
        return oldest, newer
    lines = "".join(f"\n- {c['uuid']}, created {c.get('created_at')}, {c['status']}" for c in alive)
    raise ImpossibleChange(
        f"there are {len(alive)} clusters called {alive[0]['name']}:{lines}\n"
        "Delete all but one (openstack coe cluster delete UUID), or choose another cluster_name."
    )


def are_twins(one, other):
    """Whether OTHER is complete and was created at the same moment as ONE."""
    created = [datetime.fromisoformat(each["created_at"]) for each in (one, other)]
    return other["status"] == "CREATE_COMPLETE" and abs(created[0] - created[1]) < TWIN_AGE
