"""Where the homes of a hub are, what would be lost with its cluster, and how that is prevented. Reads the API."""

from openstack_hub.kubernetes.client import Refused

HOME = ("component", "singleuser-storage")  # KubeSpawner's label of a user's claim
HUB_CLAIM = "hub-db-dir"  # the chart's claim of the hub's own volume: it says whose each home is
USER = "hub.jupyter.org/username"  # KubeSpawner's annotation
RETAIN = "Retain"
NODE_STORAGE = "its data may be on the nodes of the cluster and would be deleted with them"
NODE_DISKS = ("hostPath", "local", "emptyDir")  # sources on a disk of a node
# Storage outside of the cluster: it outlives the cluster's nodes. Other CSI drivers may keep data on the nodes.
EXTERNAL_SOURCES = ("nfs", "cinder", "cephfs", "rbd", "iscsi", "fc")
EXTERNAL_DRIVERS = (
    "cinder.csi.openstack.org",
    "nfs.manila.csi.openstack.org",
    "cephfs.manila.csi.openstack.org",
    "nfs.csi.k8s.io",
    "smb.csi.k8s.io",
)


def is_home(claim):
    """Whether a claim is a user's home or the hub's own volume."""
    metadata = claim["metadata"]
    return (metadata.get("labels") or {}).get(HOME[0]) == HOME[1] or metadata["name"] == HUB_CLAIM


def read_homes(api, namespace=None):
    """All homes, the hub's own volume last: dicts of user, claim, volume, storage_class, policy, size, location,
    external. namespace: the hub's; None for all. Raises Unreachable or Refused."""
    path = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims" if namespace else "/api/v1/persistentvolumeclaims"
    claims = [claim for claim in api.items(path) if is_home(claim)]
    existing = api.items("/api/v1/persistentvolumes") if claims else []
    volumes = {volume["metadata"]["name"]: volume for volume in existing}
    homes = [home_facts(claim, volumes.get(claim["spec"].get("volumeName"))) for claim in claims]
    return sorted(homes, key=lambda each: (not each["user"], each["claim"]))


def home_facts(claim, volume):
    """One home as plain data. volume: its PersistentVolume; None for a claim that has none (yet, or any more)."""
    metadata, spec = claim["metadata"], claim["spec"]
    sizes = claim.get("status", {}).get("capacity") or spec.get("resources", {}).get("requests") or {}
    location, external = volume_location(volume["spec"]) if volume else ("", False)
    return {
        "user": "" if metadata["name"] == HUB_CLAIM else user_of(metadata),
        "claim": f"{metadata['namespace']}/{metadata['name']}",
        "volume": spec.get("volumeName") or "",
        "exists": volume is not None,
        "storage_class": (volume or claim)["spec"].get("storageClassName") or "",
        "policy": volume["spec"].get("persistentVolumeReclaimPolicy", "") if volume else "",
        "size": sizes.get("storage", ""),
        "location": location,
        "external": external,
    }


def user_of(metadata):
    """Whose home a claim is: KubeSpawner's annotation, else what its name says."""
    return (metadata.get("annotations") or {}).get(USER) or metadata["name"].removeprefix("claim-")


def volume_location(spec):
    """(where the data of a PersistentVolume is, whether that is certainly outside of the cluster)."""
    if csi := spec.get("csi"):
        handle, driver = csi["volumeHandle"], csi["driver"]
        text = f"Cinder volume {handle}" if driver.startswith("cinder.") else f"volume {handle} of {driver}"
        return text, driver in EXTERNAL_DRIVERS
    for source in (*NODE_DISKS, *EXTERNAL_SOURCES):
        if source in spec:
            details, external = spec[source] or {}, source in EXTERNAL_SOURCES
            if source == "cinder":
                return f"Cinder volume {details.get('volumeID')}", external
            server = f"{details['server']}:" if details.get("server") else ""
            return f"{source} {server}{details.get('path', '')}".strip(), external
    return "unknown storage", False


def plan_retention(homes, cluster_removed):
    """(homes whose volume has to be set to Retain, {claim: why that does not save it}).

    cluster_removed: whether the whole cluster goes, with the disks of its nodes. A claim without a volume has no data.
    """
    stored = [each for each in homes if each["exists"]]
    lost = {each["claim"]: NODE_STORAGE for each in stored if cluster_removed and not each["external"]}
    return [each for each in stored if each["policy"] != RETAIN], lost


def protect(api, namespace, cluster_removed, give_up, check):
    """Set every volume of a home to Retain; returns {"homes", "actions", "losses", "remains", "diff"}.

    actions, losses: sentences. remains: the homes that are kept, as lines of a report. Unless GIVE_UP, changes nothing
    when some home would be lost all the same. In check mode the API is asked by a dry run, and homes are returned as
    they would be. Raises Unreachable, and Refused when homes cannot be listed.
    """
    homes, actions = read_homes(api, namespace), []
    before = [description(each) for each in homes]
    pending, lost = plan_retention(homes, cluster_removed)
    for each in pending if give_up or not lost else ():
        if error := retain(api, each, check):
            lost[each["claim"]] = error
        else:
            actions.append(f"set volume {each['volume']} of {owner_text(each)} to {RETAIN} (it was {each['policy']})")
            each["policy"] = RETAIN
    return {
        "homes": homes,
        "actions": actions,
        "diff": {"before": "\n".join(before), "after": "\n".join(description(each) for each in homes)},
        "losses": [f"{description(each)}: {lost[each['claim']]}" for each in homes if each["claim"] in lost],
        "remains": [report_entry(each) for each in homes if each["exists"] and each["claim"] not in lost],
    }


def report_entry(each):
    """A home that is kept, as a line of a report."""
    return {
        "kind": "home" if each["user"] else "database",
        "name": each["user"] or "of the hub",
        "id": each["location"] or each["volume"],
        "reason": f"kept: {description(each).partition(': ')[2]}",
    }


def retain(api, each, check):
    """Set the volume of a home to Retain, or only ask whether that is possible; "" or why not."""
    change = {"spec": {"persistentVolumeReclaimPolicy": RETAIN}}
    try:
        volume = api.patch(f"/api/v1/persistentvolumes/{each['volume']}", change, dry_run=check)
    except Refused as error:
        return f"its volume cannot be set to {RETAIN}: {error}"
    policy = volume["spec"]["persistentVolumeReclaimPolicy"]
    return "" if policy == RETAIN else f"its volume cannot be set to {RETAIN}: the cluster keeps {policy}"


def owner_text(each):
    return f"the home of {each['user']}" if each["user"] else "the hub's database"


def description(each):
    """A home in a line: whose, claim, volume, storage class, policy, size, location."""
    labels = {"claim": "claim", "volume": "volume", "storage_class": "storage class", "policy": "reclaim policy"}
    parts = [f"{label} {each[key]}" for key, label in labels.items() if each[key]] + [each["size"], each["location"]]
    return f"{owner_text(each)}: {', '.join(part for part in parts if part)}"
