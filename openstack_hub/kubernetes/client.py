"""A cluster's API as plain data: the official client authenticates by the kubeconfig, answers are parsed JSON."""

import json

from kubernetes.client import Configuration, CoreV1Api
from kubernetes.client.exceptions import ApiException
from kubernetes.config import ConfigException, new_client_from_config
from kubernetes.stream import stream
from urllib3.exceptions import HTTPError
from websocket import WebSocketException

METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"  # lists of metadata alone
TIMEOUT = (5, 20)  # seconds to connect, to answer


class Unreachable(Exception):
    """The API did not answer, which may pass. The text names its address and the reason."""


class Refused(Exception):
    """The API refused the request. status: HTTP status, None where the kubeconfig cannot be used."""

    def __init__(self, message, status=None):
        super().__init__(message)
        self.status = status


class Api:
    """The API of the cluster that KUBECONFIG names. Every request raises Unreachable or Refused."""

    def __init__(self, kubeconfig):
        configuration = Configuration()
        configuration.retries = False  # callers retry, and show meanwhile what is pending
        try:
            self._client = new_client_from_config(kubeconfig, persist_config=False, client_configuration=configuration)
        except ConfigException as error:
            raise Refused(f"{kubeconfig} cannot be used: {error}") from error
        self.server, self.ca_file = configuration.host, configuration.ssl_ca_cert  # None: the machine's authorities

    def get(self, path, **query):
        """One object."""
        return json.loads(self._request("GET", path, query))

    def items(self, path, metadata=False, **query):
        """A list of objects. metadata: their metadata alone."""
        return json.loads(self._request("GET", path, query, accept=METADATA if metadata else None))["items"] or []

    def text(self, path, **query):
        """A text that is not JSON, such as a log."""
        return self._request("GET", path, query).decode(errors="replace")

    def patch(self, path, body, dry_run=False):
        """Merge BODY into an object; returns the result. dry_run: the server checks and changes nothing."""
        query = {"dryRun": "All"} if dry_run else {}
        return json.loads(self._request("PATCH", path, query, body=body, content="application/merge-patch+json"))

    def replace(self, path, body, dry_run=False):
        """Replace an object by BODY; returns the result. dry_run: the server checks and changes nothing."""
        query = {"dryRun": "All"} if dry_run else {}
        return json.loads(self._request("PUT", path, query, body=body, content="application/json"))

    def create(self, path, body):
        """Create an object in the collection at PATH."""
        return json.loads(self._request("POST", path, {}, body=body, content="application/json"))

    def delete(self, path):
        """Delete an object; finalizers may hold it for a while."""
        self._request("DELETE", path, {})

    def execute(self, namespace, pod, container, command, *, text, timeout=300):
        """(exit status, output, errors) of COMMAND in a container, with the line TEXT as its standard input."""
        try:
            process = stream(
                CoreV1Api(self._client).connect_get_namespaced_pod_exec,
                pod,
                namespace,
                container=container,
                command=command,
                stdin=True,
                stdout=True,
                stderr=True,
                tty=False,
                _preload_content=False,
            )
            process.write_stdin(f"{text}\n")
            process.run_forever(timeout=timeout)
            if process.is_open():
                process.close()
                raise Unreachable(f"{self.server}: {command[0]} in pod {pod} did not end within {timeout} seconds")
            return process.returncode, process.read_stdout(timeout=0), process.read_stderr(timeout=0)
        except ApiException as error:
            raise Refused(f"{pod}: {error_message(error)}", error.status) from error
        except (HTTPError, OSError, WebSocketException) as error:
            raise Unreachable(f"{self.server}: {error}") from error

    def _request(self, method, path, query, *, body=None, content=None, accept=None):
        headers = {"Accept": accept or "application/json"} | ({"Content-Type": content} if content else {})
        try:
            return self._client.call_api(
                path,
                method,
                query_params=list(query.items()),
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
                _preload_content=False,
                _return_http_data_only=True,
                _request_timeout=TIMEOUT,
            ).data
        except ApiException as error:
            if error.status in (None, 0, 429) or error.status >= 500:
                raise Unreachable(f"{self.server}: {error_message(error)}") from error
            raise Refused(error_message(error), error.status) from error
        except (HTTPError, OSError) as error:
            raise Unreachable(f"{self.server}: {error}") from error


def error_message(error):
    """The API's message in an error."""
    try:
        return json.loads(error.body)["message"]
    except (TypeError, ValueError, LookupError):
        return f"HTTP status {error.status} {error.reason}"
