"""Announce that an address has moved to another member, which others would notice only after half a minute."""

import socket
import struct

BROADCAST = b"\xff" * 6
ARP = 0x0806


def announcement(sender, address, hardware):
    """A frame of SENDER (6 bytes) that says: ADDRESS (text) is at HARDWARE (02:...); a gratuitous ARP request."""
    ip = socket.inet_aton(address)
    body = struct.pack(
        "!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, bytes.fromhex(hardware.replace(":", "")), ip, b"\0" * 6, ip
    )
    return BROADCAST + sender + struct.pack("!H", ARP) + body


def announce(interface, address, hardware):
    """Send it to all who can be reached by an interface."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP)) as wire:
        wire.bind((interface, ARP))
        wire.send(announcement(wire.getsockname()[4], address, hardware))
