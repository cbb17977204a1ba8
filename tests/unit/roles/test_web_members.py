"""From the endpoints of a hub with node ports to the members of Apache's balancer."""

import importlib.util
from pathlib import Path

import pytest


def load(name):
    spec = importlib.util.spec_from_file_location(f"web_{name}", Path("roles/web/files") / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


members, apply = load("members"), load("apply")
SERVICE = {"spec": {"ports": [{"port": 80, "nodePort": 30080}]}}


def slices(*endpoints):
    return [{"endpoints": [{"nodeName": name, "conditions": {"ready": ready}} for name, ready in endpoints]}]


def node(name, *addresses):
    return {
        "metadata": {"name": name},
        "status": {"addresses": [{"type": kind, "address": a} for kind, a in addresses]},
    }


A = node("a", ("Hostname", "a"), ("ExternalIP", "203.0.113.1"), ("InternalIP", "10.0.0.1"))
B = node("b", ("InternalIP", "2001:db8::2"))


@pytest.mark.parametrize(
    ("endpoints", "expected"),
    [
        ([("a", True)], ["10.0.0.1:30080"]),
        ([("a", False)], []),
        ([("b", True), ("a", True), ("a", True)], ["10.0.0.1:30080", "[2001:db8::2]:30080"]),
        ([(None, True)], []),
        ([("c", True)], []),
    ],
)
def test_members_are_the_nodes_of_ready_endpoints(endpoints, expected):
    assert members.members(SERVICE, slices(*endpoints), [A, B]) == expected


def test_no_endpoints_at_all_and_no_node_port():
    assert members.members(SERVICE, [{"endpoints": None}], []) == []
    assert members.members({"spec": {"ports": [{"port": 80}]}}, slices(("a", True)), [A]) == []


def test_the_last_endpoints_stay_until_there_are_others(tmp_path):
    path = tmp_path / "list"
    assert members.update_list(path, []) is None
    assert not path.exists()
    assert members.update_list(path, ["10.0.0.1:1"]) == ["10.0.0.1:1"]
    assert members.update_list(path, ["10.0.0.1:1"]) is None
    assert members.update_list(path, []) is None
    assert path.read_text() == "10.0.0.1:1\n"
    assert members.update_list(path, ["10.0.0.2:1"])


def test_apache_gets_members_only():
    lines = apply.configuration("10.0.0.1:30080\n[2001:db8::2]:1\n").splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["BalancerMember", "http://10.0.0.1:30080"],
        ["BalancerMember", "http://[2001:db8::2]:1"],
    ]
    assert all("connectiontimeout=5" in line for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "hub:80\n",
        "10.0.0.1\n",
        "10.0.0.1:0\n",
        "10.0.0.1:65536\n",
        "10.0.0.1:80 x=y\n",
        "10.0.0.1:80/\n",
        "10.0.0.1:٨\n",
        "[fe80::1%a b]:80\n",
        "10.0.0.1:80\nErrorLog |sh\n",
        "10.0.0.1:80\\\n",
    ],
)
def test_a_line_that_is_not_a_member_is_refused(text):
    with pytest.raises(ValueError):
        apply.configuration(text)
