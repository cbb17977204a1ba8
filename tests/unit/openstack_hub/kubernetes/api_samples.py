"""A cluster's API as the modules see it: objects, and a mock that answers from a table."""


def service(kind="LoadBalancer", port=80, ingress=None, name="proxy-public"):
    status = {"loadBalancer": {"ingress": ingress} if ingress else {}}
    return {
        "metadata": {"name": name, "namespace": "jupyterhub", "uid": name},
        "spec": {"type": kind, "ports": [{"port": port}]},
        "status": status,
    }


class Cluster:
    """Answers from a table of paths; exceptions are raised. Deletes take effect at the next request."""

    def __init__(self, answers):
        self.answers, self.deleted = answers, []

    def _at(self, path):
        answer = self.answers[path]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def get(self, path):
        return self._at(path)

    def items(self, path, **query):
        return [item for item in self._at(path) if item.get("metadata", {}).get("uid") not in self.deleted]

    def delete(self, path):
        self.deleted.append(path.rpartition("/")[2])
