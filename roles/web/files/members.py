#!/usr/bin/python3
"""Maintain the list of nodes on which Apache reaches the proxy of a hub on Kubernetes.

With node ports, the node that runs the proxy answers by itself; other nodes forward the request, or drop it
(externalTrafficPolicy Local). So the list has the nodes that run the proxy. While the API server does not answer, or no
proxy is ready, the list stays as it is. The token permits reading endpoints, one Service and nodes; apply.py treats the
list as data.

Usage: members.py LIST, with JSON of server, ca, token, namespace, service on its standard input.
"""

import json
import ssl
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

WATCH_SECONDS = 30  # length of a watch; then everything is read again, in case an event was lost
TIMEOUT = 10  # seconds for one response
RETRY_SECONDS = 2


class Cluster:
    def __init__(self, reader):
        self.reader, self.base = reader, reader["server"].rstrip("/")
        self.context = ssl.create_default_context(cadata=reader["ca"] or None)

    def open(self, path, timeout, **query):
        url = f"{self.base}{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self.reader['token']}"})
        return urllib.request.urlopen(request, timeout=timeout, context=self.context)

    def get(self, path, **query):
        with self.open(path, TIMEOUT, **query) as response:
            return json.load(response)

    @property
    def slices(self):
        """Path and query of the Service's endpoints."""
        path = f"/apis/discovery.k8s.io/v1/namespaces/{self.reader['namespace']}/endpointslices"
        return path, {"labelSelector": f"kubernetes.io/service-name={self.reader['service']}"}

    def changes(self):
        """A line for each existing endpoint slice, and one for each change. Ends after WATCH_SECONDS."""
        path, query = self.slices
        with self.open(path, WATCH_SECONDS + TIMEOUT, watch="1", timeoutSeconds=WATCH_SECONDS, **query) as lines:
            yield from lines

    def read(self):
        """Arguments of members()."""
        path, query = self.slices
        slices = self.get(path, **query)["items"]
        service = self.get(f"/api/v1/namespaces/{self.reader['namespace']}/services/{self.reader['service']}")
        return service, slices, [self.get(f"/api/v1/nodes/{name}") for name in node_names(slices)]


def node_names(slices):
    """Names of the nodes that run a ready endpoint, sorted."""
    endpoints = [endpoint for part in slices for endpoint in part.get("endpoints") or []]
    ready = [endpoint for endpoint in endpoints if endpoint.get("conditions", {}).get("ready", True)]
    return sorted({endpoint["nodeName"] for endpoint in ready if endpoint.get("nodeName")})


def members(service, slices, nodes):
    """`address:port` of each node that runs a ready endpoint, sorted. Arguments as the API returns them."""
    port = next((port["nodePort"] for port in service["spec"]["ports"] if port.get("nodePort")), None)
    names = set(node_names(slices))
    addresses = [
        next((a["address"] for a in node["status"].get("addresses", []) if a["type"] == "InternalIP"), None)
        for node in nodes
        if node["metadata"]["name"] in names
    ]
    hosts = [f"[{address}]" if ":" in address else address for address in addresses if address]
    return sorted(f"{host}:{port}" for host in hosts) if port else []


def update_list(path, current):
    """Write the members CURRENT to PATH unless they are there already, or none. Returns them if written, else None."""
    text = "".join(f"{member}\n" for member in current)
    if not current or (path.exists() and path.read_text() == text):
        return None
    new = path.with_name(".new")
    new.write_text(text)
    new.replace(path)
    return current


def main(path):
    cluster, reported = Cluster(json.load(sys.stdin)), False
    while True:
        try:
            for _ in cluster.changes():
                if new := update_list(Path(path), members(*cluster.read())):
                    print(f"endpoints of the hub: {', '.join(new)}", flush=True)
                reported = False
        except (OSError, ValueError, KeyError) as error:  # no connection, refused, incomplete response
            if not reported:
                print(f"{cluster.base} does not answer, the last endpoints stay: {error}", flush=True)
            reported = True
            time.sleep(RETRY_SECONDS)


if __name__ == "__main__":
    main(*sys.argv[1:])
