"""Facts of a hub and its cluster as plain data: one function for each part.

Each raises Unreachable or Refused when its part does not answer. Memory and volumes are in bytes, CPUs a fraction.
"""

import datetime
import functools
import http.client
import json
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from kubernetes.utils.quantity import parse_quantity

from openstack_hub.kubernetes import kubeconfig
from openstack_hub.kubernetes.client import Api, Refused, Unreachable
from openstack_hub.kubernetes.homes import HOME
from openstack_hub.kubernetes.hub_release import HelmRelease
from openstack_hub.kubernetes.placement import GPU
from openstack_hub.kubernetes.pod_diagnosis import diagnose_pod, image_variables
from openstack_hub.kubernetes.pods import Pods
from visitor.net import connect

PAGE = 200  # the most users that a hub returns at once
ANSWER = 10  # seconds that one answer of the hub may take
OK = 200
MAX_DIAGNOSED = 10  # pods whose events are read


def quantities(resources, gpus=(GPU,)):
    """{"cpu", "memory", "gpus"} of requests, or of what a node has; GPUS: the names that GPUs have."""
    cpu, memory = (parse_quantity(resources.get(name, 0)) for name in ("cpu", "memory"))
    count = sum(int(parse_quantity(resources.get(name, 0))) for name in gpus)
    return {"cpu": round(float(cpu), 3), "memory": int(memory), "gpus": count}


def requested_resources(spec, gpus=(GPU,)):
    """What a pod holds on its node: all containers together, or the largest of those that run before them."""
    running, initial = (
        [quantities(each.get("resources", {}).get("requests") or {}, gpus) for each in spec.get(containers, ())]
        for containers in ("containers", "initContainers")
    )
    return {key: max([sum(each[key] for each in running), *(each[key] for each in initial)]) for key in quantities({})}


def read_nodes(api, settings):
    """The cluster's nodes, with what is free after the pods of all namespaces."""
    requests, gpus = {}, {GPU, *(profile["gpu_resource"] for profile in settings["model"]["profiles"])}
    for pod in api.items("/api/v1/pods", fieldSelector="status.phase!=Succeeded,status.phase!=Failed"):
        if name := pod["spec"].get("nodeName"):
            requests.setdefault(name, []).append(requested_resources(pod["spec"], gpus))
    nodes = api.items("/api/v1/nodes")
    return {"nodes": [node_facts(node, requests.get(node["metadata"]["name"], []), gpus) for node in nodes]}


def node_facts(node, requests, gpus=(GPU,)):
    """One node. ready: only when its condition Ready is True, since Unknown means that the node is silent."""
    conditions = {condition["type"]: condition["status"] for condition in node["status"].get("conditions", ())}
    allocatable = quantities(node["status"].get("allocatable") or {}, gpus)
    return {
        "name": node["metadata"]["name"],
        "labels": node["metadata"].get("labels", {}),
        "ready": conditions.get("Ready") == "True",
        "cordoned": bool(node["spec"].get("unschedulable")),
        "allocatable": allocatable,
        "free": {key: round(allocatable[key] - sum(pod[key] for pod in requests), 3) for key in allocatable},
    }


def read_pods(api, settings):
    """The namespace's pods; for the first of those that are not ready, the reason."""
    reader, facts, diagnosed = Pods(api, settings["namespace"], settings["release"]), [], 0
    images = image_variables(settings["model"])
    for pod in api.items(f"{reader.core}/pods"):
        name, labels, reason = pod["metadata"]["name"], pod["metadata"].get("labels", {}), None
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", ()))
        if not ready and diagnosed < MAX_DIAGNOSED and (diagnosis := diagnose_pod(pod, reader.ask, images, name)):
            reason, diagnosed = diagnosis.text, diagnosed + 1
        component, placeholder = labels.get("component", ""), labels.get("openstack-hub/placeholder")
        entry = {"name": name, "ready": ready, "reason": reason, "component": component, "placeholder": placeholder}
        facts.append(entry)
    return {"pods": facts}


def read_homes(api, settings):
    """Number and size of the users' claims."""
    path = f"/api/v1/namespaces/{settings['namespace']}/persistentvolumeclaims"
    claims = api.items(path, labelSelector="=".join(HOME))
    requests = [int(parse_quantity(claim["spec"]["resources"]["requests"]["storage"])) for claim in claims]
    return {"homes": {"count": len(requests), "bytes": sum(requests)}}


def read_release(api, settings):
    """Helm's record of the release, null where there is none, and which objects in the cluster differ from it."""
    release = HelmRelease(api, settings["namespace"], settings["release"])
    decoded = release.decoded(release.newest())
    if not decoded:
        return {"release": None, "drift": []}
    chart, custom = decoded["chart"]["metadata"], (decoded.get("config") or {}).get("custom") or {}
    return {
        "release": {
            "status": decoded["info"]["status"],
            "description": decoded["info"].get("description", ""),
            "revision": decoded["version"],
            "changed": decoded["info"]["last_deployed"],
            "chart": chart["version"],
            "hub": chart.get("appVersion", ""),
            "model": custom.get("hubkit"),
        },
        "drift": [str(drift) for drift in release.drift(decoded, settings["patches"], settings["additions"])],
    }


def read_hub(settings):
    """The hub's own view: its version, how many users it knows, and the servers that are not stopped."""
    context = ssl.create_default_context()
    # Trusts Apache's own certificate as much as its authority.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(settings["certificate"])

    def get(path):
        headers = {"Authorization": f"token {settings['token']}", "Accept": "application/jupyterhub-pagination+json"}
        connection = http.client.HTTPConnection(urlsplit(settings["url"]).netloc)
        try:
            connection.sock = connect(settings["url"], context, ANSWER)
            connection.request("GET", f"/hub/api{path}", headers=headers)
            answer = connection.getresponse()
            if answer.status != OK:
                raise Refused(f"{settings['url']}: HTTP status {answer.status}", answer.status)
            return json.load(answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(f"{settings['url']}: {error}") from error
        finally:
            connection.close()

    version = get("/")["version"]
    total, users, following = get("/users?limit=1")["_pagination"]["total"], [], {"offset": 0}
    while following:
        page = get(f"/users?state=active&limit={PAGE}&offset={following['offset']}")
        users += page["items"]
        following = page["_pagination"]["next"]
    servers = [server_facts(user["name"], server) for user in users for server in user.get("servers", {}).values()]
    return {"hub": {"version": version, "users": total, "servers": servers}}


def server_facts(user, server):
    profile = (server.get("user_options") or {}).get("profile")
    return {
        "user": user,
        "profile": profile[0] if isinstance(profile, list) else profile,
        "ready": bool(server["ready"]),
        "last_activity": server["last_activity"],
    }


CLUSTER_PARTS = {"release": read_release, "nodes": read_nodes, "pods": read_pods, "homes": read_homes}


def certificate_end(path):
    """When the first certificate in a PEM file expires; None when it cannot be read."""
    try:
        return x509.load_pem_x509_certificate(Path(path).read_bytes()).not_valid_after_utc.isoformat()
    except (OSError, ValueError):
        return None


def kubeconfig_end(path, now):
    try:
        return kubeconfig.check(Path(path).read_text(), now)["expires"] or None
    except (OSError, ValueError):
        return None


def read_facts(settings):
    """All facts, read side by side; a part that does not answer is listed in `unanswered`.

    settings: the arguments of module hub_facts.
    """
    now, model = datetime.datetime.now(datetime.UTC), settings["model"]
    settings = settings | {"url": model["url"], "namespace": model.get("namespace")}
    facts = {
        "unanswered": {},
        "asked": {"time": now.isoformat(timespec="seconds")},
        "certificates": {
            "hub": certificate_end(settings["certificate"]),
            "kubeconfig": settings["kubeconfig"] and kubeconfig_end(settings["kubeconfig"], now),
        },
    }
    parts = {"hub": lambda: read_hub(settings)}
    try:
        if settings["kubeconfig"]:
            api = Api(settings["kubeconfig"])
            parts |= {name: functools.partial(function, api, settings) for name, function in CLUSTER_PARTS.items()}
    except (Refused, OSError) as error:
        facts["unanswered"]["cluster"] = str(error)

    def read(name):
        try:
            return parts[name]()
        except (Refused, Unreachable, OSError) as error:
            return {"unanswered": {name: str(error)}}

    with ThreadPoolExecutor() as pool:
        for answer in pool.map(read, parts):
            facts["unanswered"] |= answer.pop("unanswered", {})
            facts |= answer
    return facts
