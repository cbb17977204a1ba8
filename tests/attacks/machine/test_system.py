"""What a server may not learn from the machine and its services, nor change there."""

import deployment
import pytest

# Succeeds where SHELL's command does.
RUN = "subprocess.run({!r}, shell=True, capture_output=True, timeout=20, stdin=subprocess.DEVNULL).returncode == 0"
# What root can read with the same command
READ = {
    "the journal of the hub": "journalctl -q -u jupyterhub -n 1 | grep -q .",
    "the files of the journal": "cat /var/log/journal/*/system.journal | grep -q .",
    "the logs of Apache": "cat /var/log/apache2/*.log | grep -q .",
    "the audit log": "cat /var/lib/openstack-hub/audit/*.jsonl | grep -q .",
    "names of accounts of the IAM": "cat /var/lib/openstack-hub/accounts.sqlite | grep -q .",
    "the database of the hub": "cat /var/lib/openstack-hub/jupyterhub.sqlite | grep -q .",
    "the secrets of the hub": "cat /etc/openstack-hub/secrets.json | grep -q .",
    "the token of the proxy": "cat /etc/openstack-hub/proxy.env | grep -q .",
    "the token of the culler": "cat /etc/openstack-hub/culler.env | grep -q .",
    "the key of the certificate": "cat /etc/ssl/openstack-hub/hub.key | grep -q .",
    "passwords of the machine": "cat /etc/shadow | grep -q .",
    "the environment of init": "cat /proc/1/environ | grep -q .",
    "that of the hub": "cat /proc/$(pgrep -of [j]upyterhub_config)/environ | grep -q .",
    "keys of the machine": "cat /etc/ssh/ssh_host_ed25519_key | grep -q .",
    "images of homes": "ls /var/lib/openstack-hub/homes",
    "root's home": "ls -A /root | grep -q .",
    "the files behind another process": "ls /proc/1/root/ /proc/1/fd/",
    "programs of others, from systemd": "busctl --timeout 5 call org.freedesktop.systemd1 /org/freedesktop/systemd1 "
    "org.freedesktop.systemd1.Manager GetUnitProcesses s jupyterhub.service | grep -q jupyterhub_config",
}
CHANGE = {
    "a program with the rights of root": "python3 -c 'import os; os.setuid(0)'",
    "sudo": "sudo -n true",
    "su": "echo | su -c true",
    "a unit of the system": "systemd-run --no-ask-password --quiet --wait true",
    "a unit of its own": "systemd-run --user --quiet --wait true",
    "an end of the hub": "systemctl --no-ask-password stop jupyterhub",
    "an end of the proxy": "systemctl --no-ask-password kill jupyterhub-proxy",
    "a start of another's home": "systemctl --no-ask-password start jupyterhub-home@alice",
    "another limit of memory": "systemctl --no-ask-password set-property --runtime jupyter-bob.service MemoryMax=9G",
    "a change of unit files": "systemctl --no-ask-password enable --now debug-shell",
    "new configuration of systemd": "systemctl --no-ask-password daemon-reload",
    "a call on the bus": "busctl --timeout 5 call org.freedesktop.systemd1 /org/freedesktop/systemd1 "
    "org.freedesktop.systemd1.Manager StartUnit ss jupyterhub-home@alice.service replace",
    "to linger": "loginctl --no-ask-password enable-linger",
    "another name of the machine": "hostnamectl --no-ask-password set-hostname attack",
    "another group of control": "find /sys/fs/cgroup -writable | grep .",
    "settings of the kernel": "find /proc/sys /proc/sysrq-trigger /sys -xdev -type f -writable | grep .",
    "a file system": "mount -t tmpfs none /mnt",
    "a device": "mknod /tmp/device c 1 1",
    "the packets of others": "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'",
    "packets of any form": "python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)'",
    "a signal to the hub": "kill -0 $(pgrep -of [j]upyterhub_config || echo 1)",
    "priority": "python3 -c 'import os; os.nice(-1)'",
    "the clock": "python3 -c 'import time; time.clock_settime(0, time.time())'",
}
# At the ports of the hub and of Apache, without a token and with headers that name a user
PATHS = ["users", "users/alice", "proxy", "services", "groups", "shutdown", "authorizations/token/x", "metrics"]
HEADERS = [{}, {"X-Remote-User": "carol"}, {"REMOTE_USER": "carol", "OIDC_CLAIM_preferred_username": "carol"},
           {"X-Forwarded-User": "carol", "X-Forwarded-For": "127.0.0.1"}, {"Authorization": "token "}]  # fmt: skip
REQUEST = "urllib.request.urlopen(urllib.request.Request({!r}, headers={}), context={}).status"
CONTEXT = "__import__('ssl')._create_unverified_context()"


def allowed(results, names):
    return [name for name, result in zip(names, results, strict=True) if result == "True"]


def test_nothing_is_read_that_is_not_the_users(as_bob):
    assert allowed(as_bob(*map(RUN.format, READ.values())), READ) == []


@pytest.mark.parametrize("what", READ)
def test_root_reads_it(bob, what):
    """The control."""
    deployment.on_hub(READ[what])


def test_the_system_bus_is_closed(as_bob, outside):
    """Where polkit runs, an account may ask systemd to run its own units, outside of the server and after its end."""
    connect = "socket.socket(socket.AF_UNIX).connect('/run/dbus/system_bus_socket')"
    assert as_bob(connect) == ["PermissionError"]
    assert outside(connect, RUN.format(READ["programs of others, from systemd"])) == ["None", "True"], "the control"


def test_nothing_is_changed_outside_of_the_server(as_bob):
    services = "systemctl show -P MainPID jupyterhub jupyterhub-proxy jupyterhub-culler apache2"
    before = deployment.on_hub(services)
    assert allowed(as_bob(*map(RUN.format, CHANGE.values())), CHANGE) == []
    assert deployment.on_hub(services) == before


def test_the_apis_of_the_services_answer_nobody_without_a_token(as_bob):
    url = "http://127.0.0.1:8081/hub/api/"
    requests = [REQUEST.format(url + path, headers, None) for path in PATHS for headers in HEADERS]
    assert set(as_bob(*requests)) <= {"HTTPError 403", "HTTPError 404", "HTTPError 405"}
    own = "{'Authorization': 'token ' + os.environ['JUPYTERHUB_API_TOKEN']}"
    assert as_bob(REQUEST.format(f"{url}users/bob", own, None)) == ["200"], "the control"


def test_apache_does_not_show_its_state_to_the_machines_own_users(as_bob):
    """Debian's page is for requests from the machine itself."""
    url = deployment.URL.replace("hub.localhost", "127.0.0.1")
    requests = [
        REQUEST.format(url + path, {}, CONTEXT) for path in ("/server-status", "/server-status?auto", "/hub/login")
    ]
    assert as_bob(*requests) == ["HTTPError 404", "HTTPError 404", "200"]
