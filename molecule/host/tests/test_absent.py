"""What the removal of hub and Apache would do, in check mode; tests/faults/test_demo.py removes them for real."""

import pytest
from playbook import SUCCESS, Run

PLAYBOOK = "molecule/host/absent.yml"
# Size and time of every file except the hub's database, which the hub itself may write meanwhile.
FILES = (
    "find /opt/openstack-hub /etc/openstack-hub /etc/apache2 /var/lib/openstack-hub /etc/systemd "
    "-not -name 'jupyterhub.sqlite-*' -printf '%p %y %m %u %g' "
    r"\( -type f -not -name jupyterhub.sqlite -printf ' %s %T@\n' -o -printf '\n' \) | sort"
)


@pytest.fixture(scope="module")
def removal(run):
    before = run(FILES)
    removal = Run("--check", playbook=PLAYBOOK)
    removal.before, removal.after = before.splitlines(), run(FILES).splitlines()
    return removal


def test_check_mode_reports_all_and_changes_nothing(removal, host):
    assert removal.outcome == SUCCESS
    assert removal.after == removal.before
    differences = str(removal.changes)
    for path in ("/opt/openstack-hub", "/etc/openstack-hub", "/etc/systemd/system/jupyterhub.service",
                 "/etc/systemd/system/jupyterhub-firewall.service", "/etc/systemd/system/jupyterhub-lock@.service",
                 "/etc/systemd/system/nftables.service.d/openstack-hub.conf",
                 "/etc/apache2/sites-available/jupyterhub.conf", "/etc/ssl/openstack-hub"):  # fmt: skip
        assert f"'{path}'" in differences
    assert (
        len(
            [
                item
                for item in removal.changes
                if item[0] == "hub_systemd : Remove the hub | Stop units and user servers"
            ]
        )
        == 4
    )
    assert ("hub_systemd : Remove the hub | Remove the network rules for users", 0) in removal.changes
    assert "/etc/ssh/sshd_config.d/openstack-hub.conf" not in differences, "kept accounts may have keys in their homes"
    assert host.service("jupyterhub").is_running


def test_homes_are_kept_unless_their_removal_is_requested(removal, run):
    run("systemctl start jupyterhub-home@nina.service")
    try:
        kept = Run("--check", playbook=PLAYBOOK)
        assert "nina: /var/lib/openstack-hub/homes/nina.img, to be mounted at /home/nina" in kept.output
        assert "/etc/ssh/sshd_config.d/openstack-hub.conf closes SSH to them" in kept.output
        assert not [name for name, _ in kept.changes if "Remove homes" in name]
        removed = Run("--check", playbook=PLAYBOOK, hub_systemd_remove_homes=True)
        assert removed.outcome == SUCCESS
        assert "'/var/lib/openstack-hub'" in str(removed.changes)
        assert "'/home/nina'" in str(removed.changes)
        assert "'/etc/ssh/sshd_config.d/openstack-hub.conf'" in str(removed.changes)
        assert ("hub_systemd : Remove homes | Unmount homes", 0) in removed.changes
        run("findmnt /home/nina && getent passwd nina && test -e /var/lib/openstack-hub/homes/nina.img")
    finally:
        run("umount /home/nina; userdel nina; rm -rf /home/nina /var/lib/openstack-hub/homes/nina.img")
