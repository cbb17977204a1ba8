"""The addresses of a machine as networks, for rules that admit it."""


def ipv4_networks(facts):
    """CIDRs of the addresses from which a machine may connect, sorted. FACTS are those of the module setup.

    Addresses of bridges are left out: they belong to containers on the machine.
    """
    interfaces = [fact for fact in facts.values() if isinstance(fact, dict) and "ipv4" in fact and "type" in fact]
    external = [fact for fact in interfaces if fact["type"] not in ("bridge", "loopback")]
    entries = [entry for fact in external for entry in (fact["ipv4"], *fact.get("ipv4_secondaries", ()))]
    return sorted({f"{entry['address']}/32" for entry in entries})


class FilterModule:
    def filters(self):
        return {"ipv4_networks": ipv4_networks}
