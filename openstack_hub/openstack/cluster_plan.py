"""From the cluster that is there to the one that is wanted: pure functions over what the API says."""

from datetime import datetime, timedelta

from openstack_hub.openstack.kubernetes_versions import parse, road
from openstack_hub.openstack.magnum_states import failed, reasons, same, vanishing
from openstack_hub.openstack.poll import Impossible

OURS = ("managed_by", "openstack-hub")  # label of the clusters that were made here; labels can never be changed
# Labels that follow from other things: the version, and first sizes that the node groups' bounds then replace.
DERIVED = {"kube_tag", "min_node_count", "max_node_count", *OURS[:1]}
FIXED = {  # field of the API -> what an operator calls it
    "master_flavor_id": "cluster_control_plane.flavor",
    "keypair": "cloud_key",
    "fixed_network": "cloud_network.name",
}
TEMPLATE_FIXED = {"network_driver": "cluster_network_driver", "external_network_id": "cloud_external_network"}


def plan(cluster, wanted, made_from=None, alike=lambda field, have, want: same(have, want)):
    """What leads from CLUSTER to WANTED: [(what, sentence, argument), ...], to be done one after the other.

    cluster: dict of the API, or None. wanted: the module's arguments. made_from: the cluster's template, when it is
    not the wanted one. alike(field, have, want): whether two values mean the same. Raises Impossible with a sentence
    for each thing that cannot be changed.
    """
    name = wanted["name"]
    if cluster and vanishing(cluster["status"]):
        cluster = None
    if wanted["state"] == "absent":
        if not cluster:
            return []
        refuse_foreign(cluster, wanted)
        return [("delete", f"delete cluster {name} ({cluster['uuid']})", None)]
    make = ("create", creation(wanted), None)
    if not cluster:
        return [make]
    refuse_foreign(cluster, wanted)
    if cluster["status"] in ("CREATE_FAILED", "DELETE_FAILED"):
        if wanted["recreate"]:
            return [("delete", f"delete cluster {name} ({cluster['uuid']}), which is {cluster['status']}", None), make]
        raise Impossible(failure(cluster))
    if cluster["status"] in ("ROLLBACK_FAILED", "RESUME_FAILED"):
        raise Impossible(failure(cluster))
    mistakes = [*unchangeable(cluster, wanted, alike), *changed_template(made_from, wanted, alike)]
    way, mistake = upgrades(cluster, wanted, made_from, alike)
    if mistakes := mistakes + [mistake] * bool(mistake):
        raise Impossible(f"cluster {name} exists and cannot become what is wanted:\n- " + "\n- ".join(mistakes))
    todo = []
    if failed(cluster["status"]):
        why = "; ".join(reasons(cluster))
        todo.append(("repair", f"ask cluster {name} to try its last update again, which failed: {why}", None))
    have, want = cluster["master_count"], wanted["master_count"]
    if have != want:
        todo.append(("masters", f"resize the control plane from {have} to {want} machines", want))
    return todo + way


def creation(wanted):
    """The sentence about making a cluster."""
    template = wanted["template"]
    return (
        f"create cluster {wanted['name']} ({template['version']}, control plane {wanted['master_count']} "
        f"{wanted['master_flavor_id']}, first node group {wanted['node_count']} {wanted['flavor_id']})"
    )


def ours(cluster):
    return (cluster.get("labels") or {}).get(OURS[0]) == OURS[1]


def refuse_foreign(cluster, wanted):
    if not ours(cluster) and not wanted["adopt"]:
        raise Impossible(
            f"there is a cluster {wanted['name']} ({cluster['uuid']}) that was not made by openstack-hub. "
            "Take it over with cluster_adopt: true, or choose another cluster_name"
        )


def failure(cluster, groups=()):
    """The sentence about a cluster in a failed state, with all reasons and the way out."""
    told = "\n- ".join(reasons(cluster, groups))
    text = f"cluster {cluster['name']} ({cluster['uuid']}) is {cluster['status']}:\n- {told}\n"
    if cluster["status"] == "CREATE_FAILED":
        return (
            text
            + "Mend the cause, then run again with -e cluster_recreate=true: what is there is deleted and made anew."
        )
    if cluster["status"] == "DELETE_FAILED":
        return text + "Mend the cause, then run playbooks/destroy.yml again, or this one with -e cluster_recreate=true."
    if cluster["status"] != "UPDATE_FAILED":
        return text + "Magnum changes nothing in this state: ask your cloud's operators to repair the cluster."
    return text + "Mend the cause, then run again: the update is tried once more."


def unchangeable(cluster, wanted, alike):
    """Sentences about what Magnum cannot change."""
    way = "Magnum cannot change it: write the old value, or destroy the cluster and create it anew (homes stay)"
    for field, variable in FIXED.items():
        want = wanted.get(field) or ""
        if want and not alike(field, cluster.get(field), want):
            yield f"{variable} is {want}, the cluster has {cluster.get(field) or 'none'}. {way}"
    if not ours(cluster):  # whoever made it chose its labels
        return
    have = cluster.get("labels") or {}
    for label, want in sorted((wanted["labels"] or {}).items()):
        if label not in DERIVED and not same(have.get(label), want):
            yield f"label {label} would be {want}, the cluster has {have.get(label, 'none')}. {way}"


def changed_template(made_from, wanted, alike):
    """Sentences about what the cluster's template fixed for ever."""
    if not made_from:
        return
    for field, variable in TEMPLATE_FIXED.items():
        have, want = made_from.get(field), wanted["template"].get(field)
        if want and not alike(field, have, want):
            yield (
                f"{variable} is {want}, the cluster was made with {have}. Magnum cannot change it: "
                "write the old value, or destroy the cluster and create it anew (homes stay)"
            )


def upgrades(cluster, wanted, made_from, alike):
    """([("upgrade", sentence, template), ...], sentence or None)."""
    template, now = wanted["template"], cluster.get("coe_version")
    if parse(now) is None:  # not said before the first COMPLETE
        return [], None
    way, mistake = road(now, template, wanted["upgrade_steps"])
    todo = []
    for step in way:
        todo.append(("upgrade", f"upgrade Kubernetes from {now} to {step['version']}", step))
        now = step["version"]
    if not todo and not mistake and made_from:
        have, want = made_from["image_id"], template["image_id"]
        if not alike("image_id", have, want):
            todo.append(("upgrade", f"replace image {have} by {want}, machine by machine", template))
    return todo, mistake


def contest(clusters, untouched=lambda cluster: False):
    """Of clusters of one name: (the one that stays, those that withdraw). Raises Impossible when that cannot be said.

    Two operators may create at the same moment, and what is asked of a conductor that is down is done at once when it
    comes back. A younger one that we are still making has no users yet: it withdraws; so does a complete twin, made
    within a minute of the oldest, when no run has given it bounds or node groups since: untouched(cluster).
    """
    alive = [c for c in clusters if not vanishing(c["status"])]
    alive.sort(key=lambda c: (str(c.get("created_at")), c["uuid"]))
    stays, *younger = alive or [None]
    if all(ours(c) and (c["status"] == "CREATE_IN_PROGRESS" or (twins(stays, c) and untouched(c))) for c in younger):
        return stays, younger
    told = "".join(f"\n- {c['uuid']}, made {c.get('created_at')}, {c['status']}" for c in alive)
    raise Impossible(
        f"there are {len(alive)} clusters called {alive[0]['name']}:{told}\n"
        "Delete all but one (openstack coe cluster delete UUID), or choose another cluster_name."
    )


def twins(one, other):
    """Whether a complete cluster was made at the same moment as another."""
    begun = [datetime.fromisoformat(each["created_at"]) for each in (one, other)]
    return other["status"] == "CREATE_COMPLETE" and abs(begun[0] - begun[1]) < timedelta(minutes=1)
