"""Attacks from outside, on the Apache and the hub of one machine, and on the same hub behind a weakened Apache."""

import sys
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parents[2] / "e2e"), str(Path(__file__).parent)]

import deployment
import wire
from weakened import weakened


@pytest.fixture(scope="session", autouse=True)
def testbed():
    if lack := deployment.missing():
        pytest.fail(lack)


@pytest.fixture(scope="session")
def apache(testbed):
    """Where the service answers."""
    return wire.Address(deployment.URL)


@pytest.fixture(scope="session")
def weak(testbed):
    """Where the same hub answers behind an Apache without what protects it: the control."""
    with weakened() as url:
        yield wire.Address(url)


@pytest.fixture(scope="session")
def people(testbed):
    """Clients that act as alice and as bob."""
    return {name: deployment.signed_in(name) for name in ("alice", "bob")}


@pytest.fixture(scope="session")
def server_of_alice(people):
    """Alice's server, which she has opened."""
    alice = people["alice"]
    if alice.running():
        alice.stop()
    alice.start("default")
    assert alice.page(alice.server_url("lab")).status_code == 200
    yield alice
    alice.stop()
