"""On a running site, a check says what the next run does, to the last restart and its reason."""

import pytest
from playbook import WELL, Site

CULLER = "/etc/systemd/system/jupyterhub-culler.service"
WRITTEN = f"/etc/openstack-hub /etc/apache2/sites-available/jupyterhub.conf {CULLER}"
UNITS = "hub_systemd : Run the services | Start them, or restart those that are older than what they run", 0
# For the hub alone; a secret (node proxy, hub and culler); for Apache.
OTHERS = {
    "hub_notice": "Maintenance on Friday.",
    "hub_home": {"size": "300M"},
    "hub_profiles": [{"name": "only", "title": "The only one", "cpu": 1, "memory": "1G"}],
    "hub_proxy_token": "another-token-for-the-test",
    "web_http_port": 81,
}


@pytest.fixture(scope="module")
def other(run):
    """A check, with other variables and of files that somebody edited; the run itself; then all is put back."""
    run(f"tar -cf /root/before.tar {WRITTEN} && echo '# edited' >>{CULLER} && chmod 600 /etc/openstack-hub/hub.json")
    try:
        yield Site("--check", **OTHERS), Site(**OTHERS)
    finally:
        run("tar -xf /root/before.tar -C / && rm /root/before.tar && systemctl reload apache2")
        run("systemctl daemon-reload && systemctl restart jupyterhub-proxy jupyterhub jupyterhub-culler")
        run("timeout 60 sh -c 'until ss -tln | grep -q 127.0.0.1:8081; do sleep 0.5; done'")


def test_a_check_foretells_the_run(other):
    check, real = other
    assert (check.end, real.end) == (WELL, WELL)
    assert check.changes == real.changes
    reasons = str(check.changes[UNITS])
    for unit in ("jupyterhub-proxy", "jupyterhub", "jupyterhub-culler"):
        assert f"restart {unit}.service" in reasons
    assert "daemon-reload jupyterhub-culler.service" in reasons
    assert OTHERS["hub_proxy_token"] not in check.output + real.output


def test_then_nothing_is_left_to_do(other):
    assert Site(**OTHERS).changes == {}


def test_homes_are_not_made_smaller(other):
    refused = Site("--check")
    assert refused.changes == {}
    sentence = "200M is below the 300M that homes on test-hub have: homes cannot shrink; write 300M or more"
    assert f"hub_home.size: {sentence}" in str(refused.end)
