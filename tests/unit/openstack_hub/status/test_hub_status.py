"""The status screen of a hub."""

import pytest
from cloud_samples import VARIABLES, changed, parsed

from openstack_hub.ansible_values import plain_data
from openstack_hub.model.hub_model import hub_model
from openstack_hub.status.drift import drift
from openstack_hub.status.nodes import selected
from openstack_hub.status.screen import WIDTH, status

G = 1024**3
SITE = VARIABLES | {
    "hub_profiles": [
        {"name": "default", "cpu": 2, "memory": "4G", "placeholders": 3},
        {"name": "gpu", "cpu": 4, "memory": "12G", "gpus": 1, "node_group": "gpu"},
    ],
    "hub_images": {"hub": "registry.lab.test/hub:5.5.9"},
}
MODEL = plain_data(hub_model(SITE))


def node(name, group, cpu, memory, gpus=0, *, closed=False):
    free = {"cpu": cpu, "memory": memory * G, "gpus": gpus}
    labels = {"capi.stackhpc.com/node-group": group}
    return {"name": name, "labels": labels, "ready": True, "cordoned": closed, "allocatable": free, "free": free}


def pod(name, ready=True, why=None, placeholder=None):
    return {"name": name, "component": "", "ready": ready, "reason": why, "placeholder": placeholder}


def server(user, profile, last_activity="2027-03-15T11:59:00Z", ready=True):
    return {"user": user, "profile": profile, "ready": ready, "last_activity": last_activity}


FACTS = {
    "unanswered": {},
    "asked": {"time": "2027-03-15T12:00:00+00:00"},
    "certificates": {"hub": "2027-06-30T00:00:00+00:00", "kubeconfig": "2032-03-10T00:00:00+00:00"},
    "hub": {
        "version": "5.5.0",
        "users": 40,
        "servers": [
            server("ann", "default"),
            server("bob", "default", "2027-03-15T11:30:00Z"),
            server("cyd", "gpu", None, ready=False),
        ],
    },
    "release": {
        "status": "deployed",
        "description": "Upgrade complete",
        "revision": 3,
        "changed": "2027-03-13T12:00:00+00:00",
        "chart": "4.4.0",
        "hub": "5.5.0",
        "model": MODEL,
    },
    "nodes": [
        node("a", "default-worker", 1.5, 4),
        node("b", "default-worker", 2, 8, closed=True),
        node("c", "gpu", 16, 60, 1),
        node("d", "elsewhere", 1, 2),
    ],
    "pods": [
        pod("hub-1"),
        pod("placeholder-default-0", placeholder="default"),
        pod(
            "placeholder-default-1",
            ready=False,
            why="placeholder-default-1: cannot be scheduled: 0/3 nodes",
            placeholder="default",
        ),
        pod("jupyter-cyd", ready=False, why="jupyter-cyd: its image is being pulled"),
    ],
    "homes": {"count": 40, "bytes": 40 * G},
}


def screen(facts, **variables):
    return "\n".join(status(parsed(**SITE | variables), MODEL, facts))


def test_the_whole_screen_of_a_hub_on_kubernetes():
    assert (
        screen(FACTS)
        == """\
Hub hub.lab.test (namespace jupyterhub)
  Release deployed, revision 3, changed 2 days ago; chart 4.4.0
  JupyterHub 5.5.0 answers; 40 users, 3 servers, 1 of them starting, 1 idle
  Homes: 40, 40G in all
  Certificate of hub.lab.test: expires 2027-06-30, in 106 days
  Certificate in the kubeconfig: expires 2032-03-10, in 1821 days
  Idle: no activity for 15 minutes

profile  servers  starting  idle  placeholders
default        2         0     1        1 of 3
gpu            1         1     0             -

node group  now  min  max  ready  free CPUs  free memory  free GPUs
standard      2    1   10      1        1.5         4.0G          0
gpu           1    0    2      1       16.0        60.0G          1
others        1    -    -      1        1.0         2.0G          0

Waiting
  placeholder-default-1: cannot be scheduled: 0/3 nodes
  jupyter-cyd: its image is being pulled

What to do
  See the waiting pods above: most start by themselves once a node is available."""
    )


def test_the_whole_screen_of_a_hub_on_one_machine():
    facts = {key: FACTS[key] for key in ("unanswered", "asked", "certificates", "hub")}
    facts_in_sync = changed(facts, {"hub/servers": [], "certificates/kubeconfig": None})
    model = {key: value for key, value in MODEL.items() if key != "namespace"}
    model["profiles"] = [profile | {"placeholders": 0} for profile in MODEL["profiles"]]
    assert (
        "\n".join(status(parsed(**SITE), model, facts_in_sync))
        == """\
Hub hub.lab.test
  JupyterHub 5.5.0 answers; 40 users, 0 servers
  Certificate of hub.lab.test: expires 2027-06-30, in 106 days
  Idle: no activity for 15 minutes

profile  servers  starting  idle  placeholders
default        0         0     0             -
gpu            0         0     0             -

What to do
  Nothing: the hub matches the variables."""
    )


def test_a_part_that_does_not_answer_is_named_and_the_rest_shown():
    facts = changed(
        FACTS, {"hub": ..., "nodes": ..., "unanswered": {"hub": "Connection\nrefused", "nodes": "timed out"}}
    )
    shown = screen(facts)
    assert "JupyterHub does not answer" in shown
    assert "default        ?         ?     ?        1 of 3" in shown
    assert "node group" not in shown
    assert "No answer\n  hub: Connection refused\n  nodes: timed out" in shown
    assert "The cluster does not answer, or not completely" in shown
    assert "playbooks/verify.yml" in shown


def test_the_screen_when_nothing_answers():
    facts = {key: FACTS[key] for key in ("asked", "certificates")}
    shown = screen(facts | {"unanswered": {"hub": "no", "cluster": "no"}})
    assert "JupyterHub does not answer" in shown
    assert "profile" not in shown


STEPS = [
    ({"release": None}, "Release: none", "Install the hub"),
    (
        {"release/status": "pending-upgrade", "release/description": "Preparing\nupgrade"},
        "Release pending-upgrade (Preparing upgrade), revision 3",
        "The last change failed or has not finished",
    ),
    ({"certificates/hub": "2027-03-20T00:00:00+00:00"}, "in 4 days", "Write a new certificate to hub_certificate.file"),
    ({"certificates/hub": None}, "", "hub_certificate.file cannot be read"),
    ({"release/chart": "4.3.0"}, "hub_chart_version is 4.4.0, the release has 4.3.0", "Apply the variables"),
]


@pytest.mark.parametrize(("change", "line", "step"), STEPS, ids=[step for _, _, step in STEPS])
def test_each_state_leads_to_its_next_step(change, line, step):
    shown = screen(changed(FACTS, {"pods": FACTS["pods"][:1]} | change))
    assert line in shown
    assert shown.partition("What to do\n  ")[2].startswith(step)


def test_long_messages_and_many_pods_fit_on_one_screen():
    waiting = [pod(f"jupyter-{n}", ready=False, why=f"jupyter-{n}: {'cannot be scheduled ' * 20}") for n in range(50)]
    lines = screen(changed(FACTS, {"pods": waiting, "unanswered": {"hub": "x " * 300}})).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert len(lines) < 45
    assert "  and 42 more" in lines


DRIFTS = [
    ({"profiles": [MODEL["profiles"][0] | {"memory": 2 * G}, MODEL["profiles"][1]]},
     ["hub_profiles default: memory is 4G, the release has 2G"]),
    ({"profiles": MODEL["profiles"][:1]}, ["hub_profiles: the release has no gpu"]),
    ({"profiles": [*MODEL["profiles"], {"name": "old"}]}, ["hub_profiles: the release also has old"]),
    ({"notice": "Closed on Friday"}, ["hub_notice is not set, the release has Closed on Friday"]),
    ({"allowed_groups": ["a", "b"]}, ["hub_allowed_groups is lab/jupyter, the release has a, b"]),
    ({"iam": MODEL["iam"] | {"name": "Login"}}, ["hub_iam_name is IAM, the release has Login"]),
    ({"home": MODEL["home"] | {"size": 2 * G}}, ["hub_home.size is 1G, the release has 2G"]),
    (
        {"cull_interval": 1},
        ["derived settings: the release was installed by another version of openstack-hub"],
    ),
    ({}, []),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentences"), DRIFTS, ids=[str(list(change)) for change, _ in DRIFTS])
def test_each_difference_from_the_release_is_drift(change, sentences):
    facts = changed(FACTS, {"release/model": MODEL | change})
    assert drift(parsed(**SITE), MODEL, facts) == sentences


def test_a_release_of_another_installer_is_named():
    facts = changed(FACTS, {"release/model": None})
    assert drift(parsed(**SITE), MODEL, facts) == ["the release was not installed by openstack-hub"]


def test_nodes_of_a_group_match_all_expressions():
    term = {
        "matchExpressions": [
            {"key": "a", "operator": "In", "values": ["1"]},
            {"key": "g", "operator": "NotIn", "values": ["yes"]},
        ]
    }
    assert selected({"a": "1"}, [term])
    assert not selected({"a": "1", "g": "yes"}, [term])
    assert not selected({"a": "2"}, [term])
    assert selected({"a": "2"}, [])


@pytest.mark.parametrize(
    ("last_activity", "ready", "idle"),
    [("11:45:00", True, "1"), ("11:45:01", True, "0"), ("09:00:00", False, "0"), ("13:00:00", True, "0")],
)
def test_a_ready_server_is_idle_from_15_minutes_on(last_activity, ready, idle):
    servers = [server("ann", "default", f"2027-03-15T{last_activity}Z", ready=ready)]
    lines = screen(changed(FACTS, {"hub/servers": servers})).splitlines()
    assert next(line.split()[3] for line in lines if line.startswith("default ")) == idle


def test_an_overcommitted_node_does_not_reduce_what_others_have_free():
    full = changed(node("e", "default-worker", 1, 1), {"free": {"cpu": -3.0, "memory": -2 * G, "gpus": 0}})
    assert "standard      3    1   10      2        1.5         4.0G          0" in screen(
        changed(FACTS, {"nodes": [*FACTS["nodes"], full]})
    )


@pytest.mark.parametrize(("end", "shown"), [("2027-04-14T12:00:00+00:00", False), ("2027-04-14T11:59:00+00:00", True)])
def test_the_hubs_certificate_is_reported_in_its_last_30_days(end, shown):
    assert ("Write a new certificate" in screen(changed(FACTS, {"certificates/hub": end}))) is shown


def test_a_line_of_the_whole_width_is_not_cut():
    name = "x" * (WIDTH - len("  hub: "))
    lines = screen(changed(FACTS, {"unanswered": {"hub": name}})).splitlines()
    assert f"  hub: {name}" in lines
    lines = screen(changed(FACTS, {"unanswered": {"hub": f"{name}y"}})).splitlines()
    assert max(map(len, lines)) == WIDTH and f"  hub: {name}" not in lines


def test_with_hub_chart_path_the_charts_version_is_no_drift():
    facts = changed(FACTS, {"release/chart": "4.3.0"})
    assert drift(parsed(**SITE | {"hub_chart_path": "/chart.tgz"}), MODEL, facts) == []
