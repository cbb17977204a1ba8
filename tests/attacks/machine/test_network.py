"""What a user's programs cannot reach: the cloud's metadata, and the ports of the hub's services."""

import contextlib

import deployment
import pytest

METADATA = ["169.254.169.254", "fd00:ec2::254"]
CONNECT = "socket.create_connection(({!r}, {}), 3).close()"
REFUSED, REACHED = "ConnectionRefusedError", "None"
SET = "element inet openstack_hub users"


@contextlib.contextmanager
def unrestricted():
    """Take bob's uid out of the rules."""
    deployment.on_hub(f"nft delete {SET} {{ $(id -u bob) }}")
    try:
        yield
    finally:
        deployment.on_hub(f"nft add {SET} {{ $(id -u bob) }}")


@pytest.fixture(scope="module")
def metadata():
    """The addresses of a cloud's metadata, on this machine, where Apache answers at port 80 of all addresses."""
    for address in METADATA:
        deployment.on_hub(f"ip address add {address} dev lo")
    yield METADATA
    for address in METADATA:
        deployment.on_hub(f"ip address del {address} dev lo")


def test_the_metadata_of_the_cloud_is_closed(as_bob, metadata):
    attempts = [CONNECT.format(address, 80) for address in metadata]
    assert as_bob(*attempts) == [REFUSED] * len(metadata)
    with unrestricted():
        assert as_bob(*attempts) == [REACHED] * len(metadata)


@pytest.mark.parametrize("port", [8000, 8001, 8091])
def test_the_ports_of_the_services_are_closed(as_bob, port):
    attempt = CONNECT.format("127.0.0.1", port)
    assert as_bob(attempt) == [REFUSED]
    with unrestricted():
        assert as_bob(attempt) == [REACHED]


def test_the_port_of_the_hub_is_open_to_user_servers(as_bob):
    assert as_bob(CONNECT.format("127.0.0.1", 8081)) == [REACHED]


def test_a_notebook_cannot_change_the_rules(as_bob):
    nft = ["/usr/sbin/nft", "delete", "table", "inet", "openstack_hub"]
    (status,) = as_bob(f"subprocess.run({nft}, capture_output=True).returncode > 0")
    assert status == "True"
    assert "set users" in deployment.on_hub("nft list table inet openstack_hub")


def test_a_start_loads_rules_that_were_flushed():
    deployment.on_hub("nft delete table inet openstack_hub")
    assert "restart jupyterhub-firewall" in deployment.on_hub("/opt/openstack-hub/bin/firewall --check 2>&1", False)
    deployment.on_hub("systemctl start jupyterhub-home@bob && /opt/openstack-hub/bin/firewall --check")


def test_no_server_starts_without_the_rules():
    rules = "/etc/openstack-hub/firewall.nft"
    deployment.on_hub(f"nft delete table inet openstack_hub && mv {rules} {rules}.gone")
    try:
        start = "systemctl start jupyterhub-home@bob || journalctl -u jupyterhub-home@bob -n 5 -o cat"
        assert "the network rules for users cannot be loaded" in deployment.on_hub(start)
    finally:
        deployment.on_hub(f"mv {rules}.gone {rules} && systemctl reload jupyterhub-firewall")


def test_rules_return_when_debians_unit_flushes_all(as_bob):
    def loaded():
        return deployment.on_hub("/opt/openstack-hub/bin/firewall --check && echo yes", False) == "yes"

    try:
        for verb in ("start", "reload", "restart"):
            # The other table tells whether the unit has flushed all.
            deployment.on_hub(f"nft add table inet other && systemctl {verb} nftables && ! nft list table inet other")
            deployment.until("the rules are back", loaded, 10)
            assert as_bob(CONNECT.format("127.0.0.1", 8001)) == [REFUSED], verb
    finally:
        deployment.on_hub("systemctl stop nftables; systemctl start jupyterhub-firewall")
