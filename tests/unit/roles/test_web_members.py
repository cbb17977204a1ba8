"""What follows a hub of node ports: from the cluster's words to Apache's members."""

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
    ("endpoints", "found"),
    [
        ([("a", True)], ["10.0.0.1:30080"]),
        ([("a", False)], []),
        ([("b", True), ("a", True), ("a", True)], ["10.0.0.1:30080", "[2001:db8::2]:30080"]),
        ([(None, True)], []),
        ([("c", True)], []),
    ],
)
def test_members_are_the_machines_of_ready_endpoints(endpoints, found):
    assert members.members(SERVICE, slices(*endpoints), [A, B]) == found


def test_no_endpoints_at_all_and_no_node_port():
    assert members.members(SERVICE, [{"endpoints": None}], []) == []
    assert members.members({"spec": {"ports": [{"port": 80}]}}, slices(("a", True)), [A]) == []


def test_what_was_known_stays_until_there_is_something_else(tmp_path):
    path = tmp_path / "list"
    assert members.keep(path, []) is None
    assert not path.exists()
    assert members.keep(path, ["10.0.0.1:1"]) == ["10.0.0.1:1"]
    assert members.keep(path, ["10.0.0.1:1"]) is None
    assert members.keep(path, []) is None
    assert path.read_text() == "10.0.0.1:1\n"
    assert members.keep(path, ["10.0.0.2:1"])


def test_apache_gets_members_and_nothing_else():
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
def test_a_line_that_is_no_member_is_refused(text):
    with pytest.raises(ValueError):
        apply.configuration(text)
