"""Fixtures: an OpenStack testbed for all tests of a session, and sites on it."""

import itertools
import subprocess
import sys
import time
from pathlib import Path

import pytest
from operator_site import Site

sys.path.insert(0, str(Path(__file__).parents[2] / "testbed/kubernetes"))
sys.path.insert(0, str(Path(__file__).parents[2] / "testbed/openstack"))

from openstack_testbed import Failed, Testbed

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def testbed(tmp_path_factory):
    """A new control plane for this session; pytest keeps its logs with the session's folder."""
    testbed = Testbed(tmp_path_factory.mktemp("openstack"))
    try:
        testbed.start()
    except (Failed, OSError, subprocess.CalledProcessError) as error:
        pytest.fail(f"the OpenStack testbed does not start: {error}")
    list(testbed.connect().network.networks())  # if the first two requests are concurrent, Neutron may find nothing
    yield testbed
    testbed.stop()


@pytest.fixture(scope="module")
def fresh(testbed):
    """The same, reset to its seeded state for the tests of a module."""
    return testbed.reset()


@pytest.fixture(scope="session")
def make_site(testbed, tmp_path_factory):
    """Create sites whose cluster has a unique name, or NAME."""

    def make(name=None):
        folder = tmp_path_factory.mktemp("site") / "site"
        made.append(Site(folder, testbed.clouds, cluster_name=name or f"cluster-{next(NUMBERS)}"))
        return made[-1]

    made = []
    yield make
    for site in made:
        site.end()


@pytest.fixture
def site(testbed, make_site):
    """A site for one test; afterwards faults are cleared and the cluster is deleted."""
    site = make_site()
    yield site
    site.end()
    testbed.faults.clear()
    delete(testbed, site.openstack["cluster_name"])


def delete(testbed, name):
    """Have Magnum delete all clusters of this name."""
    magnum = testbed.magnum()
    for cluster in clusters(testbed, name):
        magnum.clusters.delete(cluster.uuid)


def create_by_hand(testbed, name):
    """Create a cluster by hand, and wait until it is complete."""
    magnum = testbed.magnum()
    template = magnum.cluster_templates.create(
        name=f"by-hand-{next(NUMBERS)}",
        coe="kubernetes",
        image_id="ubuntu-kube-v1.31.1",
        external_network_id="External",
        network_driver="calico",
        labels={"kube_tag": "v1.31.1"},
    )
    made = magnum.clusters.create(
        name=name,
        cluster_template_id=template.uuid,
        master_flavor_id="m1.medium",
        flavor_id="l3.micro",
        node_count=1,
    )
    return wait_for(lambda: completed(testbed, name, made.uuid))


def completed(testbed, name, uuid):
    """The cluster, if its creation is complete."""
    made = {cluster.uuid: cluster for cluster in clusters(testbed, name) if cluster.status == "CREATE_COMPLETE"}
    return made.get(uuid)


def clusters(testbed, name):
    """The project's clusters of this name. While Magnum creates or deletes one, it may answer 400, which is retried."""
    return [each for each in retry(testbed.magnum().clusters.list, detail=True) if each.name == name]


def retry(function, *arguments, **options):
    """Call FUNCTION until it raises no error, for half a minute."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return function(*arguments, **options)
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def wait_for(condition, seconds=60):
    """Wait until CONDITION returns a true value, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
    return found
