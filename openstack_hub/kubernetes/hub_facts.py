"""What a hub and its cluster say of themselves, as plain data: one function for each part that is asked.

Each raises Unreachable or Refused where its part gives no answer. Sizes are bytes, CPUs a fraction.
"""

import http.client
import json
import re
import ssl
from decimal import Decimal
from urllib.parse import urlsplit

from openstack_hub.kubernetes.client import Refused, Unreachable
from openstack_hub.kubernetes.pod_diagnosis import image_variables, pod_trouble
from openstack_hub.kubernetes.pods import Pods
from openstack_hub.kubernetes.releases import decode, newest

try:
    from visitor.net import connect
except ImportError:
    connect = None

GPU = "nvidia.com/gpu"
PAGE = 200  # the most that a hub gives at once
ANSWER = 10  # seconds that one answer of the hub may take
OK = 200
TOLD = 10  # pods whose events are asked for
UNITS = {"m": Decimal("0.001"), "": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15} | {
    f"{letter}i": 1024 ** (power + 1) for power, letter in enumerate("KMGTP")
}


def quantity(text):
    """A Kubernetes quantity, such as 100m, 1.5 or 16Gi, as a number."""
    number, unit = re.fullmatch(r"([0-9.eE+-]+?)([A-Za-z]*)", str(text)).groups()
    return float(Decimal(number) * UNITS[unit])


def room(resources):
    """{"cpu", "memory", "gpus"} of requests or of what a machine has."""
    cpu, memory, gpus = (quantity(resources.get(name, 0)) for name in ("cpu", "memory", GPU))
    return {"cpu": round(cpu, 3), "memory": int(memory), "gpus": int(gpus)}


def requested(spec):
    """What a pod holds on its machine: all containers together, or the largest of those that run before them."""
    running = [room(container.get("resources", {}).get("requests") or {}) for container in spec["containers"]]
    first = [room(container.get("resources", {}).get("requests") or {}) for container in spec.get("initContainers", ())]
    return {key: max([sum(part[key] for part in running), *(part[key] for part in first)]) for key in room({})}


def machines(api, asked):
    """The cluster's machines with what pods of all namespaces hold on them."""
    held = {}
    for pod in api.items("/api/v1/pods", fieldSelector="status.phase!=Succeeded,status.phase!=Failed"):
        if node := pod["spec"].get("nodeName"):
            held.setdefault(node, []).append(requested(pod["spec"]))
    return {"nodes": [machine(node, held.get(node["metadata"]["name"], [])) for node in api.items("/api/v1/nodes")]}


def machine(node, held):
    conditions = {condition["type"]: condition["status"] for condition in node["status"].get("conditions", ())}
    has = room(node["status"].get("allocatable") or {})
    return {
        "name": node["metadata"]["name"],
        "labels": node["metadata"].get("labels", {}),
        "ready": conditions.get("Ready") == "True",
        "closed": bool(node["spec"].get("unschedulable")),
        "has": has,
        "free": {key: round(has[key] - sum(pod[key] for pod in held), 3) for key in has},
    }


def pods(api, asked):
    """The namespace's pods; of those that are not ready, why (of many, of the first ones)."""
    of, found, told = Pods(api, asked["namespace"], asked["release"]), [], 0
    images = image_variables(asked["model"])
    for pod in api.items(f"{of.core}/pods"):
        labels, why = pod["metadata"].get("labels", {}), None
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", ()))
        if not ready and told < TOLD and (trouble := pod_trouble(pod, of.ask, images, pod["metadata"]["name"])):
            why, told = trouble.text, told + 1
        found.append(
            {"name": pod["metadata"]["name"], "ready": ready, "why": why}
            | {"component": labels.get("component", ""), "warm": labels.get("openstack-hub/warm")}
        )
    return {"pods": found}


def claims(api, asked):
    """Homes: each with what was asked for."""
    listed = api.items(
        f"/api/v1/namespaces/{asked['namespace']}/persistentvolumeclaims",
        labelSelector="component=singleuser-storage",
    )
    size = [int(quantity(claim["spec"]["resources"]["requests"]["storage"])) for claim in listed]
    return {"homes": {"count": len(size), "bytes": sum(size)}}


def release(api, asked):
    """Helm's record of the release, null where there is none."""
    selector = f"owner=helm,name={asked['release']}"
    path = f"/api/v1/namespaces/{asked['namespace']}/secrets"
    record = newest(api.items(path, metadata=True, labelSelector=selector))
    if not record:
        return {"release": None}
    found = decode(api.get(f"{path}/{record['metadata']['name']}"))
    chart, custom = found["chart"]["metadata"], (found.get("config") or {}).get("custom") or {}
    return {
        "release": {
            "status": found["info"]["status"],
            "description": found["info"].get("description", ""),
            "revision": found["version"],
            "changed": found["info"]["last_deployed"],
            "chart": chart["version"],
            "hub": chart.get("appVersion", ""),
            "model": custom.get("hubkit"),
        }
    }


def hub(asked):
    """The hub's own view: its version, how many users it knows, and the servers that are not stopped."""
    context = ssl.create_default_context()
    # The certificate that Apache was given is as good as its authority.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(asked["certificate"])

    def ask(path):
        headers = {"Authorization": f"token {asked['token']}", "Accept": "application/jupyterhub-pagination+json"}
        connection = http.client.HTTPConnection(urlsplit(asked["url"]).netloc)
        try:
            connection.sock = connect(asked["url"], context, ANSWER)
            connection.request("GET", f"/hub/api{path}", headers=headers)
            answer = connection.getresponse()
            if answer.status != OK:
                raise Refused(f"{asked['url']}: HTTP status {answer.status}", answer.status)
            return json.load(answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(f"{asked['url']}: {error}") from error
        finally:
            connection.close()

    version = ask("/")["version"]
    total, users, more = ask("/users?limit=1")["_pagination"]["total"], [], {"offset": 0}
    while more:
        page = ask(f"/users?state=active&limit={PAGE}&offset={more['offset']}")
        users += page["items"]
        more = page["_pagination"]["next"]
    found = [server(user["name"], one) for user in users for one in user.get("servers", {}).values()]
    return {"hub": {"version": version, "users": total, "servers": found}}


def server(user, one):
    profile = (one.get("user_options") or {}).get("profile")
    return {
        "user": user,
        "profile": profile[0] if isinstance(profile, list) else profile,
        "ready": bool(one["ready"]),
        "last_activity": one["last_activity"],
    }


CLUSTER = {"release": release, "nodes": machines, "pods": pods, "homes": claims}
