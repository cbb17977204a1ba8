"""A cluster of the testbed with real nodes, as its owner sees it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from fixtures import clusters, retry, wait_for
from kubernetes_testbed import build
from operator_site import ROOT

from openstack_hub.kubernetes.placement import driver_labels

GROUPS = [{"name": "standard"}, {"name": "GPU_a", "gpus": 1}]


class RealCluster:
    """A cluster as its owner sees it: through Magnum, and through kubectl with `kubeconfig`."""

    def __init__(self, cloud, template, name, labels):
        self.cloud, self.name = cloud, name
        self.kubeconfig = cloud.folder.parent / f"{cloud.folder.name}-{name}.kubeconfig"
        request = {"name": name, "cluster_template_id": template.uuid, "node_count": 1, "labels": labels}
        self.uuid = cloud.magnum().clusters.create(**request, merge_labels=True).uuid

    @property
    def in_magnum(self):
        return retry(self.cloud.magnum().clusters.get, self.uuid)

    def add_group(self, name, flavor, count=0, **more):
        magnum = self.cloud.magnum()
        magnum.nodegroups.create(
            self.uuid, name=name, flavor_id=flavor, node_count=count, min_node_count=0, merge_labels=True, **more
        )
        wait_for(lambda: "PROGRESS" not in self.state(name).status)
        return self.state(name)

    def state(self, group):
        return retry(self.cloud.magnum().nodegroups.get, self.uuid, group)

    def resize(self, group, count):
        """Resize a group; return when Magnum has begun."""
        self.cloud.magnum().clusters.resize(self.uuid, count, nodegroup=self.state(group).uuid)
        self.wait_until_begun(group, count)

    def wait_until_begun(self, group, count):
        """Wait until Magnum resizes a group to COUNT: it saves the group first, and the cluster a moment later."""

        def begun():
            state = self.state(group)
            return state.node_count == count and ("PROGRESS" not in state.status or "PROGRESS" in self.in_magnum.status)

        wait_for(begun)

    def wait_until_done(self, end="_COMPLETE"):
        """Wait until Magnum has finished; return the cluster."""
        found = wait_for(lambda: "PROGRESS" not in (each := self.in_magnum).status and each, seconds=90)
        assert found.status.endswith(end), found.status_reason
        return found

    def delete(self):
        self.cloud.magnum().clusters.delete(self.uuid)

    def fetch_kubeconfig(self):
        """Run module magnum_kubeconfig."""
        found = self.in_magnum
        arguments = {"cloud": "testbed", "cluster": found.uuid, "name": self.name, "api_address": found.api_address}
        arguments["path"] = str(self.kubeconfig)
        ansible = [Path(sys.executable).with_name("ansible"), "localhost", "-i", "localhost,", "-c", "local"]
        ansible += ["-e", f"ansible_python_interpreter={sys.executable}"]
        environment = os.environ | {"OS_CLIENT_CONFIG_FILE": str(self.cloud.clouds), "ANSIBLE_CONFIG": "ansible.cfg"}
        process = subprocess.run(
            [*ansible, "-m", "magnum_kubeconfig", "-a", json.dumps(arguments)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stdout + process.stderr

    def kubectl(self, *words, text=None):
        command = [build.ensure().bin / "kubectl", "--kubeconfig", self.kubeconfig, *words]
        process = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert process.returncode == 0, process.stderr
        return process.stdout

    def nodes(self):
        """{name: node} of those that are Ready."""
        found = json.loads(self.kubectl("get", "nodes", "-o", "json"))["items"]
        return {node["metadata"]["name"]: node for node in found if "Ready" in conditions(node)}

    def nodes_of(self, number):
        """The nodes that a profile of GROUPS[NUMBER] would run on, as a selector by labels finds them."""
        labels = driver_labels(GROUPS[number], number).items()
        return {
            name: node
            for name, node in self.nodes().items()
            if any(node["metadata"]["labels"].get(key) in values for key, values in labels)
        }


def wait_until_deleted(cloud, *names):
    """Wait until Magnum has no cluster of these names."""

    def left():
        found = [cluster for name in names for cluster in clusters(cloud, name)]
        failed = [cluster.status_reason for cluster in found if cluster.status == "DELETE_FAILED"]
        assert not failed, failed
        return found

    wait_for(lambda: not left(), seconds=90)


def conditions(node):
    return [condition["type"] for condition in node["status"]["conditions"] if condition["status"] == "True"]


def is_simulated(node):
    return node["spec"].get("providerID", "").startswith("simulated:")
