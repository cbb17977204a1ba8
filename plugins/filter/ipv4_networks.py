"""The networks that consist of one machine, for rules about who may come."""


def ipv4_networks(facts):
    """CIDRs of the addresses from which a machine may come, sorted; facts: what the module setup found of it.

    Addresses of bridges are none: those belong to containers on the machine, which come and go.
    """
    interfaces = [fact for fact in facts.values() if isinstance(fact, dict) and "ipv4" in fact and "type" in fact]
    kept = [found for found in interfaces if found["type"] not in ("bridge", "loopback")]
    addresses = [entry for found in kept for entry in (found["ipv4"], *found.get("ipv4_secondaries", ()))]
    return sorted({f"{entry['address']}/32" for entry in addresses})


class FilterModule:
    def filters(self):
        return {"ipv4_networks": ipv4_networks}
