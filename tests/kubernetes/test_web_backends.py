"""Apache follows the hub's proxy from node to node, by node ports: a real cluster, a real Apache."""

import os
import time
from pathlib import Path

import pytest
import yaml
from apache import Apache
from clusters import USER, service, wait_for

# Replaces the proxy: answers with its name, and echoes messages of websockets.
SERVER = """
import os, tornado.ioloop, tornado.web, tornado.websocket
class Page(tornado.web.RequestHandler):
    def get(self):
        self.write(os.environ["NODE"])
class Echo(tornado.websocket.WebSocketHandler):
    def check_origin(self, origin):
        return True
    def on_message(self, message):
        self.write_message(os.environ["NODE"] + " " + message)
tornado.web.Application([("/socket", Echo), (".*", Page)]).listen(8000)
tornado.ioloop.IOLoop.current().start()
"""
FOLLOWER = "openstack-hub-members.service"
LIST = "/var/lib/openstack-hub-members-apply/members.conf"


def proxy(name, node):
    """A Deployment of one pod on NODE."""
    labels = {"app": "proxy", "on": name}
    container = {
        "name": "proxy",
        "image": USER,
        "imagePullPolicy": "Never",
        "command": ["python3", "-c", SERVER],
        "env": [{"name": "NODE", "value": name}],
        "readinessProbe": {"tcpSocket": {"port": 8000}, "periodSeconds": 1},
    }
    spec = {
        "nodeSelector": {"kubernetes.io/hostname": node},
        "tolerations": [{"operator": "Exists"}],
        "terminationGracePeriodSeconds": 0,
        "containers": [container],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


class Site:
    """Apache in front of a cluster in which the proxy can be `one`, `two`, both or neither."""

    def __init__(self, kubernetes, namespace, apache):
        self.kubernetes, self.namespace, self.apache = kubernetes, namespace, apache

    def kubectl(self, *words):
        return self.kubernetes.kubectl("-n", self.namespace, *words)

    def runs(self, *names):
        """Run the proxies NAMES, and no others."""
        for name in ("one", "two"):
            self.kubectl("scale", f"deployment/{name}", f"--replicas={int(name in names)}")

    def members(self):
        return self.apache.run(f"cat {LIST}").splitlines()

    def answers(self, name):
        return self.apache.get() == (200, name)


@pytest.fixture(scope="module")
def site(kubernetes, tmp_path_factory):
    namespace, apache = (
        f"test-web-{os.getpid()}",
        Apache(f"openstack-hub-test-web-{os.getpid()}", tmp_path_factory.mktemp("apache")),
    )
    nodes = [node["metadata"]["name"] for node in kubernetes.get("nodes")["items"] if ready(node)]
    kubernetes.kubectl("create", "namespace", namespace)
    try:
        public = service("proxy-public", "proxy", 80, type="NodePort", externalTrafficPolicy="Local")
        public["spec"]["ports"][0]["targetPort"] = 8000
        for manifest in (proxy("one", nodes[0]), proxy("two", nodes[1]), public):
            kubernetes.apply({**manifest, "metadata": manifest["metadata"] | {"namespace": namespace}})
        site = Site(kubernetes, namespace, apache)
        site.runs("one")
        site.kubectl("rollout", "status", "deployment/one", "--timeout=60s")
        apache.start()
        if kubernetes.cluster:
            kubernetes.cluster.network.attach(apache.name, apache.name)
        site.changes = [set_up(site), set_up(site)]
        yield site
    finally:
        apache.remove()
        if kubernetes.cluster:
            kubernetes.cluster.network.release(apache.name)
        kubernetes.kubectl("delete", "namespace", namespace, "--wait=false")
        kubernetes.kubectl(
            "delete", "clusterrole,clusterrolebinding", f"openstack-hub-web:{namespace}", "--ignore-not-found"
        )


def ready(node):
    taints = [taint["key"] for taint in node["spec"].get("taints", ())]
    return "openstack-hub-testbed/simulated" not in taints and any(
        condition["type"] == "Ready" and condition["status"] == "True" for condition in node["status"]["conditions"]
    )


def set_up(site, *arguments, kubeconfig=None):
    return site.apache.set_up(
        *arguments,
        web_backends=[],
        web_kubeconfig=str(kubeconfig or site.kubernetes.kubeconfig),
        web_namespace=site.namespace,
        web_node_minutes=1,
    )


def test_a_second_run_changes_nothing(site):
    assert any("Follow the endpoints | Start the units" in name for name in site.changes[0])
    assert site.changes[1] == []
    assert site.answers("one")


def test_the_token_reads_only_where_the_hub_is(site):
    account = f"--as=system:serviceaccount:{site.namespace}:openstack-hub-web"
    for words in ("list pods", "get secrets", "list services", "list endpointslices --namespace default", "list nodes"):
        assert "no" in site.kubernetes.kubectl(
            "-n", site.namespace, "auth", "can-i", account, *words.split(), check=False
        ), words
    for words in ("watch endpointslices", "get services/proxy-public", "get nodes"):
        assert site.kubectl("auth", "can-i", account, *words.split()).strip() == "yes", words
    assert site.apache.run("stat -c %a%U /etc/openstack-hub/web-reader.json") == "600root"
    assert site.apache.run(f"ps -o user= -p $(systemctl show --property=MainPID --value {FOLLOWER})") != "root"


def test_requests_follow_the_proxy_to_another_node(site):
    site.runs("two")
    began = time.monotonic()
    wait_for(lambda: site.answers("two"), seconds=60)
    print(f"answered after {time.monotonic() - began:.1f} s")
    assert len(site.members()) == 1


def test_an_open_websocket_survives_a_change_of_members(site):
    site.runs("one", "two")
    wait_for(lambda: len(site.members()) == 2)
    websocket = site.apache.websocket("/socket")
    websocket.send("before")
    name = websocket.recv().split()[0]
    site.runs(name)
    wait_for(lambda: len(site.members()) == 1)
    wait_for(lambda: site.apache.run("journalctl -u apache2 -o cat | tail -1"))
    for _ in range(5):
        assert site.answers(name)
        websocket.send("after")
        assert websocket.recv() == f"{name} after"
    websocket.close()


def test_apache_serves_during_an_outage_of_the_api_and_follows_afterwards(site):
    site.runs("one")
    wait_for(lambda: site.answers("one"))
    server = site.kubernetes.kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
    address = server.split("//")[1].split(":")[0]
    site.apache.run(f"ip route add unreachable {address}/32")
    try:
        site.apache.run(f"systemctl restart {FOLLOWER} && systemctl reload apache2")
        wait_for(lambda: "does not answer" in site.apache.run(f"journalctl -u {FOLLOWER} -o cat | tail -1"))
        assert site.answers("one")
    finally:
        site.apache.run(f"ip route del unreachable {address}/32")
    site.runs("two")
    wait_for(lambda: site.answers("two"), seconds=60)


def test_without_endpoints_the_last_members_stay(site):
    site.runs("two")
    wait_for(lambda: site.answers("two"))
    before = site.members()
    site.runs()
    wait_for(lambda: not site.kubectl("get", "pods", "-o", "name"))
    wait_for(lambda: site.apache.get()[0] == 503, seconds=60)
    assert site.members() == before
    site.runs("two")
    wait_for(lambda: site.answers("two"), seconds=60)


def test_check_mode_without_an_answer_of_the_api_predicts_no_removal(site, tmp_path):
    """Apache still serves the hub."""
    config = yaml.safe_load(Path(site.kubernetes.kubeconfig).read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    changed = set_up(site, "--check", kubeconfig=tmp_path / "config")
    assert changed == ["web : Configure Apache | Report that the virtual host depends on the cluster"]


def test_a_load_balancer_replaces_node_ports_and_the_reverse(site):
    """With a load balancer no unit follows the endpoints, and no token may read them."""
    site.runs("one")
    wait_for(lambda: site.answers("one"), seconds=60)
    # A class of its own: the testbed's load balancer would replace the address below at any moment.
    spec = '{"spec": {"type": "LoadBalancer", "loadBalancerClass": "example.org/test"}}'
    site.kubectl("patch", "service/proxy-public", "-p", spec)
    status = '{"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.10"}]}}}'
    site.kubectl("patch", "service/proxy-public", "--subresource=status", "-p", status)
    assert any(name.endswith("when a load balancer makes it unnecessary") for name in set_up(site))
    assert site.apache.run(f"systemctl list-unit-files -q {FOLLOWER} || true") == ""
    assert "openstack-hub-web" not in site.kubectl("get", "serviceaccounts,secrets,roles,rolebindings", "-o", "name")
    assert "openstack-hub-web" not in site.kubernetes.kubectl("get", "clusterroles,clusterrolebindings", "-o", "name")
    assert set_up(site) == []
    site.kubectl("patch", "service/proxy-public", "-p", '{"spec": {"type": "NodePort", "loadBalancerClass": null}}')
    assert set_up(site)
    assert site.answers("one")
