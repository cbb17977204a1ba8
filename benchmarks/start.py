"""How long a user waits for a server, against JupyterLab started by a command on the same machine."""

import json
import time

from pairs import STATE, compare, inside

from visitor import Visitor

BY_COMMAND = """
import subprocess, time, urllib.request
start = time.perf_counter()
command = ["runuser", "-u", "nobody", "--", "env", "HOME=/tmp", "/opt/openstack-hub/user/bin/jupyter-lab",
           "--no-browser", "--port=18888", "--IdentityProvider.token=", "--ServerApp.allow_unauthenticated_access=True"]
server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
while True:
    try:
        urllib.request.urlopen("http://127.0.0.1:18888/api", timeout=1)
        break
    except OSError:
        time.sleep(0.02)
print(time.perf_counter() - start)
server.terminate()
server.wait()
"""


def main():
    password = json.loads((STATE / "passwords.json").read_text())["bob"]
    user = Visitor("https://hub.localhost:8443", ca=str(STATE / "ca/ca.crt"))
    user.sign_in("bob", password)

    def as_a_user():
        start = time.perf_counter()
        user.start("default")
        seconds = time.perf_counter() - start
        assert user.server("GET", "api/status").status_code == 200, "the server was not ready"
        user.stop()
        return seconds

    as_a_user()  # the first start creates account and home
    compare("server start", as_a_user, lambda: float(inside(BY_COMMAND)))


if __name__ == "__main__":
    main()
