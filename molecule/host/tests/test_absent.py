"""What the removal of hub and Apache would do, in check mode; tests/faults/test_demo.py removes them for real."""

import pytest
from playbook import SUCCESS, Run

PLAYBOOK = "molecule/host/absent.yml"


@pytest.fixture(scope="module")
def removal(run):
    files = "find /opt/openstack-hub /etc/openstack-hub /etc/apache2 /var/lib/openstack-hub /etc/systemd -ls"
    before = run(f"{files} | sort")
    removal = Run("--check", playbook=PLAYBOOK)
    removal.touched = run(f"{files} | sort") != before
    return removal


def test_check_mode_reports_all_and_changes_nothing(removal, host):
    assert removal.outcome == SUCCESS
    assert not removal.touched
    differences = str(removal.changes)
    for path in ("/opt/openstack-hub", "/etc/openstack-hub", "/etc/systemd/system/jupyterhub.service",
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
        == 3
    )
    assert host.service("jupyterhub").is_running


def test_homes_are_kept_unless_their_removal_is_requested(removal, run):
    run("systemctl start jupyterhub-home@nina.service")
    try:
        kept = Run("--check", playbook=PLAYBOOK)
        assert "nina: /var/lib/openstack-hub/homes/nina.img, to be mounted at /home/nina" in kept.output
        assert not [name for name, _ in kept.changes if "Remove homes" in name]
        removed = Run("--check", playbook=PLAYBOOK, hub_systemd_remove_homes=True)
        assert removed.outcome == SUCCESS
        assert "'/var/lib/openstack-hub'" in str(removed.changes)
        assert "'/home/nina'" in str(removed.changes)
        assert ("hub_systemd : Remove homes | Unmount homes", 0) in removed.changes
        run("findmnt /home/nina && getent passwd nina && test -e /var/lib/openstack-hub/homes/nina.img")
    finally:
        run("umount /home/nina; userdel nina; rm -rf /home/nina /var/lib/openstack-hub/homes/nina.img")
