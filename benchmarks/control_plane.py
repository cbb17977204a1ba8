"""How long the OpenStack testbed takes to start, resume and reset, and its memory, against the minimum.

The minimum to start with an empty cache: to install the same packages and import each service's API once. To resume,
and for memory: these imports. For a reset: the imports of the two services that it restarts.
"""

import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path

from pairs import compare

sys.path.insert(0, str(Path(__file__).parents[1] / "testbed/openstack"))

from openstack_testbed import Testbed, install, processes

IMPORTS = {
    "keystone": "keystone.server.flask.application",
    "placement": "placement.deploy",
    "nova": "nova.api.openstack.compute.routes, nova.compute.manager",
    "neutron": "neutron.plugins.ml2.plugin, neutron.api.v2.router",
    "magnum": "magnum.api.app, magnum.conductor.handlers.cluster_conductor",
    "glance": "glance.api.v2.router",
}
# By a reset
RESTARTED = ("keystone", "magnum")


def seconds(step):
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def imported(services, measure=lambda folder: None):
    """Import the packages of these services in parallel; MEASURE gets the folder when all are imported."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "var").mkdir()
        code = "import gc; gc.disable(); import {}; print('imported', flush=True); import time; time.sleep(600)"
        logs = {service: folder / service for service in services}
        for service, log in logs.items():
            command = [install.folder() / "bin/python", "-W", "ignore", "-c", code.format(IMPORTS[service])]
            processes.launch(command, log, {"PATH": os.environ["PATH"]}, folder, service)
        while not all("imported" in log.read_text() for log in logs.values()):
            if len(processes.pids(folder)) < len(services):
                raise RuntimeError("\n".join(log.read_text() for log in logs.values()))
            time.sleep(0.02)
        result = measure(folder)
        processes.kill(folder, grace=0)
        return result


@contextlib.contextmanager
def empty_cache():
    """A folder, with nothing of ours or of uv in the cache."""
    before = os.environ.get("XDG_CACHE_HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        try:
            yield Path(folder)
        finally:
            os.environ.pop("XDG_CACHE_HOME")
            if before is not None:
                os.environ["XDG_CACHE_HOME"] = before


def from_nothing():
    with empty_cache() as folder:
        testbed = Testbed(folder / "testbed")
        try:
            return seconds(testbed.start)
        finally:
            testbed.stop()


def installed_and_imported():
    with empty_cache():
        return seconds(install.make) + seconds(lambda: imported(IMPORTS))


def main():
    compare("start from nothing", from_nothing, installed_and_imported, rounds=1)
    with tempfile.TemporaryDirectory() as folder:
        first, second = Testbed(f"{folder}/first"), Testbed(f"{folder}/second")
        try:
            first.start()

            def resumed():
                first.stop()
                return seconds(first.start)

            def new():
                second.stop(purge=True)
                return seconds(second.start)

            def reset():
                return seconds(first.reset)

            def all_imported():
                return seconds(lambda: imported(IMPORTS))

            def mib():
                return processes.memory(first.folder) / 2**20

            def mib_imported():
                return imported(IMPORTS, processes.memory) / 2**20

            compare("resume", resumed, all_imported, rounds=3)
            compare("a second one, from the cache", new, all_imported, rounds=3)
            second.stop()
            compare("reset", reset, lambda: seconds(lambda: imported(RESTARTED)), rounds=3)
            compare("memory", mib, mib_imported, rounds=1, unit="MiB")
        finally:
            first.stop()
            second.stop()


if __name__ == "__main__":
    main()
