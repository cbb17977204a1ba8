"""Names of images, amounts, and what is known of the chart's versions."""

import pytest

from openstack_hub.chart import versions
from openstack_hub.chart.images import mirrored, registry, split
from openstack_hub.chart.quantities import cpu, memory
from openstack_hub.model import derived

MIRRORS = {"docker.io": "m.lab.test/docker", "localhost": "m.lab.test"}


@pytest.mark.parametrize(
    ("image", "where", "comes"),
    [
        ("scipy:1", ("docker.io", "library/scipy:1"), "m.lab.test/docker/library/scipy:1"),
        ("lab/scipy:1", ("docker.io", "lab/scipy:1"), "m.lab.test/docker/lab/scipy:1"),
        ("localhost/scipy:1", ("localhost", "scipy:1"), "m.lab.test/scipy:1"),
        ("r:5000/scipy:1", ("r:5000", "scipy:1"), "r:5000/scipy:1"),
        ("quay.io/a/b@sha256:0", ("quay.io", "a/b@sha256:0"), "quay.io/a/b@sha256:0"),
    ],
)
def test_where_an_image_comes_from(image, where, comes):
    assert registry(image) == where
    assert mirrored(image, MIRRORS) == comes
    assert "{name}:{tag}".format(**split(comes)) == comes


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0"), (1 << 30, "1Gi"), (3 << 29, "1536Mi"), (1536, "1536"), (2048, "2Ki"), ((1 << 30) + 1, "1073741825")],
)
def test_memory(size, text):
    assert memory(size) == text


@pytest.mark.parametrize(("count", "text"), [(0, "1m"), (0.01, "10m"), (0.25, "250m"), (1.0, "1"), (2.5, "2500m")])
def test_cpu(count, text):
    assert cpu(count) == text


@pytest.mark.parametrize(
    ("chart", "hub"), [("4.4.0", "5.5.0"), ("4.3.9", "5.4.4"), ("4.3.3", "5.4.4"), ("3.3.8", "0.0.0"), ("4.4.1", None)]
)
def test_the_hub_of_a_chart(chart, hub):
    assert versions.hub_version(chart) == hub
    names = set(versions.open_advisories(chart))
    assert names == {
        name for name, it in versions.ADVISORIES.items() if hub and versions.number(hub) < versions.number(it.fixed)
    }


@pytest.mark.parametrize("figures", [derived.hub_resources, derived.proxy_resources])
def test_what_hub_and_proxy_get_grows_with_the_people_within_what_was_seen(figures):
    found = [figures(users) for users in (1, 150, 500, 3000)]
    for key in ("cpu", "memory", "memory_limit"):
        assert [each[key] for each in found] == sorted(each[key] for each in found)
    assert all(0 < each["cpu"] <= 1 and each["memory"] * 2 <= each["memory_limit"] for each in found)
    assert found[1]["memory"] >= 65 << 20 and found[3]["memory_limit"] <= 5 << 30
