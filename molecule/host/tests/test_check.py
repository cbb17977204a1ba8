"""On a running site, check mode predicts the next run, including restarts and their reasons."""

import pytest
from playbook import SUCCESS, Run

CULLER = "/etc/systemd/system/jupyterhub-culler.service"
SSH = "/etc/ssh/sshd_config.d/openstack-hub.conf"
WRITTEN = f"/etc/openstack-hub /etc/apache2/sites-available/jupyterhub.conf {CULLER} {SSH}"
UNITS = "hub_systemd : Run the services | Start the units, or restart those that are older than their files", 0
RELOAD = "hub_systemd : Close SSH to users | Reload sshd when it is older than the rule", 0
PROXY = "hub_systemd : Build the environments | Build the environment of the proxy", 0
# For the hub only; a secret (proxy, hub and culler); for Apache.
OTHERS = {
    "hub_notice": "Maintenance on Friday.",
    "hub_home": {"size": "300M"},
    "hub_profiles": [{"name": "only", "title": "The only one", "cpu": 1, "memory": "1G"}],
    "hub_proxy_token": "another-token-for-the-test",
    "web_http_port": 81,
}


@pytest.fixture(scope="module")
def other(run):
    """Check mode and a run, with other variables, edited files and a damaged environment. Everything is restored."""
    run(f"tar -cf /root/before.tar {WRITTEN} && echo '# edited' >>{CULLER} && chmod 600 /etc/openstack-hub/hub.json")
    run(f"rm {SSH} && echo '# edited' >>/etc/openstack-hub/firewall.nft")
    run("rm /opt/openstack-hub/proxy/node_modules/configurable-http-proxy/package.json")
    try:
        yield Run("--check", **OTHERS), Run(**OTHERS)
    finally:
        run("tar -xf /root/before.tar -C / && rm /root/before.tar && systemctl reload apache2")
        run("systemctl reload jupyterhub-firewall ssh")
        run("systemctl daemon-reload && systemctl restart jupyterhub-proxy jupyterhub jupyterhub-culler")
        run("timeout 60 sh -c 'until ss -tln | grep -q 127.0.0.1:8081; do sleep 0.5; done'")


def test_check_mode_predicts_the_run(other):
    check, real = other
    assert (check.outcome, real.outcome) == (SUCCESS, SUCCESS)
    assert check.changes == real.changes
    reasons = str(check.changes[UNITS])
    for unit in ("jupyterhub-proxy", "jupyterhub", "jupyterhub-culler"):
        assert f"restart {unit}.service" in reasons
    assert "daemon-reload jupyterhub-culler.service" in reasons
    assert "reload jupyterhub-firewall.service (/etc/openstack-hub/firewall.nft)" in reasons
    assert f"reload ssh.service ({SSH})" in str(check.changes[RELOAD])
    assert OTHERS["hub_proxy_token"] not in check.output + real.output


def test_a_damaged_environment_is_repaired_and_what_runs_in_it_restarted(other, run):
    check, _ = other
    assert "has changed since it was built" in str(check.changes[PROXY])
    assert "/.manifest" in str(check.changes[UNITS])
    run("test -s /opt/openstack-hub/proxy/node_modules/configurable-http-proxy/package.json")


def test_a_run_after_the_repair_changes_nothing(other):
    assert Run(**OTHERS).changes == {}


def test_homes_are_not_made_smaller(other):
    refused = Run("--check")
    assert refused.changes == {}
    sentence = "200M is below the 300M that homes on test-hub have: homes cannot shrink; write 300M or more"
    assert f"hub_home.size: {sentence}" in str(refused.outcome)
