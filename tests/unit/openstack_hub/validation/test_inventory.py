"""Hosts in hosts.yml that the platform needs."""

import pytest

from openstack_hub.validation.rules.inventory import inventory_problems

ONE = {"controller": ["localhost"], "hub": ["a"], "web": ["a"]}
CASES = {
    "no group": ("host", {"hub": None}, "hosts.yml: group hub contains no host: write exactly one"),
    "empty group": ("slurm", {"web": []}, "hosts.yml: group web contains no host: write exactly one"),
    "two machines": ("host", {"hub": ["a", "b"]}, "hosts.yml: group hub contains 2 hosts (a, b): write exactly one"),
    "apart": (
        "host",
        {"web": ["b"]},
        "hosts.yml: groups hub and web contain 'a' and 'b': platform host needs the same host in both",
    ),
}


@pytest.mark.parametrize(("platform", "change", "sentence"), CASES.values(), ids=CASES)
def test_a_wrong_number_of_hosts_is_reported(platform, change, sentence):
    groups = {name: machines for name, machines in (ONE | change).items() if machines is not None}
    assert [str(problem) for _, problem in inventory_problems(platform, groups)] == [sentence]


@pytest.mark.parametrize(
    ("platform", "groups"),
    [
        ("host", ONE),
        ("slurm", ONE | {"web": ["b"]}),
        ("kubernetes", {"controller": ["localhost"], "web": ["a"]}),
        (None, {"controller": ["x"]}),
    ],
)
def test_the_hosts_that_a_platform_needs_are_accepted(platform, groups):
    assert inventory_problems(platform, groups) == []


@pytest.mark.parametrize(("web", "count"), [([], "contains no host"), (["a", "b"], "contains 2 hosts (a, b)")])
def test_a_cluster_needs_a_host_for_apache(web, count):
    groups = {"controller": ["localhost"], "web": web}
    ((key, found),) = inventory_problems("kubernetes", groups)
    assert key == "web" and found.warning
    assert str(found) == (
        f"hosts.yml: group web {count}, but users reach the hub through Apache on one host: write exactly one, or set "
        "cloud_web_server"
    )
    assert bool(inventory_problems("kubernetes", groups, creates_web_server=True)) == bool(web)
