"""The Kubernetes of the testbed does what a cloud's does: pods, names, volumes, limits, policies, load balancers."""

import urllib.request
from urllib.error import URLError

import pytest
from clusters import ROOT, pod, service, wait_for
from kubernetes_testbed import podman
from kubernetes_testbed.simulated import TAINT

SERVER = "echo hello >/tmp/hello; exec python3 -m http.server --directory /tmp 8000"
SLEEP = "exec sleep 3600"


def fetch(url, seconds=2):
    """The answer to this machine, None without one."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=seconds) as answer:
            return answer.read().decode().strip()
    except (URLError, OSError):
        return None


@pytest.fixture
def served(kubernetes, namespace):
    """A namespace with pods server and client, the former behind a Service."""
    within(kubernetes, namespace, pod("server", SERVER), pod("client", SLEEP), service("server", "server", 8000))
    kubernetes.wait("-n", namespace, "--for=condition=Ready", "pod/server", "pod/client")
    return namespace


def within(kubernetes, namespace, *manifests):
    for manifest in manifests:
        manifest["metadata"]["namespace"] = namespace
    kubernetes.apply(*manifests)


def asks(kubernetes, namespace, pod, url="http://server:8000/hello"):
    """The answer to a pod, "no" without one."""
    code = f"""
import urllib.request
try: print(urllib.request.urlopen({url!r}, timeout=2).read().decode())
except OSError: print("no")"""
    return kubernetes.python(namespace, pod, code)


def test_a_pod_finds_a_service_by_name_until_a_policy_forbids_it(kubernetes, served):
    wait_for(lambda: asks(kubernetes, served, "client") == "hello")
    allowed = [{"from": [{"podSelector": {"matchLabels": {"app": "friend"}}}]}]
    spec = {"podSelector": {"matchLabels": {"app": "server"}}, "ingress": allowed}
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "few"}, "spec": spec}
    within(kubernetes, served, policy)
    wait_for(lambda: asks(kubernetes, served, "client") == "no")
    kubernetes.kubectl("label", "--overwrite", "-n", served, "pod", "client", "app=friend")
    wait_for(lambda: asks(kubernetes, served, "client") == "hello")


def test_a_volume_keeps_what_a_pod_wrote(kubernetes, namespace):
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "home"}, "spec": spec}
    within(kubernetes, namespace, claim, pod("first", "echo kept >/home/note", volumes={"/home": "home"}))
    kubernetes.wait("-n", namespace, "--for=jsonpath={.status.phase}=Succeeded", "pod/first")
    kubernetes.kubectl("delete", "-n", namespace, "pod", "first")
    within(kubernetes, namespace, pod("second", "cat /home/note", volumes={"/home": "home"}))
    kubernetes.wait("-n", namespace, "--for=jsonpath={.status.phase}=Succeeded", "pod/second")
    assert kubernetes.kubectl("logs", "-n", namespace, "second") == "kept\n"


def test_a_process_that_exceeds_the_memory_limit_is_killed(kubernetes, namespace):
    for name, megabytes in (("modest", 50), ("greedy", 300)):
        takes = f"exec python3 -c 'bytearray({megabytes} << 20)'"
        within(kubernetes, namespace, pod(name, takes, limits={"memory": "100Mi"}))
    kubernetes.wait("-n", namespace, "--for=jsonpath={.status.phase}=Succeeded", "pod/modest")
    kubernetes.wait("-n", namespace, "--for=jsonpath={.status.phase}=Failed", "pod/greedy")
    ended = kubernetes.get("-n", namespace, "pod", "greedy")["status"]["containerStatuses"][0]["state"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 137)


def test_a_restricted_namespace_admits_no_privileged_pod(kubernetes, namespace):
    kubernetes.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
    assert "violates PodSecurity" in kubernetes.kubectl(
        "run", "-n", namespace, "--privileged", "--image=any", "bad", check=False
    )


def test_a_load_balancer_serves_allowed_addresses_and_is_removed_with_its_service(kubernetes, cluster, served):
    balanced = service("public", "server", 8000, type="LoadBalancer")
    balanced["spec"]["loadBalancerSourceRanges"] = [f"{next(cluster.network.subnet.hosts())}/32"]
    within(kubernetes, served, balanced)
    address = wait_for(lambda: ingress(kubernetes, served, "public"))
    wait_for(lambda: fetch(f"http://{address}:8000/hello") == "hello")
    balanced["spec"]["loadBalancerSourceRanges"] = ["192.0.2.0/24"]
    kubernetes.apply(balanced)
    wait_for(lambda: fetch(f"http://{address}:8000/hello", seconds=1) is None)
    kubernetes.kubectl("delete", "-n", served, "service", "public")
    wait_for(lambda: address not in cluster.network.owners().values())


def ingress(kubernetes, namespace, name):
    found = kubernetes.get("-n", namespace, "service", name)["status"]["loadBalancer"].get("ingress")
    return found and found[0]["ip"]


def test_a_node_is_removed_with_its_pods_evicted_and_its_addresses_moved(kubernetes, cluster, served):
    cluster.add_node("another", labels={"group": "large"}, taints=[], cpus=1, memory_mb=1024)
    sizes = kubernetes.get("node", "another")["status"]["allocatable"]
    assert sizes["cpu"] == "1"
    assert int(sizes["memory"].removesuffix("Ki")) // 1024 == pytest.approx(1024, abs=2)
    within(kubernetes, served, pod("guest", SLEEP, nodeSelector={"group": "large"}))
    within(kubernetes, served, service("public", "server", 8000, type="LoadBalancer"))
    address = wait_for(lambda: ingress(kubernetes, served, "public"))
    wait_for(lambda: fetch(f"http://{address}:8000/hello") == "hello")
    kubernetes.wait("-n", served, "--for=condition=Ready", "pod/guest")
    cluster.remove_node("another")
    assert "NotFound" in kubernetes.kubectl("get", "-n", served, "pod", "guest", check=False)
    assert "another" not in kubernetes.kubectl("get", "nodes")
    wait_for(lambda: fetch(f"http://{address}:8000/hello") == "hello")


def test_a_gpu_is_for_pods_that_request_it_and_tolerate_its_taint(kubernetes, namespace):
    gpu = {"nvidia.com/gpu": "1"}
    tolerates = [{"key": "nvidia.com/gpu", "operator": "Exists"}]
    within(kubernetes, namespace, pod("refused", SLEEP, limits=gpu))
    within(kubernetes, namespace, pod("let-in", SLEEP, limits=gpu, tolerations=tolerates))
    kubernetes.wait("-n", namespace, "--for=condition=Ready", "pod/let-in")
    kubernetes.wait("-n", namespace, "--for=condition=PodScheduled=False", "pod/refused")
    assert kubernetes.get("-n", namespace, "pod", "let-in")["spec"]["nodeName"] == "gpu-1"
    within(kubernetes, namespace, pod("late", SLEEP, limits=gpu, tolerations=tolerates))  # there is only one GPU
    kubernetes.wait("-n", namespace, "--for=condition=PodScheduled=False", "pod/late")


def test_a_simulated_node_is_ready_and_stays_empty(kubernetes, cluster, namespace):
    cluster.add_node("paper", labels={"group": "paper"}, taints=[], cpus=64, memory_mb=2**18, real=False)
    kubernetes.wait("--for=condition=Ready", "node/paper")
    simulated = {"nodeSelector": {"group": "paper"}}
    within(kubernetes, namespace, pod("chance", SLEEP, **simulated))
    within(kubernetes, namespace, pod("on-purpose", SLEEP, limits={"cpu": "50"}, tolerations=[TAINT], **simulated))
    kubernetes.wait("-n", namespace, "--for=condition=PodScheduled=False", "pod/chance")
    kubernetes.wait("-n", namespace, "--for=condition=PodScheduled", "pod/on-purpose")
    cluster.remove_node("paper")


def test_a_podman_container_joins_the_network_of_the_pods(kubernetes, cluster, served):
    name = f"openstack-hub-kubernetes-{cluster.name}-guest"
    image = podman.run(ROOT / "testbed/images/base.sh")
    serve = ["python3", "-m", "http.server", "--directory", "/etc", "8080"]
    podman.run("podman", "run", "-d", "--name", name, image, *serve)
    try:
        address = cluster.network.attach(name, "guest")
        assert cluster.network.attach(name, "guest") == address
        wait_for(lambda: asks(kubernetes, served, "client", f"http://{address}:8080/hostname") != "no")
        server = kubernetes.get("-n", served, "pod", "server")["status"]["podIP"]
        code = f"import urllib.request as u; print(u.urlopen('http://{server}:8000/hello', timeout=5).read().decode())"
        assert podman.run("podman", "exec", name, "python3", "-c", code) == "hello"
    finally:
        podman.remove(name)
        cluster.network.release("guest")
