"""Connections to the clouds of clouds.yaml, for all modules."""

import contextlib
import fcntl
import functools
import os
import time
from pathlib import Path

import openstack

from openstack_hub.openstack.errors import RequestRefused, classify

API_TIMEOUT = 60  # seconds that one answer may take, where clouds.yaml has no api_timeout


def connect(name, api_timeout=API_TIMEOUT):
    """The openstacksdk connection for entry NAME of clouds.yaml. Raises RequestRefused when it cannot be used."""
    with _refusal(name):
        cloud = openstack.connect(cloud=name, app_name="openstack-hub")
        cloud.session.timeout = cloud.session.timeout or api_timeout
    return cloud


def connect_for_changes(name):
    """The same, for requests that create something. Raises also when Neutron or Nova cannot be reached."""
    cloud = connect(name)
    with _refusal(name):
        for service in (cloud.network, cloud.compute):
            # openstacksdk would send a request again when its answer is lost, and create the object twice.
            service.request = functools.partial(service.request, connect_retries=0)
    return cloud


@contextlib.contextmanager
def _refusal(name):
    """Any error as a RequestRefused that names the entry: what is wrong in a file is reported by many types."""
    try:
        yield
    except Exception as error:
        failure = classify(error, name)
        raise RequestRefused(f"cloud_name is {name}: {failure.message}", failure.message, failure.kind) from None


@contextlib.contextmanager
def exclusive_run(timeout):
    """Wait at most TIMEOUT seconds for other modules on this machine: a killed playbook leaves its module running."""
    folder = os.open(Path.home(), os.O_RDONLY)
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            time.sleep(0.2)
    try:
        yield
    finally:
        os.close(folder)
