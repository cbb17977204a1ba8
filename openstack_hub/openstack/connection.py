"""openstacksdk for modules: one connection, the services' own words, what may be tried again."""

import contextlib
import fcntl
import functools
import os
import re
import time
import traceback
from pathlib import Path

try:
    import openstack
    from keystoneauth1 import exceptions as session_errors
    from openstack import exceptions as errors

    MISSING = None
    FAULTS = (errors.SDKException, session_errors.ClientException)
except ImportError:
    MISSING, FAULTS = traceback.format_exc(), ()

ANSWER = 60  # seconds that one answer may take


def connect(module):
    """A connection to the module's cloud; ends the module with a sentence when there is none."""
    if MISSING:
        module.fail_json(msg="openstacksdk is missing: install requirements.txt", exception=MISSING)
    name = module.params["cloud"]
    try:
        cloud = openstack.connect(cloud=name, api_timeout=ANSWER, app_name="openstack-hub")
        for service in (cloud.network, cloud.compute):
            # Else the SDK sends it again when the answer is lost, and what it asks for is made twice.
            service.request = functools.partial(service.request, connect_retries=0)
    except FAULTS as error:
        module.fail_json(msg=f"cloud_name is {name}: {words(error)}")
    return cloud


@contextlib.contextmanager
def alone(seconds):
    """One module at a time on this machine, for SECONDS: a killed playbook leaves its module at work."""
    folder = os.open(Path.home(), os.O_RDONLY)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            time.sleep(0.2)
    yield
    os.close(folder)


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
