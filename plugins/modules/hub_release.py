#!/usr/bin/python
"""The hub's release of the chart."""

DOCUMENTATION = r"""
module: hub_release
short_description: Have the hub's release of the chart as the values want it
description:
  - Compares Helm's record of the release with chart and values, and calls Helm only where they differ, where the last
    change did not succeed, or where an object of the release is not there any more.
  - A release that a killed run left locked is unlocked, so that Helm goes on from there. Nothing is uninstalled.
  - One run at a time. A lock on the kubeconfig is held until Helm has ended, also when this module is killed.
  - Helm gets the values by its standard input and makes no temporary file of them.
  - While a hook holds Helm up, its pods are looked at. What waiting cannot mend ends Helm, with the reason.
options:
  kubeconfig: {type: path, required: true, description: "Kubeconfig of the cluster."}
  namespace: {type: str, required: true, description: "Namespace of the release."}
  name: {type: str, required: true, description: "Name of the release."}
  helm: {type: path, required: true, description: "Path of Helm."}
  chart_path: {type: path, description: "Packaged chart on this machine, instead of one from O(repository)."}
  chart_version: {type: str, required: true, description: "Version in the repository."}
  repository: {type: str, default: "https://hub.jupyter.org/helm-chart", description: "Where the chart comes from."}
  values: {type: dict, required: true, description: "All values. They are shown: no secret may be in them."}
  model: {type: dict, required: true, description: "Model of the hub, whose images tell the variables to look at."}
  hide: {type: dict, default: {}, description: "Secrets, which are taken out of what pods say."}
  wait: {type: int, default: 10, description: "Seconds of one pass that waits for the Helm of somebody else."}
  timeout: {type: int, default: 900, description: "Seconds for hooks, and for the Helm of somebody else."}
  sofar: {type: dict, default: {}, description: "Handed from pass to pass by the action plugin."}
author: [openstack-hub]
"""

EXAMPLES = r"""
- name: Have the release
  hub_release:
    kubeconfig: ~/.kube/config
    namespace: jupyterhub
    name: jupyterhub
    helm: /usr/local/bin/helm
    chart_version: 4.4.0
    values: "{{ __values }}"
    model: "{{ openstack_hub_model }}"
"""

RETURN = r"""
actions: {description: "What was done, or would be, in sentences.", returned: always, type: list, elements: str}
revision: {description: "Revision of the release; 0 where there is none.", returned: success, type: int}
status: {description: "Its status; empty where there is none.", returned: success, type: str}
pending: {description: "Whose Helm is awaited; null when the release is as wanted.", returned: always, type: str}
progress: {description: "None.", returned: always, type: list, elements: str}
sofar: {description: "For the next pass.", returned: always, type: dict}
"""

import time

from ansible.module_utils.basic import AnsibleModule

from openstack_hub.kubernetes import client, helm, releases
from openstack_hub.kubernetes.client import Api, Refused, Unreachable
from openstack_hub.kubernetes.pod_diagnosis import Trouble, image_variables, occurrence, pod_trouble, refusal
from openstack_hub.kubernetes.pods import Pods

HOST_LABEL = "openstack-hub-host"
HOST = helm.machine()
CHART_LABEL = "openstack-hub-chart"


class Failed(Exception):
    """What stands in the way, in sentences."""


class Release:
    """Helm's record of the release in the cluster."""

    def __init__(self, api, namespace, name):
        self.api, self.namespace, self.name = api, namespace, name
        self.secrets = f"/api/v1/namespaces/{namespace}/secrets"

    def newest(self):
        """Metadata of its latest revision, None when there is none."""
        return releases.newest(
            self.api.items(self.secrets, metadata=True, labelSelector=f"owner=helm,name={self.name}")
        )

    def whole(self, record):
        """The Secret that a record is about."""
        return self.api.get(f"{self.secrets}/{record['metadata']['name']}")

    def unlock(self, record):
        self.api.patch(f"{self.secrets}/{record['metadata']['name']}", releases.unlocked(self.whole(record)))

    def missing(self, release):
        """Objects of the release that are not there any more, as KIND/NAME."""
        gone = []
        for (version, kind), names in sorted(releases.objects(release).items()):
            root = "/api/v1" if version == "v1" else f"/apis/{version}"
            path = f"{root}/namespaces/{self.namespace}/{releases.plural(kind)}"
            there = self.api.items(path, metadata=True, labelSelector=f"release={self.name}")
            gone += [f"{kind}/{name}" for name in sorted(names - {found["metadata"]["name"] for found in there})]
        return gone


def settle(release, record, params):
    """Wait while another machine's Helm is at work; afterwards unlock what is left of it. Returns what was done."""
    end = time.monotonic() + params["wait"]
    while releases.locked(record):
        labels = record["metadata"]["labels"]
        age = time.time() - int(labels.get("modifiedAt") or labels.get("createdAt") or 0)
        if releases.left(record, HOST_LABEL, HOST, age, params["timeout"]):
            release.unlock(record)
            return [f"unlock release {release.name}: it was left {releases.status(record)}"]
        if time.monotonic() > end:
            who = labels.get(HOST_LABEL, "another machine")
            raise helm.Busy(
                f"Helm on {who} is at work with release {release.name} ({releases.status(record)}); "
                f"{params['timeout'] // 60} minutes after it began it counts as killed"
            )
        time.sleep(2)
        record = release.newest()
    return []


def deploy(module, pods, labels, lock):
    """Run Helm, whose record gets LABELS. Failed has its words, and the cluster's about a hook that held it up."""
    params, last = module.params, []
    images, earlier = image_variables(params["model"]), {pod["metadata"]["uid"] for pod in pods.all()}
    known = {occurrence(event) for event in pods.refusals()}

    def lasting():
        """What waiting cannot mend, of pods that came since."""
        try:
            fresh = [pod for pod in pods.all() if pod["metadata"]["uid"] not in earlier]
            found = [trouble for pod in fresh if (trouble := pod_trouble(pod, pods.ask, images))]
            found += [Trouble(refusal(event)) for event in pods.refusals() if occurrence(event) not in known]
        except (Unreachable, Refused):
            return []  # nothing is known at the moment, and Helm asks for itself
        last[:] = found
        return [trouble.text for trouble in last if trouble.lasting]

    error = helm.upgrade(params, labels, lock, lasting)
    if error:
        raise Failed("\n- ".join(["Helm could not change the release: " + error, *(trouble.text for trouble in last)]))


def bring(module, api):
    """Do what is needed; returns the module's result."""
    params, check = module.params, module.check_mode
    release = Release(api, params["namespace"], params["name"])
    chart = helm.chart(params["chart_path"], params["chart_version"])
    labels = {HOST_LABEL: HOST, CHART_LABEL: helm.digest(params["chart_path"])}
    with helm.lock(params["kubeconfig"], 0 if check else params["wait"]) as lock:
        record = release.newest()
        actions = [] if check else settle(release, record, params)
        record = release.newest()
        now = releases.decode(release.whole(record)) if record else None
        missing = release.missing(now) if now else []
        same_file = bool(now) and record["metadata"]["labels"].get(CHART_LABEL) == labels[CHART_LABEL]
        why = releases.reasons(now, chart, params["values"], missing, same_file)
        if why:
            what = "upgrade" if now else "install"
            actions.append(f"{what} release {params['name']} ({'; '.join(why)})")
        if why and not check:
            deploy(module, Pods(api, params["namespace"], params["name"]), labels, lock)
            record = release.newest()
            if releases.status(record) != "deployed":
                raise Failed(f"release {params['name']} is {releases.status(record)} after Helm has run: run again")
    before = releases.shown(releases.named(now), now.get("config") or {}) if now else ""
    header = f"release {params['name']}"
    return {
        "changed": bool(actions),
        "actions": actions,
        "revision": int(record["metadata"]["labels"]["version"]) if record else 0,
        "status": releases.status(record) if record else "",
        "diff": {
            "before": before,
            "after": releases.shown(chart, params["values"]),
            "before_header": header,
            "after_header": header,
        },
    }


def main():
    module = AnsibleModule(
        {
            **client.ARGUMENTS,
            "sofar": {"type": "dict", "default": {}},
            "name": {"type": "str", "required": True},
            "helm": {"type": "path", "required": True},
            "chart_path": {"type": "path"},
            "chart_version": {"type": "str", "required": True},
            "repository": {"type": "str", "default": "https://hub.jupyter.org/helm-chart"},
            "values": {"type": "dict", "required": True},
            "model": {"type": "dict", "required": True},
            "hide": {"type": "dict", "default": {}, "no_log": True},
            "wait": {"type": "int", "default": 10},
            "timeout": {"type": "int", "default": 900},
        },
        supports_check_mode=True,
    )
    if client.MISSING:
        module.fail_json(msg="kubernetes is missing: install requirements.txt", exception=client.MISSING)
    began = module.params["sofar"].get("began") or time.time()
    passing = {"actions": [], "pending": None, "progress": [], "sofar": {"began": began}}
    try:
        result = bring(module, Api(module.params["kubeconfig"]))
    except helm.Busy as error:
        # Before the action plugin's own end, which knows of clouds alone.
        if time.time() - began + 2 * module.params["wait"] > module.params["timeout"]:
            module.fail_json(msg=f"{error}. That has taken too long: end it, and run again", **passing)
        module.exit_json(**passing | {"pending": str(error)})
    except (Failed, Refused, Unreachable, helm.Impossible) as error:
        module.fail_json(msg=str(error), **passing)
    module.exit_json(**passing | result)


if __name__ == "__main__":
    main()
