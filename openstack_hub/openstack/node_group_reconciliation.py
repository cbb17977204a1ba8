"""The next step of a cluster's node groups: look, plan, ask for one thing, wait."""

import json
from contextlib import suppress

from openstack_hub.openstack.magnum_client import NotThere, Refused, Transient, info
from openstack_hub.openstack.magnum_states import failed, vanishing, working
from openstack_hub.openstack.node_group_plan import (
    BOUNDS,
    BROKEN,
    WORKER,
    describe,
    failure,
    plan,
    unsupported,
    widened,
)
from openstack_hub.openstack.poll import Impossible, Waiting


class GroupSteps:
    """One group after the other: drivers lose requests that come while they work on another."""

    def __init__(self, magnum, settings):
        self.magnum, self.cluster, self.settings = magnum, settings["cluster"], settings
        self.wanted = [{key: group.get(key) for key in KEYS} | group for group in settings["groups"]]
        self.seen = {}  # uuid -> (what the list said, all details): the list does not tell bounds
        self.busy = self.template = None

    def __call__(self, current):
        if self.busy:
            self.poll(self.busy)
        groups = self.look(current)
        settings = self.settings
        todo = plan(
            groups,
            self.wanted,
            self.magnum.alike,
            self.magnum.version,
            replace=settings["replace"],
            recreate=settings["recreate"],
            image=self.image(groups),
        )
        current.warnings = list(unsupported(self.wanted, self.magnum.version))
        current.result["node_groups"] = groups
        if current.diff is None and todo:
            current.diff = {
                "before": {g["name"]: outline(g) for g in groups if not vanishing(g["status"])},
                "after": {want["name"]: outline(wished(want)) for want in self.wanted},
            }
        if current.check:
            current.actions = [sentence for _, sentence, _, _ in todo]
        elif todo:
            what, sentence, group, argument = todo[0]
            getattr(self, what)(current, sentence, group, argument)
            raise Waiting(sentence)

    def look(self, current):
        """The cluster's worker groups in full. Raises while one is worked on, or failed at what this run asked."""
        cluster = self.status() if current.check else ""
        if cluster is None:
            made = {"is_default": True, "status": "CREATE_COMPLETE", "max_node_count": None}
            return [wished(self.wanted[0]) | made | {"node_labels": {}, "node_taints": []}]
        try:
            listed = [info(group) for group in self.magnum.call("nodegroups.list", self.cluster)]
        except NotThere:
            raise Impossible(f"there is no cluster {self.cluster}: run playbooks/cluster.yml first") from None
        groups = []
        for entry in listed:
            if entry["role"] == "master":
                continue
            known = self.seen.get(entry["uuid"])
            if not known or known[0] != entry:
                try:
                    self.seen[entry["uuid"]] = known = (entry, self.details(entry["uuid"]))
                except NotThere:
                    continue
            groups.append(known[1])
        for group in groups:
            if group["name"] == WORKER and failed(cluster) and failed(group["status"]):
                group["status"] = cluster.replace("FAILED", "COMPLETE")  # with its cluster, by magnum_cluster
            if working(group["status"]) and not current.check:
                self.busy = group["uuid"]
                raise Waiting(f"node group {self.title(group)} is {group['status']}", [describe(group)])
            if failed(group["status"]) and current.freshly_failed(group):
                raise Impossible(failure(group, self.title(group)))
        return groups

    def title(self, group):
        """What the operator calls it."""
        return next((w["title"] for w in self.wanted if group["name"] == w["name"]), group["name"])

    def status(self):
        """The cluster's status; None when it would be made, or made anew, before its node groups."""
        try:
            status = info(self.magnum.call("clusters.get", self.cluster))["status"]
        except NotThere:
            return None
        return None if vanishing(status) or (self.settings["recreate"] and status in BROKEN) else status

    def image(self, groups):
        """The image that groups without one of their own follow; None where all is one, or the driver keeps no image
        per group.
        """
        worker = next((group["image_id"] for group in groups if group["name"] == WORKER), None)
        if all(group["image_id"] == worker for group in groups):
            return None
        if not self.template:
            cluster = info(self.magnum.call("clusters.get", self.cluster))
            self.template = info(self.magnum.call("cluster_templates.get", cluster["cluster_template_id"]))
        return worker if self.magnum.alike("image_id", worker, self.template["image_id"]) else None

    def details(self, uuid):
        return info(self.magnum.call("nodegroups.get", self.cluster, uuid))

    def poll(self, uuid):
        """Raise while the group is worked on; cheaper than looking at all of them."""
        try:
            group = self.details(uuid)
        except NotThere:
            group = {"status": None}
        if working(group["status"]):
            raise Waiting(f"node group {self.title(group)} is {group['status']}", [describe(group)])
        self.busy = None
        self.seen.pop(uuid, None)

    def ask(self, current, what, sentence, group, request, **more):
        """Ask once, and look at the group anew next time."""
        self.seen.pop(group["uuid"], None)
        return current.ask(what, sentence, request, about=group["name"], seen=str(group.get("updated_at")), **more)

    # -- What plan() may ask for: (pass, sentence, group, argument) ----------------------------------------------------

    def create(self, current, sentence, _group, argument):
        want, version = argument["want"], self.magnum.version
        body = {
            "name": argument["name"],
            "flavor_id": want["flavor_id"],
            "image_id": want["image_id"],
            "node_count": argument["count"] if version >= (1, 10) else max(argument["count"], 1),
            "min_node_count": want["min"],
            "max_node_count": want["max"],
            "role": "worker",
        }
        if version >= (1, 14):
            body |= {"node_labels": want["node_labels"], "node_taints": want["node_taints"]}
        body = {key: value for key, value in body.items() if value not in (None, {}, [])}

        def request():
            try:
                return info(self.magnum.call("nodegroups.create", self.cluster, **body))
            except Refused as error:
                if "already exists" not in str(error):
                    raise
                raise Transient(f"another run has just asked for node group {want['title']}") from error

        self.busy = current.ask(f"create {argument['name']}", sentence, request, about=argument["name"], seen="never")[
            "uuid"
        ]

    def remove(self, current, sentence, group, _argument):
        def request():
            with suppress(NotThere):
                self.magnum.call("nodegroups.delete", self.cluster, group["uuid"])

        self.ask(current, f"remove {group['uuid']}", sentence, group, request)

    def resize(self, current, sentence, group, count):
        if patch := widened(group, count):
            self.patch(current, sentence, group, patch, quiet=True)
            return
        self.ask(
            current,
            f"resize {group['uuid']} {count}",
            sentence,
            group,
            lambda: self.magnum.call("clusters.resize", self.cluster, count, nodegroup=group["name"]),
            again=True,
        )

    def upgrade(self, current, sentence, group, _argument):
        cluster, template = info(self.magnum.call("clusters.get", self.cluster)), self.template["uuid"]
        if working(cluster["status"]):  # Magnum refuses then
            raise Waiting(f"cluster {cluster['name']} is {cluster['status']}", [describe(group)])

        def request():
            self.magnum.call("clusters.upgrade", self.cluster, template, nodegroup=group["name"])

        self.ask(current, f"follow {template} {group['uuid']}", sentence, group, request)

    def patch(self, current, sentence, group, patch, quiet=False):
        body = [
            {"op": "replace", "path": f"/{field}", "value": value if isinstance(value, int) else json.dumps(value)}
            for field, value in patch.items()
        ]
        self.ask(
            current,
            f"patch {group['uuid']} {sorted(patch.items(), key=str)}",
            sentence,
            group,
            lambda: self.magnum.call("nodegroups.update", self.cluster, group["uuid"], body),
            quiet=quiet,
        )


KEYS = ("name", "title", "flavor_id", "image_id", "min", "max", "node_labels", "node_taints")


def wished(want):
    """A wanted group as the API would show it."""
    count = max(want["min"], want["name"] == WORKER)
    return {**want, "node_count": count, **{field: want[key] for field, key in BOUNDS.items()}}


def outline(group):
    """What the diff shows of a group."""
    shown = ("flavor_id", *BOUNDS, "node_labels", "node_taints")
    return {field: group[field] for field in shown if group.get(field) not in (None, {}, [])}
