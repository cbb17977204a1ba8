"""From which addresses a machine connects."""


def test_all_addresses_except_those_of_containers(load):
    facts = {
        "hostname": "web",
        "lo": {"type": "loopback", "ipv4": {"address": "127.0.0.1"}},
        "docker0": {"type": "bridge", "ipv4": {"address": "172.17.0.1"}},
        "eth1": {"type": "ether", "ipv4": {"address": "192.0.2.9"}, "ipv4_secondaries": [{"address": "192.0.2.10"}]},
        "eth0": {"type": "ether", "ipv4": {"address": "192.0.2.7"}},
        "eth2": {"type": "ether"},
        "default_ipv4": {"type": "ether", "address": "192.0.2.7"},
    }
    assert load("filter/ipv4_networks").ipv4_networks(facts) == ["192.0.2.10/32", "192.0.2.7/32", "192.0.2.9/32"]
    assert load("filter/ipv4_networks").ipv4_networks({}) == []
