"""One step towards the desired cluster: read, plan, request one action, wait."""

from contextlib import suppress

from openstack_hub.openstack import cluster_templates
from openstack_hub.openstack.cluster_plan import failure_message, plan_cluster, resolve_duplicates
from openstack_hub.openstack.errors import AmbiguousName, ImpossibleChange, NotReady, ResourceNotFound
from openstack_hub.openstack.magnum_api import DEFAULT_MASTER, DEFAULT_WORKER, being_deleted, has_failed, in_progress
from openstack_hub.openstack.magnum_client import to_dict
from openstack_hub.openstack.node_group_plan import describe, outdated_groups

BODY = ("master_count", "node_count", "master_flavor_id", "flavor_id", "keypair", "fixed_network", "create_timeout")
HIDDEN = ("links", "user_id", "discovery_url")  # of no use, and who reads the last can join the cluster


def visible(cluster):
    return {field: value for field, value in cluster.items() if field not in HIDDEN}


class ClusterReconciliation:
    """One step of module magnum_cluster. desired: the module's arguments."""

    def __init__(self, magnum, desired):
        self.magnum, self.desired = magnum, desired

    def __call__(self, poll):
        cluster = self.find(poll)
        if cluster and not poll.check_mode:
            self.wait(poll, cluster)
        template = self.other_template(cluster)
        actions = plan_cluster(cluster, self.desired, template, self.magnum.is_equivalent)
        if poll.diff is None and actions:
            poll.diff = self.diff(cluster, actions)
        names = {name for name, _, _ in actions}
        final_template = self.desired["template"] if names & {"create", "upgrade"} or not template else template
        poll.result = {"template": (final_template or {}).get("name")}
        if cluster and "create" not in names:
            poll.result["cluster"] = visible(cluster)
        if poll.check_mode:
            poll.actions = [sentence for _, sentence, _ in actions]
        elif actions:
            name, sentence, argument = actions[0]
            getattr(self, name)(poll, cluster, sentence, argument, template)
            raise NotReady(sentence)
        elif any(key.startswith("upgrade ") for key in poll.requests):
            self.upgrade_outdated_group(poll, cluster)

    def find(self, poll):
        """The cluster of the desired name in the project, or None."""
        name, project = self.desired["name"], self.magnum.project_id()
        try:
            cluster = to_dict(self.magnum.call("clusters.get", name))
            if cluster.get("project_id") in (None, project):
                return cluster
        except ResourceNotFound:
            return None
        except AmbiguousName:
            pass
        clusters = [to_dict(c) for c in self.magnum.call("clusters.list", detail=True)]
        clusters = [c for c in clusters if c["name"] == name and c.get("project_id") in (None, project)]
        if len(clusters) < 2:
            return clusters[0] if clusters else None
        oldest, duplicates = resolve_duplicates(clusters, self.is_untouched)
        for cluster in [] if poll.check_mode else duplicates:
            sentence = f"delete cluster {cluster['uuid']}: an older one of this name was created at the same moment"
            with suppress(NotReady):  # Magnum still shows it for a while
                poll.request(f"delete duplicate {cluster['uuid']}", sentence, self.deletion(cluster))
        return oldest or clusters[0]

    def is_untouched(self, cluster):
        """Whether no run has set its node groups yet: only Magnum leaves the first without a maximum."""
        if any(not group["is_default"] for group in self.node_groups(cluster)):
            return False
        group = to_dict(self.magnum.call("nodegroups.get", cluster["uuid"], DEFAULT_WORKER))
        return group["max_node_count"] is None

    def deletion(self, cluster):
        def function():
            with suppress(ResourceNotFound):  # another run has deleted it
                self.magnum.call("clusters.delete", cluster["uuid"])

        return function

    def other_template(self, cluster):
        """The cluster's template, when it is not the desired one."""
        if not cluster or not self.desired["template"]:
            return None
        template = to_dict(self.magnum.call("cluster_templates.get", cluster["cluster_template_id"]))
        return None if template["name"] == self.desired["template"]["name"] else template

    def wait(self, poll, cluster):
        """Raise while Magnum is at work, or when a request of this run has failed."""
        status, deleting = cluster["status"], self.desired["state"] == "absent"
        if in_progress(status) and not (deleting and not being_deleted(status)):
            raise NotReady(f"cluster {cluster['name']} is {status}", self.progress(cluster))
        if has_failed(status) and poll.has_just_failed(cluster):
            raise ImpossibleChange(failure_message(cluster, self.node_groups(cluster)))

    def node_groups(self, cluster):
        try:
            return [to_dict(group) for group in self.magnum.call("nodegroups.list", cluster["uuid"])]
        except ResourceNotFound:
            return []

    def progress(self, cluster):
        reason = f": {cluster['status_reason']}" if cluster.get("status_reason") else ""
        groups = [describe(group) for group in self.node_groups(cluster)]
        return [f"magnum: cluster {cluster['name']} {cluster['status']}{reason}", *groups]

    def diff(self, cluster, actions):
        """Before and after, for what ACTIONS change."""
        before = {}
        if cluster:
            before = {
                "kubernetes": cluster.get("coe_version"),
                "control plane": cluster["master_count"],
                "status": cluster["status"],
            }
        after = dict(before)
        for name, _, argument in actions:
            if name == "delete":
                after = {}
            elif name == "create":
                version, count = self.desired["template"]["version"], self.desired["master_count"]
                after = {"kubernetes": version, "control plane": count}
            elif name == "upgrade":
                after["kubernetes"] = argument["version"]
            elif name == "resize_control_plane":
                after["control plane"] = argument
            else:
                after["status"] = "UPDATE_COMPLETE"
        return {"before": before or "", "after": after or ""}

    def request(self, poll, key, sentence, cluster, function, **options):
        """Request once. CLUSTER is as it was before, {} when there was none."""
        updated_at = str(cluster.get("updated_at")) if cluster else "never"
        return poll.request(key, sentence, function, name=self.desired["name"], updated_at=updated_at, **options)

    # -- The actions of plan_cluster(): (poll, cluster, sentence, argument, the cluster's template) -------------------

    def create(self, poll, _cluster, sentence, _argument, _template):
        desired = self.desired
        template = self.ensure_template(desired["template"])
        body = {
            "name": desired["name"],
            "cluster_template_id": template["uuid"],
            "labels": {**(template["labels"] or {}), **{k: str(v) for k, v in desired["labels"].items()}},
            **{key: desired[key] for key in BODY if desired[key] is not None},
        }
        self.request(poll, "create", sentence, {}, lambda: self.magnum.call("clusters.create", **body))

    def delete(self, poll, cluster, sentence, _argument, _template):
        self.request(poll, f"delete {cluster['uuid']}", sentence, cluster, self.deletion(cluster))

    def resize_control_plane(self, poll, cluster, sentence, count, _template):
        self.resize(poll, cluster, sentence, count, DEFAULT_MASTER)

    def repair(self, poll, cluster, sentence, _argument, _template):
        group = to_dict(self.magnum.call("nodegroups.get", cluster["uuid"], DEFAULT_WORKER))
        self.resize(poll, cluster, sentence, group["node_count"], DEFAULT_WORKER)

    def resize(self, poll, cluster, sentence, count, group):
        def function():
            self.magnum.call("clusters.resize", cluster["uuid"], count, nodegroup=group)

        self.request(poll, f"resize {group} {count}", sentence, cluster, function)

    def upgrade(self, poll, cluster, sentence, new_template, template):
        self.upgrade_outdated_group(poll, cluster)  # all groups reach one version before the next
        existing = self.ensure_template(new_template)

        def function():
            self.magnum.call("clusters.upgrade", cluster["uuid"], existing["uuid"])

        key = f"upgrade {new_template['name']}"
        self.request(poll, key, sentence, cluster, function)
        poll.requests[key]["old_image"] = (template or new_template)["image_id"]

    def ensure_template(self, template):
        return cluster_templates.find_matching(self.magnum, template) or cluster_templates.create(self.magnum, template)

    def upgrade_outdated_group(self, poll, cluster):
        """Upgrade the first group that still has the image from which this run upgraded the others."""
        old_images = {entry["old_image"] for entry in poll.requests.values() if entry.get("old_image")}
        outdated = outdated_groups(self.node_groups(cluster), old_images) if old_images else []
        if not outdated:
            return
        name, template = outdated[0]["name"], cluster["cluster_template_id"]
        sentence = f"upgrade node group {name} after the others"

        def function():
            self.magnum.call("clusters.upgrade", cluster["uuid"], template, nodegroup=name)

        self.request(poll, f"follow {template} {name}", sentence, cluster, function, quiet=True)
        raise NotReady(sentence)
