"""Magnum by python-magnumclient: one session, the microversion it speaks, its answers as three kinds of errors."""

import re
import traceback

from openstack_hub.openstack.magnum_states import same

try:
    from keystoneauth1 import exceptions as session_errors
    from magnumclient import exceptions as errors
    from magnumclient.v1.client import Client
    from openstack import config
    from openstack import exceptions as sdk_errors
    from openstack.connection import Connection

    MISSING = None
    # No connection, or none that helps.
    PASSING = (session_errors.ConnectionError, session_errors.DiscoveryFailure, session_errors.InvalidResponse)
except ImportError:
    MISSING = traceback.format_exc()

ANSWER = 60  # seconds that one answer may take, where clouds.yaml has no api_timeout
WANTED = (1, 14)  # labels and taints of node groups
NEEDED = (1, 9)  # node groups
ARGUMENTS = {
    "cloud": {"type": "str", "required": True},
    "wait": {"type": "int", "default": 15},
    "sofar": {"type": "dict", "default": {}},
}
FINDERS = {  # part of a field's name -> openstacksdk's service and function
    "flavor": ("compute", "find_flavor"),
    "image": ("image", "find_image"),
    "network_id": ("network", "find_network"),
    "fixed_network": ("network", "find_network"),
}
# Answers to a GET while a cluster is being made or removed: its node groups are not there yet, or no longer.
# The same answers show when all clusters of the project are listed.
RACE = re.compile(r"Invalid input for field/attribute|default_ng|could not be found|has no attribute", re.IGNORECASE)


class Transient(Exception):
    """The cloud may answer otherwise in a moment: 5xx, a closed connection, an object that is half made."""


class NotThere(Exception):
    """404."""


class Refused(Exception):
    """4xx, with the service's own words."""


class Ambiguous(Refused):
    """409 to a name that several have."""


class Magnum:
    """Magnum of one cloud in clouds.yaml.

    cloud: name of the entry. `version`: the microversion in use, (1, 14) at most; that Magnum is older is known after
    the first call. Raises Refused when there is no such entry or Magnum is older than 1.9.
    """

    def __init__(self, cloud):
        try:
            self.region = config.OpenStackConfig(app_name="openstack-hub").get_one(cloud=cloud)
            self.session = self.region.get_session()
        except (sdk_errors.ConfigException, session_errors.ClientException) as error:
            raise Refused(f"cloud_name: {error}") from error
        self.session.timeout = self.session.timeout or ANSWER
        self.version, self.client = WANTED, None

    def project(self):
        """Id of the project that the credentials are for."""
        try:
            return self.session.get_project_id()
        except session_errors.ClientException as error:
            raise judged(error, self.region.name) from error

    def alike(self, field, have, want):
        """Whether two values of FIELD mean the same thing: Magnum keeps a name or an id, whichever it was given."""
        if same(have, want) or not (have and want):
            return same(have, want)
        kind = next((kind for kind in FINDERS if kind in field), None)
        if kind is None:
            return False
        service, find = FINDERS[kind]
        try:
            cloud = getattr(Connection(config=self.region, session=self.session), service)
            ids = [getattr(getattr(cloud, find)(value), "id", value) for value in (have, want)]
        except (sdk_errors.SDKException, session_errors.ClientException) as error:
            raise judged(error, self.region.name) from error
        return ids[0] == ids[1]

    def call(self, function, *args, **kwargs):
        """FUNCTION is named as in python-magnumclient: "clusters.get". Raises Transient, NotThere, Refused."""
        try:
            return self._call(function, args, kwargs)
        except errors.NotFound as error:
            raise NotThere(words(error)) from error
        except errors.HttpError as error:
            if error.http_status >= 500 or error.http_status == 429:
                raise Transient(f"Magnum answers {error.http_status}: {words(error)}") from error
            if error.http_status == 400 and function.endswith((".get", ".list")) and RACE.search(words(error)):
                raise Transient(f"Magnum is at work on this: {words(error)}") from error
            if error.http_status == 409 and function.endswith(".get"):
                raise Ambiguous(words(error)) from error
            raise Refused(words(error)) from error
        except TypeError as error:  # python-magnumclient 5.0.0 cannot tell a 5xx that says Retry-After
            if "retry_after" not in str(error):
                raise
            raise Transient("Magnum answers that it is not available for the moment") from error
        except (session_errors.ClientException, RuntimeError) as error:
            raise judged(error, self.region.name) from error

    def _call(self, function, args, kwargs):
        try:
            return self._function(function)(*args, **kwargs)
        except errors.NotAcceptable as error:
            newest = re.search(r"(\d+)\.(\d+)$", error.response.headers.get("OpenStack-API-Maximum-Version", ""))
            spoken = tuple(int(part) for part in newest.groups()) if newest else (0, 0)
            if spoken < NEEDED:
                raise Refused(
                    f"Magnum of cloud {self.region.name} speaks version {spoken[0]}.{spoken[1]}; node groups need 1.9"
                ) from error
            if spoken >= self.version:
                raise
            self.version, self.client = spoken, None
            return self._function(function)(*args, **kwargs)

    def _function(self, name):
        if self.client is None:
            self.client = Client(
                session=self.session,
                interface=self.region.get_interface("container-infrastructure-management"),
                region_name=self.region.get_region_name("container-infrastructure-management"),
                endpoint_override=self.region.get_endpoint("container-infrastructure-management"),
                api_version=".".join(map(str, self.version)),
            )
        manager, function = name.split(".")
        return getattr(getattr(self.client, manager), function)


def judged(error, cloud):
    """Transient or Refused, for what came up before the service itself could answer."""
    if isinstance(error, RuntimeError):  # so python-magnumclient hides what went wrong
        error = error.__context__ or error
    said, status = words(error), getattr(error, "http_status", None) or getattr(error, "status_code", None)
    if untrusted := re.search(r"certificate verify failed[^('\"]*", str(error)):
        return Refused(f"cloud {cloud}: {untrusted[0].strip()}: name the right cacert in clouds.yaml")
    passing = isinstance(error, PASSING) and not re.search(r"HTTP 4\d\d", said)
    if passing or (status and (status >= 500 or status == 429)):
        return Transient(f"no answer from cloud {cloud}: {said}")
    if status in (401, 403):
        return Refused(f"cloud {cloud} refuses the credentials in clouds.yaml: {said}")
    return Refused(f"cloud {cloud}: {said}")


def words(error):
    """The service's own words, without the request's number, which changes each time, and a library's inner life."""
    text = str(getattr(error, "message", None) or error) or type(error).__name__
    return re.sub(r"\s*\(Request-ID: [^)]*\)|: HTTPS?ConnectionPool.*", "", text, flags=re.DOTALL).strip()


def connect(module):
    """Magnum for the module's cloud; ends the module with a sentence when that cannot be."""
    if MISSING:
        module.fail_json(
            msg="openstacksdk and python-magnumclient are missing: install requirements.txt", exception=MISSING
        )
    try:
        return Magnum(module.params["cloud"])
    except Refused as error:
        module.fail_json(msg=str(error))


def info(resource):
    """What the API said about RESOURCE, as a dict."""
    return resource.to_dict()
