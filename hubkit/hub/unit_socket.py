"""The socket of a user's server. systemd listens there and hands it to the unit, so that no account can take it."""

import asyncio
from urllib.parse import quote

FOLDER = "/run/jupyterhub-servers"
GROUP = "_jupyterhub-proxy"  # may connect, as root may; the user may not


def path(name):
    return f"{FOLDER}/{name}.sock"


def url(name):
    """The socket as proxy and hub write it."""
    return f"http+unix://{quote(path(name), safe='')}"


def properties(name, unit):
    """systemd properties of the socket of UNIX account NAME, which exists while the service UNIT runs."""
    return {
        "ListenStream": path(name),
        "DirectoryMode": "0711",
        "SocketMode": "0660",
        "SocketGroup": GROUP,
        "RemoveOnStop": "yes",
        # Otherwise a request to a server that has ended would start it again.
        "BindsTo": f"{unit}.service",
    }


async def answers(name, page, timeout=10):
    """Whether something answers a request for PAGE at the socket of NAME within TIMEOUT seconds."""
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_unix_connection(path(name))
            try:
                writer.write(f"GET {page} HTTP/1.0\r\n\r\n".encode())
                return await reader.read(1) != b""
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
