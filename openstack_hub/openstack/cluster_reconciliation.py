"""The next step of one cluster: look, plan, ask for one thing, wait."""

from contextlib import suppress

from openstack_hub.openstack.cluster_plan import contest, failure, plan
from openstack_hub.openstack.cluster_templates import create, ensure
from openstack_hub.openstack.magnum_client import Ambiguous, NotThere, info
from openstack_hub.openstack.magnum_states import failed, vanishing, working
from openstack_hub.openstack.node_group_plan import describe, lagging
from openstack_hub.openstack.poll import Impossible, Waiting

BODY = ("master_count", "node_count", "master_flavor_id", "flavor_id", "keypair", "fixed_network", "create_timeout")
WORKER, MASTER = "default-worker", "default-master"
UNSHOWN = ("links", "user_id", "discovery_url")  # of no use, and the last lets anybody in who reads it


def shown(cluster):
    return {field: value for field, value in cluster.items() if field not in UNSHOWN}


class ClusterSteps:
    def __init__(self, magnum, wanted):
        self.magnum, self.wanted = magnum, wanted

    def __call__(self, current):
        cluster = self.find(current)
        if self.wanted["state"] == "info":
            current.result["cluster"] = cluster and shown(cluster)
            return
        if cluster and not current.check:
            self.wait(current, cluster)
        made_from = self.made_from(cluster)
        todo = plan(cluster, self.wanted, made_from, self.magnum.alike)
        if current.diff is None and todo:
            current.diff = self.diff(cluster, todo)
        moves = {"create", "upgrade"} & {what for what, _, _ in todo}
        template = self.wanted["template"] if moves or not made_from else made_from
        current.result = {"template": (template or {}).get("name")}
        if cluster and "create" not in moves:
            current.result["cluster"] = shown(cluster)
        if current.check:
            current.actions = [sentence for _, sentence, _ in todo]
        elif todo:
            getattr(self, todo[0][0])(current, cluster, *todo[0][1:], made_from)
            raise Waiting(todo[0][1])
        elif any(key.startswith("upgrade ") for key in current.asked):
            self.followers(current, cluster)

    def find(self, current):
        """The cluster of the name in the project, or None."""
        name, project = self.wanted["name"], self.magnum.project()
        try:
            cluster = info(self.magnum.call("clusters.get", name))
            if cluster.get("project_id") in (None, project):
                return cluster
        except NotThere:
            return None
        except Ambiguous:
            pass
        named = [info(c) for c in self.magnum.call("clusters.list", detail=True)]
        named = [c for c in named if c["name"] == name and c.get("project_id") in (None, project)]
        if len(named) < 2:
            return named[0] if named else None
        stays, withdrawn = contest(named, self.untouched)
        for cluster in withdrawn if not current.check and self.wanted["state"] != "info" else ():
            sentence = f"withdraw cluster {cluster['uuid']}: an older one of the name was made at the same moment"
            with suppress(Waiting):  # it is still seen for a while
                current.ask(f"withdraw {cluster['uuid']}", sentence, self.deletion(cluster))
        return stays or named[0]

    def untouched(self, cluster):
        """Whether no run has set its node groups yet: Magnum alone leaves the first without a maximum."""
        if any(not group["is_default"] for group in self.groups(cluster)):
            return False
        return info(self.magnum.call("nodegroups.get", cluster["uuid"], WORKER))["max_node_count"] is None

    def deletion(self, cluster):
        def request():
            with suppress(NotThere):  # somebody else did the same
                self.magnum.call("clusters.delete", cluster["uuid"])

        return request

    def made_from(self, cluster):
        """The cluster's template, when it is not the wanted one."""
        template = self.wanted["template"]
        if not cluster or not template:
            return None
        found = info(self.magnum.call("cluster_templates.get", cluster["cluster_template_id"]))
        return None if found["name"] == template["name"] else found

    def wait(self, current, cluster):
        """Raise while Magnum is at work, or when it failed at what this run asked for."""
        status, deleting = cluster["status"], self.wanted["state"] == "absent"
        if working(status) and not (deleting and not vanishing(status)):
            raise Waiting(f"cluster {cluster['name']} is {status}", self.progress(cluster))
        if failed(status) and current.freshly_failed(cluster):
            raise Impossible(failure(cluster, self.groups(cluster)))

    def groups(self, cluster):
        try:
            return [info(group) for group in self.magnum.call("nodegroups.list", cluster["uuid"])]
        except NotThere:
            return []

    def progress(self, cluster):
        said = f": {cluster['status_reason']}" if cluster.get("status_reason") else ""
        return [f"{cluster['name']} {cluster['status']}{said}", *(describe(group) for group in self.groups(cluster))]

    def diff(self, cluster, todo):
        """Before and after, for what `todo` changes."""
        before = {}
        if cluster:
            before = {
                "kubernetes": cluster.get("coe_version"),
                "control plane": cluster["master_count"],
                "status": cluster["status"],
            }
        after = dict(before)
        for what, _, argument in todo:
            if what == "delete":
                after = {}
            elif what == "create":
                after = {"kubernetes": self.wanted["template"]["version"], "control plane": self.wanted["master_count"]}
            elif what == "upgrade":
                after["kubernetes"] = argument["version"]
            elif what == "masters":
                after["control plane"] = argument
            else:
                after["status"] = "UPDATE_COMPLETE"
        return {"before": before or "", "after": after or ""}

    def ask(self, current, key, sentence, cluster, request, **more):
        """Ask once. CLUSTER is as it was before, {} when there was none."""
        seen = str(cluster.get("updated_at")) if cluster else "never"
        return current.ask(key, sentence, request, about=self.wanted["name"], seen=seen, **more)

    # -- What plan() may ask for: (pass, cluster, sentence, argument, the cluster's template) -------------------------

    def create(self, current, _cluster, sentence, _argument, _made_from):
        wanted = self.wanted
        template = ensure(self.magnum, wanted["template"]) or create(self.magnum, wanted["template"])
        body = {
            "name": wanted["name"],
            "cluster_template_id": template["uuid"],
            "labels": {**(template["labels"] or {}), **{k: str(v) for k, v in wanted["labels"].items()}},
            **{key: wanted[key] for key in BODY if wanted[key] is not None},
        }
        self.ask(current, "create", sentence, {}, lambda: self.magnum.call("clusters.create", **body))

    def delete(self, current, cluster, sentence, _argument, _made_from):
        self.ask(current, f"delete {cluster['uuid']}", sentence, cluster, self.deletion(cluster))

    def masters(self, current, cluster, sentence, count, _made_from):
        self.resize(current, cluster, sentence, count, MASTER)

    def repair(self, current, cluster, sentence, _argument, _made_from):
        count = info(self.magnum.call("nodegroups.get", cluster["uuid"], WORKER))["node_count"]
        self.resize(current, cluster, sentence, count, WORKER)

    def resize(self, current, cluster, sentence, count, group):
        def request():
            self.magnum.call("clusters.resize", cluster["uuid"], count, nodegroup=group)

        self.ask(current, f"resize {group} {count}", sentence, cluster, request)

    def upgrade(self, current, cluster, sentence, template, made_from):
        self.followers(current, cluster)  # all groups reach one version before the next
        there = ensure(self.magnum, template) or create(self.magnum, template)

        def request():
            self.magnum.call("clusters.upgrade", cluster["uuid"], there["uuid"])

        key = f"upgrade {template['name']}"
        self.ask(current, key, sentence, cluster, request)
        current.asked[key]["from"] = (made_from or template)["image_id"]

    def followers(self, current, cluster):
        """Upgrade the groups that still have the image from which this run upgraded the others."""
        old = {entry["from"] for entry in current.asked.values() if entry.get("from")}
        late = lagging(self.groups(cluster), old) if old else []
        if not late:
            return
        name, template = late[0]["name"], cluster["cluster_template_id"]
        sentence = f"upgrade node group {name} after the others"

        def request():
            self.magnum.call("clusters.upgrade", cluster["uuid"], template, nodegroup=name)

        self.ask(current, f"follow {template} {name}", sentence, cluster, request, quiet=True)
        raise Waiting(sentence)
