"""Accounts of withdrawn members are locked, and nobody else's."""

import pytest

SETUID = "/usr/local/bin/sleep-as-root"
PROGRAMS = ["sleep 1000", f"{SETUID} 1000"]


@pytest.fixture(scope="module", autouse=True)
def setuid_program(run):
    """To /proc it belongs to root."""
    run(f"install --mode 4755 /usr/bin/sleep {SETUID}")
    yield
    run(f"rm {SETUID}")


@pytest.fixture(scope="module")
def zoe(run):
    run("systemctl start jupyterhub-home@zoe.service")
    yield "zoe"
    run("umount /home/zoe; userdel zoe; rm -rf /home/zoe /var/lib/openstack-hub/homes/zoe.img")


def programs(run, name):
    """How many programs of NAME run."""
    return int(run(f'cat /proc/[0-9]*/status 2>/dev/null | grep -c "^Uid:.$(id -u {name})" || true'))


def start_programs(run, name):
    for number, program in enumerate(PROGRAMS):
        run(f"systemd-run -q --collect --property Type=exec --uid {name} --unit {name}-{number} {program}")
    assert programs(run, name) == len(PROGRAMS)


def can_sign_in(host, name):
    """As PAM's account stack says, which SSH, cron and login ask."""
    return host.run(f"su --login {name} --command true").rc == 0


def test_a_locked_account_runs_nothing_and_opens_with_the_next_start(host, run, zoe):
    start_programs(run, zoe)
    assert can_sign_in(host, zoe)
    run(f"touch /home/{zoe}/kept && systemctl start jupyterhub-lock@{zoe}.service")
    assert programs(run, zoe) == 0
    assert not can_sign_in(host, zoe)
    modes = run("stat -c '%n %a %U:%G' /etc/passwd /etc/shadow")
    assert modes.splitlines() == ["/etc/passwd 644 root:root", "/etc/shadow 640 root:shadow"]
    run(f"systemctl start jupyterhub-lock@{zoe}.service")
    run(f"systemctl start jupyterhub-home@{zoe}.service && test -e /home/{zoe}/kept")
    assert can_sign_in(host, zoe)


@pytest.mark.parametrize("account", ["--comment 'JupyterHub user'", "--groups jupyterhub-users --comment Cluster"])
def test_accounts_of_others_are_not_locked(host, run, account):
    """Neither with our comment alone nor in our group alone."""
    run(f"useradd --no-create-home --shell /bin/sh {account} other")
    try:
        start_programs(run, "other")
        run("systemctl start jupyterhub-lock@other.service")
        assert programs(run, "other") == len(PROGRAMS) and can_sign_in(host, "other")
    finally:
        run("systemctl stop other-0 other-1; userdel other")


@pytest.mark.parametrize("name", ["root", "nobody-has-this-name"])
def test_a_name_that_is_no_users_is_left_alone(host, run, name):
    run(f"systemctl start jupyterhub-lock@{name}.service")
    assert can_sign_in(host, "root")


def test_network_rules_name_every_account(run, zoe):
    run("/opt/openstack-hub/bin/firewall --check")
    assert run(f"id -u {zoe}") in run("nft list set inet openstack_hub users")
    run("systemctl restart jupyterhub-firewall && /opt/openstack-hub/bin/firewall --check")
    assert run(f"id -u {zoe}") in run("nft list set inet openstack_hub users")
    run(f"nft delete element inet openstack_hub users {{ $(id -u {zoe}) }}")
    run("/opt/openstack-hub/bin/firewall --check", rc=1)
    run(f"systemctl start jupyterhub-home@{zoe}.service && /opt/openstack-hub/bin/firewall --check")
