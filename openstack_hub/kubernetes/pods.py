"""What the API says about the pods of a release, for pod_diagnosis."""

from openstack_hub.kubernetes.client import Refused

LINES = 5  # of a log


class Pods:
    """Of the release NAME; user servers and placeholder pods do not belong to it."""

    def __init__(self, api, namespace, name):
        self.api, self.core, self.apps = api, f"/api/v1/namespaces/{namespace}", f"/apis/apps/v1/namespaces/{namespace}"
        self.selector = f"app=jupyterhub,release={name}"

    def all(self):
        return self.api.items(
            f"{self.core}/pods", labelSelector=f"{self.selector},component notin (singleuser-server,user-placeholder)"
        )

    def deployments(self):
        return self.api.items(f"{self.apps}/deployments", labelSelector=self.selector)

    def replica_sets(self):
        return self.api.items(f"{self.apps}/replicasets", labelSelector=self.selector)

    def ask(self, kind, name, container=None):
        """Events of an object, oldest first; of kind log the last lines of a container."""
        if kind == "log":
            return self.log(name, container)
        events = self.api.items(
            f"{self.core}/events", fieldSelector=f"involvedObject.kind={kind},involvedObject.name={name}"
        )
        return sorted(events, key=lambda event: event.get("lastTimestamp") or event["metadata"]["creationTimestamp"])

    def refusals(self):
        """Events of pods that could not be made."""
        return self.api.items(f"{self.core}/events", fieldSelector="reason=FailedCreate")

    def log(self, name, container):
        try:
            text = self.api.text(f"{self.core}/pods/{name}/log", container=container, tailLines=4 * LINES)
        except Refused:  # the container is being made again
            return ""
        return " | ".join([line.strip() for line in text.splitlines() if line.strip()][-LINES:])
