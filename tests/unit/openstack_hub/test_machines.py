"""Machines in hosts.yml that the platform needs."""

import pytest

from openstack_hub.validation.rules.machines import mistakes

ONE = {"controller": ["localhost"], "hub": ["a"], "web": ["a"]}
CASES = {
    "no group": ("host", {"hub": None}, "hosts.yml: group hub names no machine: write one"),
    "empty group": ("slurm", {"web": []}, "hosts.yml: group web names no machine: write one"),
    "two machines": ("host", {"hub": ["a", "b"]}, "hosts.yml: group hub names 2 machines (a, b): write one"),
    "apart": (
        "host",
        {"web": ["b"]},
        "hosts.yml: groups hub and web name 'a' and 'b': platform host is one machine for both",
    ),
}


@pytest.mark.parametrize(("platform", "change", "sentence"), CASES.values(), ids=CASES)
def test_machines(platform, change, sentence):
    groups = {name: machines for name, machines in (ONE | change).items() if machines is not None}
    assert [str(mistake) for mistake in mistakes(platform, groups)] == [sentence]


@pytest.mark.parametrize(
    ("platform", "groups"),
    [
        ("host", ONE),
        ("slurm", ONE | {"web": ["b"]}),
        ("kubernetes", {"controller": ["localhost"], "web": ["a"]}),
        (None, {"controller": ["x"]}),
    ],
)
def test_enough_machines(platform, groups):
    assert mistakes(platform, groups) == []


@pytest.mark.parametrize(("web", "says"), [([], "names no machine"), (["a", "b"], "names 2 machines (a, b)")])
def test_a_cluster_alone_is_not_reached(web, says):
    groups = {"controller": ["localhost"], "web": web}
    (found,) = mistakes("kubernetes", groups)
    assert found.warning
    assert str(found) == (
        f"hosts.yml: group web {says}: Apache needs one, or cloud_web_server, for users to reach the hub"
    )
    assert bool(mistakes("kubernetes", groups, web_is_made=True)) == bool(web)
