"""One step towards the desired node groups of a cluster: read, plan, request one action, wait."""

import json
from contextlib import suppress

from openstack_hub.openstack.errors import (
    ImpossibleChange,
    NotReady,
    RequestRefused,
    ResourceNotFound,
    RetryableError,
)
from openstack_hub.openstack.magnum_api import (
    BROKEN,
    DEFAULT_WORKER,
    EMPTY_NODE_GROUPS,
    NODE_LABELS,
    being_deleted,
    has_failed,
    in_progress,
)
from openstack_hub.openstack.magnum_client import to_dict
from openstack_hub.openstack.node_group_plan import (
    BOUNDS,
    describe,
    failure_message,
    plan_node_groups,
    unsupported_settings,
    widened_bounds,
)

KEYS = ("name", "title", "flavor_id", "image_id", "min", "max", "node_labels", "node_taints")


class NodeGroupReconciliation:
    """One step of module magnum_nodegroups. settings: its arguments.

    One group after the other: drivers lose requests that arrive while they work on another.
    """

    def __init__(self, magnum, settings):
        self.magnum, self.cluster, self.settings = magnum, settings["cluster"], settings
        self.desired = [{key: group.get(key) for key in KEYS} | group for group in settings["groups"]]
        self.cache = {}  # uuid -> (entry of the list, full group): the list lacks the bounds
        self.busy_uuid = self.template = None

    def __call__(self, poll):
        if self.busy_uuid:
            self.wait_for_group(self.busy_uuid)
        groups = self.read(poll)
        actions = plan_node_groups(
            groups,
            self.desired,
            self.magnum.is_equivalent,
            self.magnum.version,
            replace=self.settings["replace"],
            recreate=self.settings["recreate"],
            image=self.upgraded_image(groups),
        )
        poll.warnings = list(unsupported_settings(self.desired, self.magnum.version))
        poll.result["node_groups"] = groups
        if poll.diff is None and actions:
            poll.diff = {
                "before": {g["name"]: visible(g) for g in groups if not being_deleted(g["status"])},
                "after": {want["name"]: visible(as_in_api(want)) for want in self.desired},
            }
        if poll.check_mode:
            poll.actions = [sentence for _, sentence, _, _ in actions]
        elif actions:
            name, sentence, group, argument = actions[0]
            getattr(self, name)(poll, sentence, group, argument)
            raise NotReady(sentence)

    def read(self, poll):
        """All worker groups in full. Raises while one is in progress, or when a request of this run failed."""
        cluster_status = self.cluster_status() if poll.check_mode else ""
        if cluster_status is None:
            default = {"is_default": True, "status": "CREATE_COMPLETE", "max_node_count": None}
            return [as_in_api(self.desired[0]) | default | {"node_labels": {}, "node_taints": []}]
        try:
            entries = [to_dict(group) for group in self.magnum.call("nodegroups.list", self.cluster)]
        except ResourceNotFound:
            raise ImpossibleChange(f"there is no cluster {self.cluster}: run playbooks/cluster.yml first") from None
        groups = []
        for entry in entries:
            if entry["role"] == "master":
                continue
            cached = self.cache.get(entry["uuid"])
            if not cached or cached[0] != entry:
                try:
                    self.cache[entry["uuid"]] = cached = (entry, self.details(entry["uuid"]))
                except ResourceNotFound:
                    continue
            groups.append(cached[1])
        for group in groups:
            if group["name"] == DEFAULT_WORKER and has_failed(cluster_status) and has_failed(group["status"]):
                group["status"] = cluster_status.replace("FAILED", "COMPLETE")  # magnum_cluster repairs it
            if in_progress(group["status"]) and not poll.check_mode:
                self.busy_uuid = group["uuid"]
                raise NotReady(f"node group {self.title(group)} is {group['status']}", [describe(group)])
            if has_failed(group["status"]) and poll.has_just_failed(group):
                raise ImpossibleChange(failure_message(group, self.title(group)))
        return groups

    def title(self, group):
        """The operator's name of it."""
        return next((want["title"] for want in self.desired if group["name"] == want["name"]), group["name"])

    def cluster_status(self):
        """The cluster's status; None when it would be created, or created again, before its node groups."""
        try:
            status = to_dict(self.magnum.call("clusters.get", self.cluster))["status"]
        except ResourceNotFound:
            return None
        return None if being_deleted(status) or (self.settings["recreate"] and status in BROKEN) else status

    def upgraded_image(self, groups):
        """The image to which groups without one of their own are upgraded; None where all have one image, or the driver
        keeps none per group.
        """
        image = next((group["image_id"] for group in groups if group["name"] == DEFAULT_WORKER), None)
        if all(group["image_id"] == image for group in groups):
            return None
        if not self.template:
            cluster = to_dict(self.magnum.call("clusters.get", self.cluster))
            self.template = to_dict(self.magnum.call("cluster_templates.get", cluster["cluster_template_id"]))
        return image if self.magnum.is_equivalent("image_id", image, self.template["image_id"]) else None

    def details(self, uuid):
        return to_dict(self.magnum.call("nodegroups.get", self.cluster, uuid))

    def wait_for_group(self, uuid):
        """Raise while the group is in progress; cheaper than reading all of them."""
        try:
            group = self.details(uuid)
        except ResourceNotFound:
            group = {"status": None}
        if in_progress(group["status"]):
            raise NotReady(f"node group {self.title(group)} is {group['status']}", [describe(group)])
        self.busy_uuid = None
        self.cache.pop(uuid, None)

    def request(self, poll, key, sentence, group, function, **options):
        """Request once, and read the group again next time."""
        self.cache.pop(group["uuid"], None)
        updated_at = str(group.get("updated_at"))
        return poll.request(key, sentence, function, name=group["name"], updated_at=updated_at, **options)

    # -- The actions of plan_node_groups(): (poll, sentence, group, argument) ------------------------------------------

    def create(self, poll, sentence, _group, argument):
        want, name, version = argument["want"], argument["name"], self.magnum.version
        body = {
            "name": name,
            "flavor_id": want["flavor_id"],
            "image_id": want["image_id"],
            "node_count": argument["count"] if version >= EMPTY_NODE_GROUPS else max(argument["count"], 1),
            "min_node_count": want["min"],
            "max_node_count": want["max"],
            "role": "worker",
        }
        if version >= NODE_LABELS:
            body |= {"node_labels": want["node_labels"], "node_taints": want["node_taints"]}
        body = {key: value for key, value in body.items() if value not in (None, {}, [])}

        def function():
            try:
                return to_dict(self.magnum.call("nodegroups.create", self.cluster, **body))
            except RequestRefused as error:
                if "already exists" not in str(error):
                    raise
                raise RetryableError(f"another run has just requested node group {want['title']}") from error

        self.busy_uuid = poll.request(f"create {name}", sentence, function, name=name, updated_at="never")["uuid"]

    def remove(self, poll, sentence, group, _argument):
        def function():
            with suppress(ResourceNotFound):
                self.magnum.call("nodegroups.delete", self.cluster, group["uuid"])

        self.request(poll, f"remove {group['uuid']}", sentence, group, function)

    def resize(self, poll, sentence, group, count):
        if patch := widened_bounds(group, count):
            self.patch(poll, sentence, group, patch, quiet=True)
            return

        def function():
            self.magnum.call("clusters.resize", self.cluster, count, nodegroup=group["name"])

        self.request(poll, f"resize {group['uuid']} {count}", sentence, group, function, repeat=True)

    def upgrade(self, poll, sentence, group, _argument):
        cluster, template = to_dict(self.magnum.call("clusters.get", self.cluster)), self.template["uuid"]
        if in_progress(cluster["status"]):  # Magnum refuses then
            raise NotReady(f"cluster {cluster['name']} is {cluster['status']}", [describe(group)])

        def function():
            self.magnum.call("clusters.upgrade", self.cluster, template, nodegroup=group["name"])

        self.request(poll, f"follow {template} {group['uuid']}", sentence, group, function)

    def patch(self, poll, sentence, group, patch, quiet=False):
        body = [
            {"op": "replace", "path": f"/{field}", "value": value if isinstance(value, int) else json.dumps(value)}
            for field, value in patch.items()
        ]

        def function():
            self.magnum.call("nodegroups.update", self.cluster, group["uuid"], body)

        key = f"patch {group['uuid']} {sorted(patch.items(), key=str)}"
        self.request(poll, key, sentence, group, function, quiet=quiet)


def as_in_api(want):
    """A desired group as the API would show it."""
    count = max(want["min"], want["name"] == DEFAULT_WORKER)
    return {**want, "node_count": count, **{field: want[key] for field, key in BOUNDS.items()}}


def visible(group):
    """What the diff shows of a group."""
    fields = ("flavor_id", *BOUNDS, "node_labels", "node_taints")
    return {field: group[field] for field in fields if group.get(field) not in (None, {}, [])}
