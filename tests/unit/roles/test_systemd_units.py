"""What the units may do. molecule/host/tests/test_units.py shows that systemd enforces it."""

import re
from collections import defaultdict
from pathlib import Path

import jinja2
import pytest
import yaml

from hubkit.hub import unit_socket

UNITS = {path.stem: path for path in Path("roles").glob("*/templates/*.service.j2")}
DAEMONS = [
    "jupyterhub.service",
    "jupyterhub-proxy.service",
    "jupyterhub-culler.service",
    "openstack-hub-members.service",
]
# Not listed where DynamicUser= implies it.
EVERY_DAEMON = {
    "LockPersonality": "yes",
    "NoNewPrivileges": "yes",
    "PrivateDevices": "yes",
    "ProtectClock": "yes",
    "ProtectControlGroups": "yes",
    "ProtectHome": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": "@system-service",
    "UMask": "0077",
}
IMPLIED_BY_DYNAMIC_USER = {
    "PrivateTmp": "yes",
    "ProtectSystem": "strict",
    "RemoveIPC": "yes",
    "RestrictSUIDSGID": "yes",
}


@pytest.fixture
def unit():
    """{section: {key: [values]}} of a unit as the role writes it."""

    def unit(name):
        folder = UNITS[name].parent
        templates = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), keep_trailing_newline=True)
        templates.filters["comment"] = "# {}".format
        variables = yaml.safe_load((folder.parent / "vars/main.yml").read_text())
        sections = defaultdict(lambda: defaultdict(list))
        for line in templates.get_template(f"{name}.j2").render(variables, ansible_managed="").splitlines():
            if line.startswith("["):
                section = sections[line.strip("[]")]
            elif line and not line.startswith("#"):
                key, _, value = line.partition("=")
                section[key].append(value)
        return sections

    return unit


def test_all_daemons_are_tested():
    others = {
        "jupyterhub-firewall.service", "jupyterhub-home@.service", "jupyterhub-lock@.service",
        "openstack-hub-members-apply.service",
    }  # fmt: skip
    assert set(UNITS) == {*DAEMONS, *others}


@pytest.mark.parametrize("name", DAEMONS)
def test_a_daemon_may_do_no_more_than_it_needs(unit, name):
    service = unit(name)["Service"]
    required = EVERY_DAEMON if service["DynamicUser"] == ["yes"] else EVERY_DAEMON | IMPLIED_BY_DYNAMIC_USER
    assert {key: service[key] for key in required} == {key: [value] for key, value in required.items()}


@pytest.mark.parametrize(
    ("name", "user", "capabilities", "writable"),
    [
        ("jupyterhub.service", [], ["CAP_DAC_OVERRIDE"], ["/var/lib/openstack-hub /run"]),
        ("jupyterhub-proxy.service", [], [""], []),
        ("jupyterhub-culler.service", ["yes"], [""], []),
        ("openstack-hub-members.service", ["yes"], [""], []),
    ],
)
def test_only_the_hub_may_do_more_and_with_one_capability(unit, name, user, capabilities, writable):
    service = unit(name)["Service"]
    assert (service["DynamicUser"], service["CapabilityBoundingSet"], service["ReadWritePaths"]) == (
        user, capabilities, writable
    )  # fmt: skip


def test_the_proxy_runs_under_the_account_that_sockets_of_servers_are_open_to(unit):
    service = unit("jupyterhub-proxy.service")["Service"]
    assert service["User"] == service["Group"] == [unit_socket.GROUP]
    tasks = {task["name"]: task for task in yaml.safe_load(Path("roles/hub_systemd/tasks/homes.yml").read_text())}
    account = tasks["Prepare accounts and homes | Create the account of the proxy"]["ansible.builtin.user"]
    assert account["name"] == account["group"] == unit_socket.GROUP


@pytest.mark.parametrize("name", ["jupyterhub-proxy.service", "jupyterhub-culler.service"])
def test_proxy_and_culler_reach_this_machine_only(unit, name):
    service = unit(name)["Service"]
    assert (service["IPAddressDeny"], service["IPAddressAllow"]) == (["any"], ["localhost"])


def test_mounts_of_homes_are_seen_by_all(unit):
    """A unit with a mount namespace of its own would keep them to itself."""
    keys = unit("jupyterhub-home@.service")["Service"]
    assert [key for key in keys if key.startswith(("Private", "Protect", "ReadWrite", "ReadOnly", "DynamicUser"))] == []
    assert (keys["Type"], keys["ExecStart"]) == (["oneshot"], ["/opt/openstack-hub/bin/make-home %i"])


def test_an_account_is_locked_by_a_script_with_few_rights(unit):
    service = unit("jupyterhub-lock@.service")["Service"]
    assert (service["ExecStart"], service["ReadWritePaths"]) == (
        ["/opt/openstack-hub/bin/make-home --lock %i"], ["/etc /run"]
    )  # fmt: skip
    assert service["CapabilityBoundingSet"] == ["CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_KILL"]


def test_network_rules_are_loaded_before_the_hub_and_after_debians_own(unit):
    """Debian's unit flushes all rules."""
    rules = unit("jupyterhub-firewall.service")
    assert rules["Unit"]["Before"] == ["jupyterhub.service"]
    assert {*rules["Unit"]["After"], *rules["Unit"]["PartOf"], *rules["Unit"]["ReloadPropagatedFrom"]} == {
        "nftables.service"
    }
    assert rules["Install"]["WantedBy"] == ["multi-user.target"]
    assert rules["Service"]["CapabilityBoundingSet"] == ["CAP_NET_ADMIN"]
    assert "ExecStop" not in rules["Service"], "while it restarts, servers that run would be without rules"


@pytest.mark.parametrize("name", ["jupyterhub-proxy.service", "jupyterhub-culler.service", "jupyterhub.service"])
def test_every_port_of_a_service_is_closed_to_users_but_the_hubs(unit, name):
    """User servers report to the hub's."""
    closed = yaml.safe_load(Path("roles/hub_systemd/vars/main.yml").read_text())["__hub_systemd_closed_ports"]
    used = {int(port) for port in re.findall(r"-port (\d+)", unit(name)["Service"]["ExecStart"][0])}
    assert used <= {*closed} and 8081 not in closed and set(closed) >= {8000, 8001, 8091}


def test_a_new_proxy_gets_its_routes_from_a_restarted_hub(unit):
    assert unit("jupyterhub.service")["Unit"]["PartOf"] == ["jupyterhub-proxy.service"]
