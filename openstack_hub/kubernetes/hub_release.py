"""Reconciles the hub's release and additional objects: runs Helm where it is needed, then repairs drift."""

import time

from openstack_hub.kubernetes import helm, object_drift, releases
from openstack_hub.kubernetes.client import Refused, Unreachable
from openstack_hub.kubernetes.pod_diagnosis import Diagnosis, diagnose_pod, image_variables, occurrence, refusal
from openstack_hub.kubernetes.pods import Pods

HOST_LABEL = "openstack-hub-host"
CHART_LABEL = "openstack-hub-chart"
OURS = "app.kubernetes.io/part-of=openstack-hub"
POLL = 2  # seconds between two polls of another machine's Helm


class Failed(Exception):
    """What stopped the release, in sentences."""


class HelmRelease:
    """Helm's record of the release in the cluster."""

    def __init__(self, api, namespace, name):
        self.api, self.namespace, self.name = api, namespace, name
        self.secrets = f"/api/v1/namespaces/{namespace}/secrets"

    def newest(self):
        """Metadata of its latest revision, None when there is none."""
        selector = f"owner=helm,name={self.name}"
        return releases.newest(self.api.items(self.secrets, metadata=True, labelSelector=selector))

    def secret(self, record):
        """The Secret that a record is about, with its data."""
        return self.api.get(f"{self.secrets}/{record['metadata']['name']}")

    def decoded(self, record):
        return releases.decode(self.secret(record)) if record else None

    def unlock(self, record):
        self.api.patch(f"{self.secrets}/{record['metadata']['name']}", releases.unlock_patch(self.secret(record)))

    def drift(self, release, patches, additions):
        """Drift of the objects of RELEASE (decoded, or None), with PATCHES merged into them, and of ADDITIONS."""
        manifests = object_drift.merge(releases.manifests(release), patches) if release else []
        return object_drift.find_drift(self.api, [*manifests, *additions], self.namespace)

    def obsolete(self, additions):
        """Paths of the StatefulSets of ours that ADDITIONS no longer name."""
        path = f"/apis/apps/v1/namespaces/{self.namespace}/statefulsets"
        existing = self.api.items(path, metadata=True, labelSelector=OURS)
        desired = {addition["metadata"]["name"] for addition in additions}
        return [f"{path}/{each['metadata']['name']}" for each in existing if each["metadata"]["name"] not in desired]


def settle(release, record, params):
    """Wait for another machine's Helm, then unlock what an ended one has left. Returns what was done, in sentences.

    Raises Busy after `wait` seconds.
    """
    end = time.monotonic() + params["wait"]
    while releases.locked(record):
        labels = record["metadata"]["labels"]
        age = time.time() - int(labels.get("modifiedAt") or labels.get("createdAt") or 0)
        if releases.abandoned(record, HOST_LABEL, helm.machine(), age, params["timeout"]):
            release.unlock(record)
            return [f"unlock release {release.name}: it was left {releases.status(record)}"]
        if time.monotonic() > end:
            who = labels.get(HOST_LABEL, "another machine")
            raise helm.Busy(
                f"Helm on {who} is working on release {release.name} ({releases.status(record)}); "
                f"{params['timeout'] // 60} minutes after its start it counts as killed"
            )
        time.sleep(POLL)
        record = release.newest()
    return []


def deploy(params, pods, labels, lock):
    """Run Helm, whose record gets LABELS. Failed has Helm's message, and what holds up the pods of a hook."""
    problems = []
    images, earlier = image_variables(params["model"]), {pod["metadata"]["uid"] for pod in pods.all()}
    known = {occurrence(event) for event in pods.refusals()}

    def lasting_problems():
        """Problems of new pods that waiting does not solve: [sentence, ...]."""
        try:
            fresh = [pod for pod in pods.all() if pod["metadata"]["uid"] not in earlier]
            current = [diagnosis for pod in fresh if (diagnosis := diagnose_pod(pod, pods.ask, images))]
            current += [Diagnosis(refusal(event)) for event in pods.refusals() if occurrence(event) not in known]
        except (Unreachable, Refused):
            return []  # Helm asks the API itself
        problems[:] = current
        return [diagnosis.text for diagnosis in problems if diagnosis.lasting]

    if error := helm.upgrade(params, labels, lock, lasting_problems):
        lines = ["Helm could not change the release: " + error, *(diagnosis.text for diagnosis in problems)]
        raise Failed("\n- ".join(lines))


def reconcile(api, params, check):
    """Bring release and additional objects to what PARAMS of the module ask for; returns the module's result.

    Raises Busy, Failed, Impossible, Refused or Unreachable.
    """
    release = HelmRelease(api, params["namespace"], params["name"])
    changes = params["patches"], params["additions"]
    chart = helm.chart(params["chart_path"], params["chart_version"])
    labels = {HOST_LABEL: helm.machine(), CHART_LABEL: helm.digest(params["chart_path"])}
    with helm.lock(params["kubeconfig"], 0 if check else params["wait"]) as lock:
        record = release.newest()
        actions = [] if check else settle(release, record, params)
        record = release.newest()
        existing = release.decoded(record)
        drifts, obsolete = release.drift(existing, *changes), release.obsolete(params["additions"])
        same_file = bool(existing) and record["metadata"]["labels"].get(CHART_LABEL) == labels[CHART_LABEL]
        reasons = releases.upgrade_reasons(existing, chart, params["values"], missing(existing, drifts), same_file)
        actions += planned_actions(params["name"], existing, reasons, drifts, obsolete)
        if not check:
            if reasons:
                for drift in drifts:
                    if drift.exists and drift.recreate:  # Helm cannot patch an immutable field, such as roleRef
                        object_drift.restore(api, drift)
                deploy(params, Pods(api, params["namespace"], params["name"]), labels, lock)
                record = release.newest()
                if releases.status(record) != "deployed":
                    raise Failed(f"release {params['name']} is {releases.status(record)} after Helm has run: run again")
                drifts = release.drift(release.decoded(record), *changes)  # Helm keeps what was added by hand
            for drift in drifts:
                object_drift.restore(api, drift)
            for path in obsolete:
                api.delete(path)
    return module_result(params, chart, existing, record, actions)


def missing(release, drifts):
    """Names of the objects of RELEASE (decoded, or None) that do not exist: Helm creates them again."""
    names = {object_drift.name(manifest) for manifest in releases.manifests(release)} if release else set()
    return [drift.name for drift in drifts if not drift.exists and drift.name in names]


def planned_actions(name, release, reasons, drifts, obsolete):
    """What a run does, in sentences."""
    actions = [f"{'upgrade' if release else 'install'} release {name} ({'; '.join(reasons)})"] if reasons else []
    actions += [f"repair {drift}" for drift in drifts if drift.exists]
    of_helm = missing(release, drifts)
    actions += [f"create {drift.name}" for drift in drifts if not drift.exists and drift.name not in of_helm]
    return actions + [f"delete StatefulSet/{path.rpartition('/')[2]}: no profile asks for it" for path in obsolete]


def module_result(params, chart, existing, record, actions):
    before = releases.values_text(releases.chart_name(existing), existing.get("config") or {}) if existing else ""
    header = f"release {params['name']}"
    return {
        "changed": bool(actions),
        "actions": actions,
        "revision": int(record["metadata"]["labels"]["version"]) if record else 0,
        "status": releases.status(record) if record else "",
        "diff": {
            "before": before,
            "after": releases.values_text(chart, params["values"]),
            "before_header": header,
            "after_header": header,
        },
    }
