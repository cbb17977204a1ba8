"""openstacksdk for modules: one connection, the services' own words, what may be tried again."""

import re
import traceback

try:
    import openstack
    from keystoneauth1 import exceptions as session_errors
    from openstack import exceptions as errors

    MISSING = None
    FAULTS = (errors.SDKException, session_errors.ClientException)
except ImportError:
    MISSING, FAULTS = traceback.format_exc(), ()


def connect(module):
    """A connection to the module's cloud; ends the module with a sentence when there is none."""
    if MISSING:
        module.fail_json(msg="openstacksdk is missing: install requirements.txt", exception=MISSING)
    name = module.params["cloud"]
    try:
        cloud = openstack.connect(cloud=name, app_name="openstack-hub")
        cloud.authorize()
    except FAULTS as error:
        module.fail_json(msg=f"cloud_name is {name}: {words(error)}")
    return cloud


def words(error):
    """The service's own words, without the request's number, which changes each time."""
    text = getattr(error, "details", None) or getattr(error, "message", None) or str(error) or type(error).__name__
    return re.sub(r"\s*\(Request-ID: [^)]*\)", "", str(text)).strip()


def transient(error):
    """Whether the cloud may answer otherwise in a moment: 429, 5xx, no connection."""
    status = getattr(error, "status_code", None) or getattr(error, "http_status", None)
    return status == 429 or status >= 500 if status else isinstance(error, session_errors.ConnectFailure)


def gone(error):
    return isinstance(error, (errors.NotFoundException, session_errors.NotFound))


def refused(error):
    """Whether asking again is of no use: not allowed."""
    return isinstance(error, (errors.ForbiddenException, session_errors.Forbidden, session_errors.Unauthorized))
