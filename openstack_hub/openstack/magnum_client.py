"""Magnum by python-magnumclient: the microversion that it speaks, and its errors as those of `errors`."""

import re

from magnumclient import exceptions as magnum_errors
from magnumclient.v1.client import Client

from openstack_hub.openstack.connection import connect
from openstack_hub.openstack.errors import (
    FAULTS,
    AmbiguousName,
    RequestRefused,
    RetryableError,
    classify,
    error_message,
)
from openstack_hub.openstack.magnum_api import NEWEST_USED, NODE_GROUPS, is_same

SERVICE = "container-infrastructure-management"
FINDERS = {  # part of a field's name -> openstacksdk's service and function
    "flavor": ("compute", "find_flavor"),
    "image": ("image", "find_image"),
    "network_id": ("network", "find_network"),
    "fixed_network": ("network", "find_network"),
}


class Magnum:
    """Magnum of entry CLOUD in clouds.yaml.

    `version`: the microversion in use, NEWEST_USED at most; that Magnum is older is known after the first call. Raises
    RequestRefused when there is no such entry or Magnum has no node groups.
    """

    def __init__(self, cloud):
        self.cloud, self.connection = cloud, connect(cloud)
        self.version, self.client = NEWEST_USED, None

    def project_id(self):
        """ID of the project that the credentials are for."""
        try:
            return self.connection.session.get_project_id()
        except FAULTS as error:
            raise classify(error, self.cloud) from error

    def is_equivalent(self, field, existing, desired):
        """Whether two values of FIELD mean the same: Magnum keeps a name or an ID, whichever it was given."""
        if is_same(existing, desired) or not (existing and desired):
            return is_same(existing, desired)
        service, finder = next((FINDERS[part] for part in FINDERS if part in field), (None, None))
        if service is None:
            return False
        try:
            find = getattr(getattr(self.connection, service), finder)
            ids = [getattr(find(value), "id", value) for value in (existing, desired)]
        except FAULTS as error:
            raise classify(error, self.cloud) from error
        return ids[0] == ids[1]

    def call(self, function, *args, **kwargs):
        """FUNCTION is named as in python-magnumclient: "clusters.get".

        Raises RetryableError, ResourceNotFound, RequestRefused, and AmbiguousName for a name that several have.
        """
        try:
            return self._call(function, args, kwargs)
        except magnum_errors.HttpError as error:
            if error.http_status == 409 and function.endswith(".get"):
                raise AmbiguousName(error_message(error)) from error
            raise classify(error, self.cloud, "Magnum", function.endswith((".get", ".list"))) from error
        except TypeError as error:  # python-magnumclient 5.0.0 cannot handle a 5xx with Retry-After
            if "retry_after" not in str(error):
                raise
            raise RetryableError("Magnum answers that it is not available for the moment") from error
        except RuntimeError as error:  # python-magnumclient hides in it what went wrong
            raise classify(error.__context__ or error, self.cloud) from error
        except FAULTS as error:
            raise classify(error, self.cloud) from error

    def _call(self, function, args, kwargs):
        try:
            return self._function(function)(*args, **kwargs)
        except magnum_errors.NotAcceptable as error:
            newest = re.search(r"(\d+)\.(\d+)$", error.response.headers.get("OpenStack-API-Maximum-Version", ""))
            version = tuple(int(part) for part in newest.groups()) if newest else (0, 0)
            if version < NODE_GROUPS:
                raise RequestRefused(
                    f"Magnum of cloud {self.cloud} supports version {dotted(version)}; node groups need "
                    f"{dotted(NODE_GROUPS)}"
                ) from error
            if version >= self.version:
                raise
            self.version, self.client = version, None
            return self._function(function)(*args, **kwargs)

    def _function(self, name):
        if self.client is None:
            config = self.connection.config
            self.client = Client(
                session=self.connection.session,
                interface=config.get_interface(SERVICE),
                region_name=config.get_region_name(SERVICE),
                endpoint_override=config.get_endpoint(SERVICE),
                api_version=dotted(self.version),
            )
        manager, function = name.split(".")
        return getattr(getattr(self.client, manager), function)


def dotted(version):
    return ".".join(map(str, version))


def to_dict(resource):
    """RESOURCE as the API returned it."""
    return resource.to_dict()
