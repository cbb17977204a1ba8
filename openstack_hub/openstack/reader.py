"""Read-only access to a cloud: GET requests that are retried for a bounded time in all."""

import re
import time

from openstack_hub.openstack.connection import connect
from openstack_hub.openstack.errors import HttpError, classify, retry

API_TIMEOUT = 20  # seconds that one answer may take, where clouds.yaml has no api_timeout


class CloudReader:
    """Entry NAME of clouds.yaml; requests that fail are retried for SECONDS in all. `requests`: how many were sent.

    Raises OpenStackError when there is no such entry, when Keystone refuses it, or when there is no answer.
    """

    def __init__(self, name, seconds):
        self.name, self.deadline, self.requests = name, time.monotonic() + seconds, 0
        self.connection = connect(name, API_TIMEOUT)
        session = self.connection.session
        self.access = self._retry(lambda: session.auth.get_access(session))

    def has(self, service):
        """Whether the catalog names an endpoint of SERVICE in the entry's region."""
        return self.connection.endpoint_for(service.replace("_", "-")) is not None

    def regions(self):
        """(region of the entry or None, regions that the catalog names)."""
        endpoints = (endpoint for service in self.access.service_catalog.catalog for endpoint in service["endpoints"])
        return self.connection.config.get_region_name() or None, sorted({endpoint["region"] for endpoint in endpoints})

    def get(self, service, path, **query):
        """The body of the answer to GET PATH of SERVICE (openstacksdk's name); None for 403 and 404."""
        return self.get_with_headers(service, path, **query)[0]

    def get_with_headers(self, service, path, version=None, **query):
        """(body, headers) of the answer. version: for the header OpenStack-API-Version."""
        headers = {"OpenStack-API-Version": version} if version else {}

        def request():
            answer = getattr(self.connection, service).get(path, params=query, headers=headers, raise_exc=False)
            if answer.status_code in (403, 404):
                return None, answer.headers
            if not answer.ok:
                raise HttpError(answer_message(answer), answer.status_code)
            return answer.json(), answer.headers

        return self._retry(request)

    def list(self, service, path, key, **query):
        """All items of a list, page by page."""
        items = []
        while body := self.get(service, path, **query):
            items += body[key]
            if not (body.get("next") or any(link.get("rel") == "next" for link in body.get(f"{key}_links", ()))):
                break
            query["marker"] = items[-1].get("id") or items[-1]["uuid"]
        return items

    def _retry(self, request):
        def counted():
            self.requests += 1
            return request()

        return retry(counted, self.deadline, error_of=lambda error: classify(error, self.name))


def answer_message(answer):
    """The service's message in an answer that is an error."""
    try:
        body = answer.json()
    except ValueError:
        return f"HTTP {answer.status_code} {answer.reason}"
    text = re.search(r"'(?:message|detail)': (['\"])(.*?)\1", str(body))
    return f"HTTP {answer.status_code}: {text[2] if text else answer.reason}"
