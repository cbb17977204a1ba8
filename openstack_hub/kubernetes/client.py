"""A cluster's API as plain data: the official client signs in by the kubeconfig, what comes back is JSON."""

import json

from kubernetes.client import Configuration
from kubernetes.client.exceptions import ApiException
from kubernetes.config import ConfigException, new_client_from_config
from urllib3.exceptions import HTTPError

METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"  # lists without what is in the objects
TIMEOUT = (5, 20)  # seconds to connect, to answer


class Unreachable(Exception):
    """The API gave no answer, which may pass. Its text says where it was asked and why there was none."""


class Refused(Exception):
    """The API answered, but not with what was asked for. status: of HTTP, None where the kubeconfig is at fault."""

    def __init__(self, message, status=None):
        super().__init__(message)
        self.status = status


class Api:
    """The API of the cluster that KUBECONFIG names. Every request raises Unreachable or Refused."""

    def __init__(self, kubeconfig):
        configuration = Configuration()
        configuration.retries = False  # whoever asks again shows meanwhile what is awaited
        try:
            self._client = new_client_from_config(kubeconfig, persist_config=False, client_configuration=configuration)
        except ConfigException as error:
            raise Refused(f"{kubeconfig} cannot be used: {error}") from error
        self.server, self.ca_file = configuration.host, configuration.ssl_ca_cert  # no file: those the machine trusts

    def get(self, path, **query):
        """One object."""
        return json.loads(self._request("GET", path, query))

    def items(self, path, metadata=False, **query):
        """A list of objects. metadata: their metadata alone."""
        return json.loads(self._request("GET", path, query, accept=METADATA if metadata else None))["items"] or []

    def text(self, path, **query):
        """What is no JSON, such as a log."""
        return self._request("GET", path, query).decode(errors="replace")

    def patch(self, path, body, dry_run=False):
        """Merge BODY into an object, and return it as it is then. dry_run: the server checks and changes nothing."""
        query = {"dryRun": "All"} if dry_run else {}
        return json.loads(self._request("PATCH", path, query, body=body, content="application/merge-patch+json"))

    def replace(self, path, body, dry_run=False):
        """Replace an object by BODY, and return it as it is then. dry_run: the server checks and changes nothing."""
        query = {"dryRun": "All"} if dry_run else {}
        return json.loads(self._request("PUT", path, query, body=body, content="application/json"))

    def create(self, path, body):
        """Create an object in the collection at PATH."""
        return json.loads(self._request("POST", path, {}, body=body, content="application/json"))

    def delete(self, path):
        """Delete an object; finalizers may hold it for a while."""
        self._request("DELETE", path, {})

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
