"""A second virtual host of the hub's Apache, on a port that is not published: the first one without its protection."""

import contextlib
import re

import breakages
import deployment

PORT = 9443
FILE = "/etc/apache2/sites-enabled/weakened.conf"
RELOAD = "apachectl configtest && systemctl reload apache2"
# What is taken out of the first one, and what is set instead
PROTECTION = r"^.*RequestHeader .*\n|^.*Header edit .*\n|^.*AllowEncodedSlashes .*\n|^.*DirectorySlash .*\n"
INSTEAD = """
  HttpProtocolOptions Unsafe
  LimitRequestFieldSize 200000
  LimitRequestLine 200000
  AllowEncodedSlashes On
"""


def virtual_host():
    site = deployment.on_hub(f"cat {breakages.SITE}")
    text = re.search(r"<VirtualHost [^\n]*>\n(?:(?!<VirtualHost).)*SSLEngine on.*</VirtualHost>", site, re.DOTALL)[0]
    text, removed = re.subn(PROTECTION, "", text, flags=re.MULTILINE)
    assert removed >= 7, site
    return f"Listen {PORT} https\n" + re.sub(r"<VirtualHost .*>", f"<VirtualHost *:{PORT}>{INSTEAD}", text)


@contextlib.contextmanager
def weakened():
    """Yields its URL."""
    address = deployment.podman(
        "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", deployment.HUB_CONTAINER
    ).stdout.strip()
    write = f"cat >{FILE} <<'END'\n{virtual_host()}\nEND\n{RELOAD}"
    with breakages.by_commands(write, f"rm -f {FILE}; {RELOAD}"):
        yield f"https://{address}:{PORT}"
