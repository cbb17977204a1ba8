"""A cloud of clouds.yaml for reading: one session, questions asked again for a bounded time, the service's words."""

import re
import time
import traceback

import yaml

try:
    import openstack
    from keystoneauth1 import exceptions as auth_errors

    MISSING = None
except ImportError:
    MISSING = traceback.format_exc()

PAUSE = 1.0  # seconds between two tries
ANSWER = 20  # seconds that one answer may take
# Answers of Magnum about a cluster that is just being made or removed: it has no node groups yet, or no longer.
RACE = re.compile(r"Invalid input for field/attribute|default_ng|has no attribute", re.IGNORECASE)


class HttpError(Exception):
    """An answer that is no success, in its own words."""

    def __init__(self, words, status_code):
        super().__init__(words)
        self.status_code = status_code


class Unanswered(Exception):
    """A service gave no answer, or none that helps; its words, and of what KIND it is.

    unanswered: another time it may answer; refused: it says no; entry: what clouds.yaml says cannot be used.
    """

    def __init__(self, error):
        super().__init__(words(error))
        status = _status(error)
        self.kind = "refused" if status in range(400, 500) else "unanswered" if passing(error, True) else "entry"


class Cloud:
    """One entry of clouds.yaml, by NAME; questions that find no answer are asked again for SECONDS in all.

    Raises Unanswered when there is no such entry, when Keystone refuses it, or does not answer.
    """

    def __init__(self, name, seconds):
        self.end, self.calls = time.monotonic() + seconds, 0
        try:
            self.connection = openstack.connect(cloud=name, api_timeout=ANSWER, app_name="openstack-hub")
        except Exception as error:  # what is wrong in a file is told in many ways
            raise Unanswered(error) from None
        session = self.connection.session
        self.access = self._patiently(lambda: session.auth.get_access(session))

    def has(self, service):
        """Whether the catalogue names an address of SERVICE, in the entry's region."""
        return self.connection.endpoint_for(service.replace("_", "-")) is not None

    def regions(self):
        """(region of the entry or None, regions that the catalogue names)."""
        endpoints = (endpoint for service in self.access.service_catalog.catalog for endpoint in service["endpoints"])
        return self.connection.config.get_region_name() or None, sorted({endpoint["region"] for endpoint in endpoints})

    def ask(self, service, path, **query):
        """The body of the answer to GET PATH of SERVICE (openstacksdk's name); None when not there or not allowed."""
        return self.answer(service, path, **query)[0]

    def answer(self, service, path, version=None, **query):
        """(body, headers) of the answer; VERSION is what the header OpenStack-API-Version says."""
        headers = {"OpenStack-API-Version": version} if version else {}

        def once():
            found = getattr(self.connection, service).get(path, params=query, headers=headers, raise_exc=False)
            if found.status_code in (403, 404):
                return None, found.headers
            if not found.ok:
                raise HttpError(told(found), found.status_code)
            return found.json(), found.headers

        return self._patiently(once)

    def listed(self, service, path, key, **query):
        """All items of a list, page by page."""
        items = []
        while body := self.ask(service, path, **query):
            items += body[key]
            if not (body.get("next") or any(link.get("rel") == "next" for link in body.get(f"{key}_links", ()))):
                break
            query["marker"] = items[-1].get("id") or items[-1]["uuid"]
        return items

    def _patiently(self, question):
        """What QUESTION returns, asked again while the cloud may yet find an answer."""
        while True:
            self.calls += 1
            try:
                return question()
            except Exception as error:  # openstacksdk and keystoneauth tell one thing in many ways
                if not passing(error) or time.monotonic() + PAUSE > self.end:
                    raise Unanswered(error) from None
            time.sleep(PAUSE)


def entries():
    """(names of the entries of clouds.yaml, its path or None where none can be read)."""
    config = openstack.config.OpenStackConfig()
    return sorted({*config.get_cloud_names()} - {"defaults"}), config.config_filename


def _status(error):
    """The HTTP status that ERROR tells of, or None."""
    found = getattr(error, "http_status", None) or getattr(error, "status_code", None)
    return found if isinstance(found, int) else None


def passing(error, by_hand=False):
    """Whether the cloud may answer otherwise in a moment; BY_HAND: or once somebody mends the way to it."""
    status = _status(error)
    if status:
        return status >= 500 or status == 429 or (status == 400 and RACE.search(str(error)) is not None)
    lost = isinstance(error, auth_errors.ConnectionError | auth_errors.DiscoveryFailure | OSError)
    hopeless = r"HTTP 4\d\d" if by_hand else r"HTTP 4\d\d|not known|certificate"
    return lost and not re.search(hopeless, str(error))


def told(answer):
    """The service's own words in an answer that is an error."""
    try:
        body = answer.json()
    except ValueError:
        return f"HTTP {answer.status_code} {answer.reason}"
    text = re.search(r"'(?:message|detail)': (['\"])(.*?)\1", str(body))
    return f"HTTP {answer.status_code}: {text[2] if text else answer.reason}"


def words(error):
    """The reason in one line: without the request's number, and without the layers that handed it on."""
    if isinstance(error, yaml.MarkedYAMLError):  # the lines around it hold passwords
        return f"clouds.yaml, line {error.problem_mark.line + 1}: {error.problem}"
    text = re.sub(r"\s*\((Request-ID: [^)]*|HTTP \d+)\)", "", str(getattr(error, "message", None) or error))
    where = re.search(r"(https?://[^\s:/]+(:\d+)?)", text)
    why = re.search(r"\[Errno -?\d+\] ([^'\")\]]+)|(certificate verify failed[^'\"()]*)|(timed out)", text)
    if why:
        return f"{where[1] if where else 'its address'}: {next(filter(None, why.groups())).strip()}"
    return text.strip().splitlines()[0] if text.strip() else type(error).__name__
