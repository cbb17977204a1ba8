"""The screen that tells how the hub is."""

import pytest
from cloud_lab import VARIABLES, changed, parsed

from openstack_hub.ansible_values import plain
from openstack_hub.model.hub_model import hub_model
from openstack_hub.status.drift import drift
from openstack_hub.status.machines import fits
from openstack_hub.status.screen import WIDTH, status

G = 1024**3
WANTED = VARIABLES | {
    "hub_profiles": [
        {"name": "default", "cpu": 2, "memory": "4G", "warm": 3},
        {"name": "gpu", "cpu": 4, "memory": "12G", "gpus": 1, "node_group": "gpu"},
    ],
    "hub_images": {"hub": "registry.lab.test/hub:5.5.9"},
}
MODEL = plain(hub_model(WANTED, "2027-03-15"))


def node(name, group, cpu, memory, gpus=0, *, closed=False):
    free = {"cpu": cpu, "memory": memory * G, "gpus": gpus}
    labels = {"capi.stackhpc.com/node-group": group}
    return {"name": name, "labels": labels, "ready": True, "closed": closed, "has": free, "free": free}


def pod(name, ready=True, why=None, warm=None):
    return {"name": name, "component": "", "ready": ready, "why": why, "warm": warm}


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
        pod("warm-default-0", warm="default"),
        pod("warm-default-1", ready=False, why="warm-default-1: no machine takes it: 0/3 nodes", warm="default"),
        pod("jupyter-cyd", ready=False, why="jupyter-cyd: its image is being fetched"),
    ],
    "homes": {"count": 40, "bytes": 40 * G},
}


def screen(facts, **variables):
    return "\n".join(status(parsed(**WANTED | variables), MODEL, facts))


def test_a_hub_as_it_is():
    assert (
        screen(FACTS)
        == """\
Hub hub.lab.test (namespace jupyterhub)
  Release deployed, revision 3, changed 2 days ago; chart 4.4.0
  JupyterHub 5.5.0 answers; 40 users, 3 servers, 1 of them starting, 1 quiet
  Homes: 40, 40G in all
  Certificate of hub.lab.test: ends 2027-06-30, in 106 days
  Certificate in the kubeconfig: ends 2032-03-10, in 1821 days
  Quiet: nothing has happened for 15 minutes

profile  servers  starting  quiet  warm places
default        2         0      1       1 of 3
gpu            1         1      0            -

node group  now  min  max  ready  free CPUs  free memory  free GPUs
standard      2    1   10      1        1.5         4.0G          0
gpu           1    0    2      1       16.0        60.0G          1
others        1    -    -      1        1.0         2.0G          0

Waiting
  warm-default-1: no machine takes it: 0/3 nodes
  jupyter-cyd: its image is being fetched

What to do
  See what waits above: most of it ends by itself when a machine is there."""
    )


def test_a_calm_one_on_one_machine_says_only_what_there_is():
    facts = {key: FACTS[key] for key in ("unanswered", "asked", "certificates", "hub")}
    calm = changed(facts, {"hub/servers": [], "certificates/kubeconfig": None})
    model = {key: value for key, value in MODEL.items() if key != "namespace"}
    model["profiles"] = [profile | {"warm": 0} for profile in MODEL["profiles"]]
    assert (
        "\n".join(status(parsed(**WANTED), model, calm))
        == """\
Hub hub.lab.test
  JupyterHub 5.5.0 answers; 40 users, 0 servers
  Certificate of hub.lab.test: ends 2027-06-30, in 106 days
  Quiet: nothing has happened for 15 minutes

profile  servers  starting  quiet  warm places
default        0         0      0            -
gpu            0         0      0            -

What to do
  Nothing: the hub is as the variables say."""
    )


def test_a_part_that_is_away_is_said_and_the_rest_is_shown():
    facts = changed(
        FACTS, {"hub": ..., "nodes": ..., "unanswered": {"hub": "Connection\nrefused", "nodes": "timed out"}}
    )
    told = screen(facts)
    assert "JupyterHub gives no answer" in told
    assert "default        ?         ?      ?       1 of 3" in told
    assert "node group" not in told
    assert "No answer\n  hub: Connection refused\n  nodes: timed out" in told
    assert "The cluster gives no answer, or not on everything" in told
    assert "playbooks/verify.yml" in told


def test_nothing_answers():
    facts = {key: FACTS[key] for key in ("asked", "certificates")}
    told = screen(facts | {"unanswered": {"hub": "no", "cluster": "no"}})
    assert "JupyterHub gives no answer" in told
    assert "profile" not in told


STEPS = [
    ({"release": None}, "Release: there is none yet", "Install the hub"),
    (
        {"release/status": "pending-upgrade", "release/description": "Preparing\nupgrade"},
        "Release pending-upgrade (Preparing upgrade), revision 3",
        "Its last change did not succeed",
    ),
    ({"certificates/hub": "2027-03-20T00:00:00+00:00"}, "in 4 days", "Put a new certificate into hub_certificate.file"),
    ({"certificates/hub": None}, "", "hub_certificate.file cannot be read"),
    ({"release/chart": "4.3.0"}, "hub_chart_version is 4.4.0, the release has 4.3.0", "Bring the hub to the variables"),
]


@pytest.mark.parametrize(("change", "line", "step"), STEPS, ids=[step for _, _, step in STEPS])
def test_what_to_do(change, line, step):
    told = screen(changed(FACTS, {"pods": FACTS["pods"][:1]} | change))
    assert line in told
    assert told.partition("What to do\n  ")[2].startswith(step)


def test_it_is_one_screen_whatever_the_cluster_says():
    waiting = [pod(f"jupyter-{n}", ready=False, why=f"jupyter-{n}: {'no machine takes it ' * 20}") for n in range(50)]
    lines = screen(changed(FACTS, {"pods": waiting, "unanswered": {"hub": "x " * 300}})).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert len(lines) < 45
    assert "  and 42 more" in lines


DRIFTS = [
    ({"profiles": [MODEL["profiles"][0] | {"memory": 2 * G}, MODEL["profiles"][1]]},
     ["hub_profiles default: memory is 4G, the release has 2G"]),
    ({"profiles": MODEL["profiles"][:1]}, ["hub_profiles: the release has no gpu"]),
    ({"profiles": [*MODEL["profiles"], {"name": "old"}]}, ["hub_profiles: the release still has old"]),
    ({"notice": "Closed on Friday"}, ["hub_notice is not set, the release has Closed on Friday"]),
    ({"allowed_groups": ["a", "b"]}, ["hub_allowed_groups is lab/jupyter, the release has a, b"]),
    ({"iam": MODEL["iam"] | {"name": "Login"}}, ["hub_iam_name is IAM, the release has Login"]),
    ({"home": MODEL["home"] | {"size": 2 * G}}, ["hub_home.size is 1G, the release has 2G"]),
    (
        {"cull_interval": 1},
        ["settings that follow from others: the release was made by another version of openstack-hub"],
    ),
    ({}, []),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentences"), DRIFTS, ids=[str(list(change)) for change, _ in DRIFTS])
def test_drift(change, sentences):
    facts = changed(FACTS, {"release/model": MODEL | change})
    assert drift(parsed(**WANTED), MODEL, facts) == sentences


def test_a_release_of_somebody_else():
    facts = changed(FACTS, {"release/model": None})
    assert drift(parsed(**WANTED), MODEL, facts) == ["the release was not made by openstack-hub"]


def test_machines_of_a_group():
    term = {
        "matchExpressions": [
            {"key": "a", "operator": "In", "values": ["1"]},
            {"key": "g", "operator": "NotIn", "values": ["yes"]},
        ]
    }
    assert fits({"a": "1"}, [term])
    assert not fits({"a": "1", "g": "yes"}, [term])
    assert not fits({"a": "2"}, [term])
    assert fits({"a": "2"}, [])
