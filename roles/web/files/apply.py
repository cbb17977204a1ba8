#!/usr/bin/python3
"""Write the members of Apache's balancer from the list that members.py keeps.

Usage: apply.py LIST CONFIGURATION. The list comes from an account that may do nothing; Apache reads its configuration
as root. So each line must be an address and a port, and nothing else gets there.
"""

import ipaddress
import sys
from pathlib import Path

# A machine on which the node proxy is no more lets requests wait: people are told within seconds instead.
OPTIONS = "upgrade=websocket timeout=3600 connectiontimeout=5 retry=1"


def checked(line):
    """`line` when it is `address:port`, IPv6 in brackets. Raises ValueError otherwise."""
    host, _, port = line.rpartition(":")
    address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    # Behind a % stands an interface, and that may be any text.
    if "%" in host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"{line!r} is not an address and a port")
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def configuration(text):
    """Lines of Apache's configuration. Raises ValueError when a line of TEXT is not a member, or there is none."""
    members = [checked(line) for line in text.splitlines()]
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
