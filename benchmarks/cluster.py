"""Adding eight node groups, and an unchanged run: time and calls to Magnum, against a minimal script."""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path += [str(ROOT / "tests/cluster"), str(ROOT / "testbed/openstack")]

from fixtures import retry  # noqa: E402
from openstack_testbed import Testbed, places  # noqa: E402
from operator_site import Site  # noqa: E402

FIRST = {"name": "standard", "flavor": "l3.micro", "min": 1, "max": 4}
MORE = [{"name": f"group-{i}", "flavor": "l3.small", "min": 0, "max": 2} for i in range(8)]
ROUNDS = 3
POLL = 0.25  # seconds between two requests of the script


def calls(testbed, since):
    return len([call for call in testbed.calls(since) if call["service"] == "magnum"])


def add_groups(testbed, name):
    """Add the groups one after the other, waiting for each: (seconds, calls)."""
    magnum = testbed.magnum()
    cluster = magnum.clusters.get(name)
    began = time.time()
    for group in MORE:
        made = magnum.nodegroups.create(
            cluster.uuid,
            name=group["name"],
            flavor_id=group["flavor"],
            node_count=0,
            min_node_count=0,
            max_node_count=group["max"],
        )
        while not retry(magnum.nodegroups.get, cluster.uuid, made.uuid).status.endswith("_COMPLETE"):
            time.sleep(POLL)
    return time.time() - began, calls(testbed, began)


def main():
    testbed, folder = Testbed(places.instance("bench")).start(), Path(tempfile.mkdtemp())
    figures = {"ours": [], "script": [], "unchanged": []}
    try:
        for number in range(ROUNDS):
            ours, bare = (
                Site(folder / f"{which}-{number}", testbed.clouds, cluster_name=f"{which}-{number}",
                     cluster_node_groups=[FIRST])
                for which in ("ours", "script")
            )  # fmt: skip
            for site in (ours, bare):
                assert site.play("cluster").rc == 0
            ours.set(cluster_node_groups=[FIRST, *MORE])
            began = time.time()
            run = ours.play("cluster")
            assert run.rc == 0 and len([action for action in run.actions if "create node group" in action]) == 8, (
                run.actions
            )
            figures["ours"].append((run.seconds, calls(testbed, began)))
            began = time.time()
            run = ours.play("cluster")
            assert run.changed == [], run.changed
            figures["unchanged"].append((run.seconds, calls(testbed, began)))
            figures["script"].append(add_groups(testbed, bare.openstack["cluster_name"]))
    finally:
        testbed.stop(purge=True)
        shutil.rmtree(folder)
    median = {
        what: [statistics.median(column) for column in zip(*pairs, strict=True)] for what, pairs in figures.items()
    }
    ours, unchanged, bare = median["ours"], median["unchanged"], median["script"]
    extra = ours[0] - unchanged[0]
    print(
        f"8 node groups added: {ours[0]:.1f} s and {ours[1]} calls to Magnum; an unchanged run of all nine "
        f"{unchanged[0]:.1f} s and {unchanged[1]} calls; the script {bare[0]:.1f} s and {bare[1]} calls"
    )
    print(
        f"what adding them costs beyond an unchanged run: {extra:.1f} s and {ours[1] - unchanged[1]} calls, ratios "
        f"{extra / bare[0]:.2f} and {(ours[1] - unchanged[1]) / bare[1]:.2f}; whole run {ours[0] / bare[0]:.2f} and "
        f"{ours[1] / bare[1]:.2f} (medians of {ROUNDS})"
    )


if __name__ == "__main__":
    main()
