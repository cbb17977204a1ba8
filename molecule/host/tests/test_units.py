"""The services run, and are restricted to what they need."""

import json
from types import SimpleNamespace

import pytest

from hubkit.hub import sandbox

UNITS = ["jupyterhub", "jupyterhub-proxy", "jupyterhub-culler", "jupyterhub-firewall", "apache2"]


def test_limits_bind_on_this_machine(host):
    """If this fails, no other test of limits means anything."""
    done = host.run("systemd-run --wait -q -p MemoryMax=100M /usr/bin/python3 -c 'bytearray(300 << 20)'")
    assert done.rc != 0


@pytest.mark.parametrize("unit", UNITS)
def test_unit_runs_and_starts_at_boot(host, unit):
    service = host.service(unit)
    assert service.is_running, host.run(f"journalctl -u {unit} -n 30 -o cat").stdout
    assert service.is_enabled


@pytest.mark.parametrize(("unit", "most"), [("jupyterhub", 2.5), ("jupyterhub-proxy", 1.5), ("jupyterhub-culler", 1.5),
                                            ("jupyterhub-firewall", 2.5), ("jupyterhub-lock@x", 3)])  # fmt: skip
def test_unit_is_hardened(run, unit, most):
    """systemd's own score of exposure: 10 is everything allowed, an ordinary unit has 9.6."""
    out = run(f"systemd-analyze security --no-pager {unit}.service | tail -1")
    assert float(out.split(":")[1].split()[0]) <= most, out


@pytest.mark.parametrize(("restricted", "bound"), [(True, 2.0), (False, 9.0)], ids=["a user's", "the control"])
def test_the_unit_of_a_user_is_hardened(host, run, restricted, bound):
    """The properties that the spawner sets, and none of them."""
    account = SimpleNamespace(pw_dir="/srv", pw_uid=1, pw_gid=1)
    properties = sandbox.unit_properties(account, 1 << 30, 1, user_namespaces=False) if restricted else {}
    options = " ".join(f"'{option}'" for option in sandbox.options("property", properties))
    run(f"systemd-run -q --unit=score --uid=daemon {options} sleep 600")
    try:
        assert host.service("score").is_running
        score = float(run("systemd-analyze security --no-pager score.service | tail -1").split(":")[1].split()[0])
    finally:
        run("systemctl stop score")
    assert (score <= bound) is restricted, score


@pytest.mark.parametrize("unit", ["jupyterhub", "jupyterhub-proxy", "jupyterhub-culler"])
def test_a_unit_sees_no_devices_and_no_homes(run, unit):
    root = f"/proc/$(systemctl show -P MainPID {unit})/root"
    assert run("ls -d /dev/loop-control /root").split() == ["/dev/loop-control", "/root"]
    run(f"test -e {root}/dev/null && ! test -e {root}/dev/loop-control && ! test -e {root}/root/.ssh")


@pytest.mark.parametrize("unit", ["jupyterhub-proxy", "jupyterhub-culler"])
def test_proxy_and_culler_are_not_root(run, unit):
    pid = run(f"systemctl show -P MainPID {unit}")
    assert run(f"stat -c %u /proc/{pid}") != "0"


@pytest.mark.parametrize("port", [8000, 8001, 8081, 8091])
def test_inner_ports_are_on_loopback_only(host, port):
    assert host.socket(f"tcp://127.0.0.1:{port}").is_listening
    assert not host.socket(f"tcp://0.0.0.0:{port}").is_listening


@pytest.mark.parametrize("name", ["secrets.json", "proxy.env", "culler.env"])
def test_secrets_are_for_root(host, name):
    file = host.file(f"/etc/openstack-hub/{name}")
    assert (file.user, file.mode) == ("root", 0o600)


def test_secrets_are_nowhere_else(host, run):
    secrets = json.loads(host.file("/etc/openstack-hub/secrets.json").content_string)
    elsewhere = run("cat /etc/openstack-hub/hub.json /etc/systemd/system/jupyterhub* /etc/apache2/sites-available/*")
    processes = run("ps -eo args")
    journal = run("journalctl -o cat")
    for name, secret in secrets.items():
        assert secret not in elsewhere + processes + journal, name


def test_database_is_for_root(host):
    assert host.file("/var/lib/openstack-hub").mode == 0o700


def test_environments_run_no_foreign_code(run):
    assert run("find /opt/openstack-hub -not -user root -o -perm /022 -not -type l | head") == ""


def test_the_hub_is_the_newest(run):
    assert run("/opt/openstack-hub/hub/bin/jupyterhub --version") == "6.1.1"
