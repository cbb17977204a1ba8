"""Configuration of the programs on a node, as data that is written as JSON (which is YAML, too)."""

import json

# The same in every cluster: no two of them see each other's.
PODS = "10.244.0.0/16"
SERVICES = "10.96.0.0/16"
API_SERVICE = "10.96.0.1"
PKI = "/etc/cluster/pki"


def files(node, address, dns, pods, machine):
    """
    {file name: content} of a worker.

    NODE is its specification (see nodes.py), ADDRESS its own, DNS the cluster's name server, PODS the network of its
    pods, MACHINE = (cpus, memory in MiB) of the machine that all nodes share.
    """
    contents = {
        "kubelet.json": kubelet(node, address, dns, machine),
        "kube-proxy.json": kube_proxy(address),
        "10-pods.conflist": pod_network(pods),
    }
    return {name: json.dumps(content, indent=1) + "\n" for name, content in contents.items()}


def kubelet(node, address, dns, machine):
    name = node["name"]
    # The kubelet offers to pods what is not reserved, which gives the node its size.
    kept = 100  # MiB, where it begins to evict
    reserved = {
        "cpu": str(max(machine[0] - node["cpus"], 0)),
        "memory": f"{max(machine[1] - node['memory_mb'] - kept, 0)}Mi",
    }
    eviction = {"memory.available": f"{kept}Mi", "nodefs.available": "1%", "nodefs.inodesFree": "1%"}
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": address,
        "healthzPort": 0,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{PKI}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{PKI}/{name}.crt",
        "tlsPrivateKeyFile": f"{PKI}/{name}.key",
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "systemReserved": reserved,
        "evictionHard": {**eviction, "imagefs.available": "1%"},
        # The images are those of the store and cannot be fetched again.
        "imageGCHighThresholdPercent": 100,
        "registerWithTaints": node["taints"],
        "clusterDNS": [dns],
        "clusterDomain": "cluster.local",
        "resolvConf": "/etc/resolv.pods",
        "nodeStatusUpdateFrequency": "4s",
    }


def kube_proxy(address):
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "bindAddress": address,
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        "clusterCIDR": PODS,
        "nodePortAddresses": [f"{address}/32"],
        "clientConnection": {"kubeconfig": f"{PKI}/proxy.conf"},
        # Limits of the machine's, which are left alone.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        "oomScoreAdj": 0,
    }


def pod_network(pods):
    ranges = {"type": "host-local", "routes": [{"dst": "0.0.0.0/0"}], "ranges": [[{"subnet": pods}]]}
    bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "hairpinMode": True, "ipam": ranges}
    return {
        "cniVersion": "0.4.0",
        "name": "pods",
        "plugins": [bridge, {"type": "portmap", "capabilities": {"portMappings": True}}],
    }
