#!/usr/bin/python3
"""Write the members of Apache's balancer from the list that members.py maintains.

Usage: apply.py LIST CONFIGURATION. The list is written by an unprivileged account, and Apache reads its configuration
as root. So every line must be an address and a port, and nothing else is written.
"""

import ipaddress
import sys
from pathlib import Path

# A node that no longer runs the proxy drops packets: fail within seconds instead of waiting.
OPTIONS = "upgrade=websocket timeout=3600 connectiontimeout=5 retry=1"


def parse_member(line):
    """LINE, normalised, if it is `address:port` with IPv6 in brackets. Raises ValueError otherwise."""
    host, _, port = line.rpartition(":")
    address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    # A zone after % may be any text.
    if "%" in host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"{line!r} is not an address and a port")
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def configuration(text):
    """Apache's configuration for the list TEXT. Raises ValueError if a line is not a member or there is none."""
    members = [parse_member(line) for line in text.splitlines()]
    if not members:
        raise ValueError("the list is empty")
    return "".join(f"BalancerMember http://{member} {OPTIONS}\n" for member in members)


def main(source, path):
    text, path = configuration(Path(source).read_text()), Path(path)
    new = path.with_name(f".{path.name}.new")
    new.write_text(text)
    new.replace(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
