"""Commands in the pod of the hub."""

from openstack_hub.kubernetes.client import Refused


def run_in_hub(api, namespace, command, text):
    """(exit status, output, errors) of COMMAND in the hub's container; TEXT: its standard input, one line.

    Raises Unreachable or Refused.
    """
    selectors = {"labelSelector": "component=hub", "fieldSelector": "status.phase=Running"}
    pods = api.items(f"/api/v1/namespaces/{namespace}/pods", **selectors)
    running = [pod["metadata"]["name"] for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    if not running:
        raise Refused(f"the hub does not run in namespace {namespace}: install it with playbooks/hub.yml")
    return api.execute(namespace, running[0], "hub", command, text=text)
