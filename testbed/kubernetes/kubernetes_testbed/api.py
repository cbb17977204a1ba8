"""A client of a cluster's API, as its administrator."""

import json
import time

import requests

from kubernetes_testbed.podman import Failed

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"


class Refused(Failed):
    """The API answered with an error; `status` is the HTTP status, `reason` the API's reason (AlreadyExists)."""

    def __init__(self, message, status, reason=None):
        super().__init__(message)
        self.status = status
        self.reason = reason


class Api:
    """Requests to https://ADDRESS:6443 with the certificates in the folder PKI (ca.crt, admin.crt, admin.key)."""

    def __init__(self, address, pki):
        self._url = f"https://{address}:6443"
        self._session = requests.Session()
        # No proxies or certificates of the environment.
        self._session.trust_env = False
        self._session.verify = str(pki / "ca.crt")
        self._session.cert = (str(pki / "admin.crt"), str(pki / "admin.key"))

    def __call__(self, method, path, body=None, kind="application/json"):
        """
        The answer as data (a dict; text where it is no JSON), None for 404.

        Raises Refused for any other error, and OSError when nothing answers.
        """
        data = None if body is None else json.dumps(body)
        answer = self._session.request(method, self._url + path, data=data, headers={"Content-Type": kind}, timeout=10)
        json_answer = "json" in answer.headers.get("Content-Type", "")
        found = answer.json() if json_answer else answer.text
        if answer.status_code == 404:
            return None
        if answer.status_code >= 400:
            status = found if json_answer else {"message": found}
            message = f"{method} {path}: {status.get('message', '')[:400]}"
            raise Refused(message, answer.status_code, status.get("reason"))
        return found

    def ready(self):
        """Whether the API server answers and says that it is ready."""
        try:
            return self("GET", "/readyz") == "ok"
        except (OSError, Failed):  # requests' errors are OSErrors
            return False


def wait_for(condition, what, seconds=90):
    """Wait until CONDITION returns a true value, and return it; else raise Failed with WHAT (text, or a function)."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise Failed(f"{what() if callable(what) else what} within {seconds} seconds")
        time.sleep(0.1)
    return found


def is_ready(node):
    """Whether a node (as the API gives it) is Ready."""
    return any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"].get("conditions", []))
