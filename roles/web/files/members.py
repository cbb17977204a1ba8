#!/usr/bin/python3
"""Keep the list of machines that answer for a hub on Kubernetes, for Apache, while the hub's node proxy moves.

With node ports, the machine that runs the node proxy answers by itself; others would pass it on, or drop it
(externalTrafficPolicy Local). So the list is that machine. While the cluster gives no answer, or nothing runs, the last
one stays. It may read endpoints, one Service and machines, and nothing else; what it writes, apply.py takes as data.

Usage: members.py LIST, with JSON of server, ca, token, namespace, service on its standard input.
"""

import json
import ssl
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

WATCH = 30  # seconds after which everything is looked at anew, in case a message was lost
ANSWER = 10  # seconds that one answer may take
PAUSE = 2  # seconds between two tries


class Cluster:
    def __init__(self, reader):
        self.reader, self.base = reader, reader["server"].rstrip("/")
        self.context = ssl.create_default_context(cadata=reader["ca"] or None)

    def open(self, path, timeout, **query):
        url = f"{self.base}{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self.reader['token']}"})
        return urllib.request.urlopen(request, timeout=timeout, context=self.context)

    def get(self, path, **query):
        with self.open(path, ANSWER, **query) as answer:
            return json.load(answer)

    @property
    def slices(self):
        """Path and query of the Service's endpoints."""
        path = f"/apis/discovery.k8s.io/v1/namespaces/{self.reader['namespace']}/endpointslices"
        return path, {"labelSelector": f"kubernetes.io/service-name={self.reader['service']}"}

    def changes(self):
        """A line at once when there are endpoints, and one for each change of them; ends after a while."""
        path, query = self.slices
        with self.open(path, WATCH + ANSWER, watch="1", timeoutSeconds=WATCH, **query) as lines:
            yield from lines

    def look(self):
        """What members() wants."""
        path, query = self.slices
        slices = self.get(path, **query)["items"]
        service = self.get(f"/api/v1/namespaces/{self.reader['namespace']}/services/{self.reader['service']}")
        return service, slices, [self.get(f"/api/v1/nodes/{name}") for name in machines(slices)]


def machines(slices):
    """Names of the machines that run a ready endpoint, sorted."""
    endpoints = [endpoint for part in slices for endpoint in part.get("endpoints") or []]
    ready = [endpoint for endpoint in endpoints if endpoint.get("conditions", {}).get("ready", True)]
    return sorted({endpoint["nodeName"] for endpoint in ready if endpoint.get("nodeName")})


def members(service, slices, nodes):
    """`address:port` of each machine that answers, sorted. All three as the API gives them."""
    port = next((port["nodePort"] for port in service["spec"]["ports"] if port.get("nodePort")), None)
    wanted = set(machines(slices))
    inner = [
        next((a["address"] for a in node["status"].get("addresses", []) if a["type"] == "InternalIP"), None)
        for node in nodes
        if node["metadata"]["name"] in wanted
    ]
    hosts = [f"[{address}]" if ":" in address else address for address in inner if address]
    return sorted(f"{host}:{port}" for host in hosts) if port else []


def keep(path, found):
    """Write FOUND where it differs; nothing found changes nothing. Returns what is new, or None."""
    text = "".join(f"{member}\n" for member in found)
    if not found or (path.exists() and path.read_text() == text):
        return None
    new = path.with_name(".new")
    new.write_text(text)
    new.replace(path)
    return found


def main(path):
    cluster, silent = Cluster(json.load(sys.stdin)), False
    while True:
        try:
            for _ in cluster.changes():
                if new := keep(Path(path), members(*cluster.look())):
                    print(f"the hub is reached at {', '.join(new)}", flush=True)
                silent = False
        except (OSError, ValueError, KeyError) as error:  # no connection, refused, half an answer
            if not silent:
                print(f"{cluster.base} gives no answer, what was known stays: {error}", flush=True)
            silent = True
            time.sleep(PAUSE)


if __name__ == "__main__":
    main(*sys.argv[1:])
