"""What differs between objects in the cluster and their manifests, and how to restore them.

The API server knows its own defaults, so it is asked: a manifest is sent as a replacement in a dry run, and the answer
is compared with the object. A field that somebody added by hand is found as well as one that was changed or removed.
"""

import copy
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from openstack_hub.kubernetes.client import Refused

NOT_FOUND, CONFLICT, INVALID = 404, 409, 422  # HTTP
CLUSTER_WIDE = ("Namespace", "PriorityClass")  # and all whose kind begins with Cluster
# Controllers write into the spec of a claim, and a claim that is recreated has lost its data.
NOT_COMPARED = ("PersistentVolumeClaim",)
# Written by controllers of the cluster where the manifest says nothing about them.
FROM_CONTROLLERS = {"ServiceAccount": ("secrets", "imagePullSecrets")}
RESTARTED = "kubectl.kubernetes.io/restartedAt"  # kubectl rollout restart: a restart is no drift
PARALLEL = 8  # requests at once
ATTEMPTS = 3  # when a controller changes the object in between
RECREATION = 60  # seconds that the old object may take to go


class Drift(NamedTuple):
    """An object that is not as its manifest says.

    name: KIND/NAME. fields: paths that differ, such as spec.ingress; empty when the object does not exist. body: what
    to send. recreate: it differs in a field that cannot be changed, so it has to be deleted first.
    """

    name: str
    path: str
    fields: list
    body: dict
    exists: bool = True
    recreate: bool = False

    def __str__(self):
        return f"{self.name}: {', '.join(self.fields)}" if self.exists else f"{self.name} is missing"


def object_path(manifest, namespace):
    """The path of a manifest's object in the API."""
    version, kind, metadata = manifest["apiVersion"], manifest["kind"], manifest["metadata"]
    root = "/api/v1" if version == "v1" else f"/apis/{version}"
    if not kind.startswith("Cluster") and kind not in CLUSTER_WIDE:
        root += f"/namespaces/{metadata.get('namespace') or namespace}"
    return f"{root}/{plural(kind)}/{metadata['name']}"


def plural(kind):
    """KIND as the API's paths have it."""
    name = kind.lower()
    return name[:-1] + "ies" if name.endswith("y") else name + ("es" if name.endswith("s") else "s")


def name(manifest):
    """KIND/NAME."""
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def merge(manifests, patches):
    """MANIFESTS with each patch merged into the manifest of the same object; a patch of no object is left out."""
    result = copy.deepcopy(manifests)
    for patch in patches:
        for manifest in result:
            if name(manifest) == name(patch):
                _merge(manifest, patch)
    return result


def find_drift(api, manifests, namespace):
    """A Drift for each manifest whose object is missing or different. Raises Unreachable or Refused."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        return [drift for drift in pool.map(lambda manifest: compare(api, manifest, namespace), manifests) if drift]


def compare(api, manifest, namespace):
    """The Drift of one manifest's object, or None."""
    path = object_path(manifest, namespace)
    try:
        if manifest["kind"] in NOT_COMPARED:
            api.get(path)
            return None
        existing, body, desired = _replace(api, path, manifest, dry_run=True)
    except Refused as error:
        if error.status == NOT_FOUND:
            return Drift(name(manifest), path, [], manifest, exists=False)
        if error.status == INVALID:
            return Drift(name(manifest), path, [str(error)], replacement(api.get(path), manifest), recreate=True)
        raise
    fields = changed_fields(existing, desired)
    return Drift(name(manifest), path, fields, body) if fields else None


def replacement(existing, manifest):
    """What makes an object exactly what its manifest says. Other labels and annotations of the object are kept:
    Helm, controllers and people write there, and none of them opens anything."""
    metadata = {key: value for key, value in existing["metadata"].items() if key != "managedFields"}
    for part in ("labels", "annotations"):
        if merged := (metadata.get(part) or {}) | (manifest["metadata"].get(part) or {}):
            metadata[part] = merged
    body = copy.deepcopy({**manifest, "metadata": metadata})
    for key in FROM_CONTROLLERS.get(manifest["kind"], ()):
        if key in existing:
            body.setdefault(key, existing[key])
    if restarted := _pod_annotations(existing).get(RESTARTED):
        template = body["spec"]["template"]
        template["metadata"] = template.get("metadata") or {}
        template["metadata"]["annotations"] = (template["metadata"].get("annotations") or {}) | {RESTARTED: restarted}
    return body


def changed_fields(existing, desired):
    """Paths at which two objects differ, status and what the server counts in metadata left out."""
    return [
        path
        for part in (*sorted({*existing, *desired} - {"metadata", "status"}), "metadata")
        for path in _differences(_compared(existing, part), _compared(desired, part), part)
    ]


def restore(api, drift, seconds=RECREATION):
    """Make the object what its manifest says. Raises Unreachable or Refused."""
    collection = drift.path.rpartition("/")[0]
    if drift.exists and not drift.recreate:
        _replace(api, drift.path, drift.body)
        return
    names = {"name", "labels", "annotations"}
    metadata = {key: value for key, value in drift.body["metadata"].items() if key in names}
    if drift.exists:
        api.delete(drift.path)
        _wait_until_gone(api, drift.path, seconds)
    api.create(collection, {**drift.body, "metadata": metadata})


def _replace(api, path, manifest, dry_run=False, attempts=ATTEMPTS):
    """Replace the object at PATH; returns the object before, what was sent and the result.

    A controller may change the object in between, as one for load balancers does once a Service asks for one.
    """
    existing = api.get(path)
    body = replacement(existing, manifest)
    try:
        return existing, body, api.replace(path, body, dry_run)
    except Refused as error:
        if error.status != CONFLICT or attempts == 1:
            raise
    return _replace(api, path, manifest, dry_run, attempts - 1)


def _wait_until_gone(api, path, seconds):
    deadline = time.monotonic() + seconds
    while True:
        try:
            api.get(path)
        except Refused as error:
            if error.status == NOT_FOUND:
                return
            raise
        if time.monotonic() > deadline:
            raise Refused(f"{path} is still being deleted after {seconds} seconds")
        time.sleep(0.5)


def _compared(thing, part):
    if part != "metadata":
        return thing.get(part)
    return {key: thing["metadata"].get(key) or {} for key in ("labels", "annotations")}


def _differences(existing, desired, path):
    if isinstance(existing, dict) and isinstance(desired, dict):
        for key in sorted({*existing, *desired}):
            yield from _differences(existing.get(key), desired.get(key), f"{path}.{key}")
    elif isinstance(existing, list) and isinstance(desired, list) and len(existing) == len(desired):
        for number, (one, other) in enumerate(zip(existing, desired, strict=True)):
            yield from _differences(one, other, f"{path}[{number}]")
    elif existing != desired:
        yield path


def _pod_annotations(thing):
    template = (thing.get("spec") or {}).get("template") or {}
    return (template.get("metadata") or {}).get("annotations") or {}


def _merge(target, changes):
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = copy.deepcopy(value)
