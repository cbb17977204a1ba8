"""What a look for secrets needs: what the secrets are, and the texts of all places in which they could be."""

import contextlib
import json
import re
import subprocess
from urllib.parse import parse_qsl, urljoin, urlsplit

import deployment
from deployment import CA, ENVIRONMENT, HUB_CONTAINER, STATE, URL, site
from secret_search import SHORTEST, texts_of

from visitor import Visitor

# The tokens that the IAM gave for each user, as the hub's database has them: {"access_token of NAME": token}
TOKENS = """
import base64, json, pathlib, sqlite3
from cryptography.fernet import Fernet, InvalidToken
key = json.loads(pathlib.Path(SECRETS).read_text())["crypt_key"]
fernet, tokens = Fernet(base64.urlsafe_b64encode(bytes.fromhex(key))), {}
database = sqlite3.connect(f"file:{HUB_STATE}/jupyterhub.sqlite?mode=ro", uri=True)
for name, state in database.execute("select name, encrypted_auth_state from users where encrypted_auth_state notnull"):
    try:
        answer = json.loads(fernet.decrypt(state))["token_response"]
    except InvalidToken:  # of a user who has not signed in since the key was rotated
        continue
    tokens |= {f"{kind} of {name}": answer[kind] for kind in ("access_token", "refresh_token", "id_token")}
print(json.dumps(tokens))
"""
AUDIT_LOG = "import pathlib; [print(path.read_text()) for path in pathlib.Path(HUB_STATE, 'audit').glob('*.jsonl')]"
# Its own command line, for a moment
COMMAND = "import subprocess; subprocess.run(['sh', '-c', 'sleep 0.3', CONTROL])"
# Files that an account without any rights can read and that have one of the lines of the standard input. Packages are
# left out: they are the same everywhere.
FIND = """umask 077; cat >/root/e2e-patterns
setpriv --reuid=nobody --regid=nogroup --clear-groups find /etc /opt /run /tmp /var \
  \\( -name site-packages -o -name node_modules -o -path /var/lib/dpkg -o -path /var/cache/openstack-hub \\) -prune -o \
  -type f -size -4M -readable -print0 2>/dev/null | xargs -0 grep -lFf /root/e2e-patterns
rm /root/e2e-patterns"""
READABLE = "/var/tmp/e2e-readable"
CODES = ("code", "state")


def in_hub(script, **constants):
    """Output of a Python script next to the hub."""
    constants |= {"HUB_STATE": site.HUB_STATE, "SECRETS": site.SECRETS}
    script = "".join(f"{name} = {value!r}\n" for name, value in constants.items()) + script
    return subprocess.run(
        site.HUB_PYTHON, input=script, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=True
    ).stdout


def tokens_of_the_iam():
    return json.loads(in_hub(TOKENS))


def private_keys():
    """{name: line} of private keys of the deployment. The last one is public: certificates have it, too."""
    files = [*(STATE / "ca").glob("*.key"), STATE / "ssh/key"]
    lines = {f"line {number} of {path.name}": line for path in files
             for number, line in enumerate(path.read_text().splitlines()[1:-2], 1)}  # fmt: skip
    return {name: line for name, line in lines.items() if len(line) >= 2 * SHORTEST and "AAAA" not in line}


def audit_log():
    return {"audit log": in_hub(AUDIT_LOG)}


def apache_logs():
    return {path: deployment.on_hub(f"cat {path}") for path in deployment.on_hub("ls /var/log/apache2/*").split()}


def readable_files(control, known):
    """{path: text} of files on Apache's machine that everybody can read and that have CONTROL or one of KNOWN."""
    deployment.on_hub(f"echo {control} >{READABLE} && chmod 644 {READABLE}")
    lines = sorted({form for secret in [control, *known] for form in texts_of(secret)})
    command = ["podman", "exec", "-i", HUB_CONTAINER, "sh", "-c", FIND]
    found = subprocess.run(
        command, input="\n".join(lines), env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=True
    )
    printable = "LC_ALL=C tr -cd '[:print:][:space:]'"
    texts = {path: deployment.on_hub(f"{printable} <'{path}'") for path in found.stdout.splitlines()}
    deployment.on_hub(f"rm {READABLE}")
    return texts


@contextlib.contextmanager
def apache_with(line):
    """Apache with LINE of configuration."""
    path = "/etc/apache2/conf-enabled/e2e.conf"
    try:
        deployment.on_hub(f"echo '{line}' >{path} && systemctl reload apache2")
        yield
    finally:
        deployment.on_hub(f"rm -f {path} && systemctl reload apache2")


class Recorder:
    """Visitors whose pages are kept: {address and number: headers and text}."""

    def __init__(self):
        self.pages, self.addresses, self.cookies = {}, [], {}

    def visitor(self):
        visitor = Visitor(URL, CA)
        visitor.session.hooks["response"].append(self._record)
        return visitor

    def _record(self, response, **_):
        location = response.headers.get("Location", "")
        self.addresses += [response.url, urljoin(response.url, location)]
        if not response.url.startswith(URL) or response.url.endswith("/tokens"):  # a page of the IAM, or a new token
            return
        self.cookies |= {cookie.name: cookie.value for cookie in response.cookies if cookie.name != "_xsrf"}
        own = ("set-cookie", "location")
        headers = {name: value for name, value in response.headers.items() if name.lower() not in own}
        # Codes are handed over in redirects.
        redirect = re.sub(rf"\b({'|'.join(CODES)})=[^&]*", "", location)
        is_stream = response.headers.get("Content-Type", "").startswith("text/event-stream")
        page = f"{headers}\n{redirect}\n{'' if is_stream else response.text}"
        self.pages[f"{urlsplit(response.url).path} {len(self.pages)}"] = page

    def callbacks(self):
        """Addresses, with codes, to which users came back from a sign-in."""
        return sorted({address for address in self.addresses if "/oauth_callback?" in address})

    def secrets(self):
        """{name: secret} that were given to users' browsers."""
        codes = {
            f"{name} {number}": value
            for number, address in enumerate(dict.fromkeys(self.addresses))
            for name, value in parse_qsl(urlsplit(address).query)
            if name in CODES
        }
        cookies = {f"cookie {name}": value for name, value in self.cookies.items()}
        return {name: value for name, value in (codes | cookies).items() if len(value) >= 2 * SHORTEST}
