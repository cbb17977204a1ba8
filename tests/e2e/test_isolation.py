"""Two users at once: neither can reach anything of the other, not even from within the machine."""

import json

import deployment
import pytest
from attempts import HUB_REQUEST, attempts

from visitor.kernel import Kernel

FORBIDDEN = {"PermissionError", "FileNotFoundError"}


@pytest.fixture(scope="module")
def alice(testbed):
    yield deployment.started("alice", "default")
    deployment.stop_server("alice")


@pytest.fixture(scope="module")
def bob(testbed):
    yield deployment.started("bob", "default")
    deployment.stop_server("bob")


@pytest.fixture(scope="module")
def kernels(alice, bob):
    """A running kernel of each user."""
    with Kernel(alice) as of_alice, Kernel(bob) as of_bob:
        yield {"alice": of_alice, "bob": of_bob}


@pytest.fixture(scope="module")
def victim(kernels):
    """Alice's kernel, server and token, all known to the attacker."""
    facts = "os.getpid(), os.getppid(), os.environ['JUPYTERHUB_API_TOKEN']"
    output = kernels["alice"].run(f"import json, os; print(json.dumps([{facts}]))")
    return dict(zip(("kernel", "server", "token"), json.loads(output.text), strict=True))


def ports(name):
    """TCP ports on which NAME's programs listen, on any address."""
    uid = deployment.on_hub(f"id -u {name}")
    rows = [line.split() for line in deployment.on_hub("cat /proc/net/tcp /proc/net/tcp6").splitlines()]
    return {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A" and row[7] == uid}


@pytest.fixture(scope="module")
def as_bob(kernels):
    """The results of statements in bob's kernel."""

    def run(*statements):
        return attempts(kernels["bob"], *statements)

    return run


def test_an_attempt_that_succeeds_is_recognised(as_bob):
    assert as_bob("os.environ['JUPYTERHUB_USER']", "os.listdir('/home/bob') and 1") == ["'bob'", "1"]


def test_homes_and_runtime_folders_are_closed(as_bob):
    paths = ["/home/alice", "/run/jupyterhub-servers", "/var/lib/openstack-hub", "/run/jupyterhub-environments"]
    results = as_bob(*[f"os.listdir({path!r})" for path in paths])
    assert set(results) <= FORBIDDEN, results


def test_homes_and_runtime_folders_are_not_writable_for_others(as_bob):
    paths = ["/home/alice/x", "/run/jupyterhub-servers/x", "/home/x"]
    results = as_bob(*[f"pathlib.Path({path!r}).write_text('x')" for path in paths])
    assert set(results) <= {*FORBIDDEN, "OSError"}, results


def test_nobody_can_hold_the_locks_that_installations_and_starts_wait_for(as_bob):
    """A lock needs no more than a file that can be opened for reading."""
    locks = deployment.on_hub("ls /opt/openstack-hub/environments/.lock /run/jupyterhub-home.lock").split()
    results = as_bob(*[f"__import__('fcntl').flock(open({path!r}), 6)" for path in ["/etc/hostname", *locks]])
    assert results == ["None", "PermissionError", "PermissionError"]


def test_temporary_files_are_private(kernels, as_bob):
    written = kernels["alice"].run("for p in ('/tmp/e2e', '/dev/shm/e2e'): print(open(p, 'w').write('secret'))")
    assert written.text.split() == ["6", "6"]
    results = as_bob("open('/tmp/e2e').read()", "open('/dev/shm/e2e').read()")
    assert set(results) <= FORBIDDEN, results


def test_processes_of_others_are_invisible(as_bob, victim):
    pids, files = [victim["kernel"], victim["server"]], ("environ", "cmdline", "status")
    results = as_bob(*[f"open('/proc/{pid}/{file}').read()" for pid in pids for file in files])
    assert set(results) <= FORBIDDEN, results
    (owners,) = as_bob("{os.stat(f'/proc/{p}').st_uid for p in os.listdir('/proc') if p.isdigit()} == {os.getuid()}")
    assert owners == "True"


@pytest.mark.parametrize("command", ["systemctl show", "systemctl cat", "systemctl status", "journalctl -u"])
def test_systemd_shows_no_tokens(as_bob, victim, command):
    """Not to a server, which does not reach the bus, nor to the account of its user outside of it."""
    arguments = [*command.split(), "jupyter-alice.service"]
    (inside,) = as_bob(f"(lambda d: d.stdout + d.stderr)(subprocess.run({arguments}, capture_output=True, text=True))")
    outside = deployment.on_hub(f"runuser -u bob -- {' '.join(arguments)} 2>&1", check=False)
    assert victim["token"] not in inside + outside
    none = "not seeing messages from other users"
    assert "bus: Permission denied" in inside or none in inside, inside
    assert "jupyter-alice" in outside or none in outside, outside  # it has answered


def test_the_hub_shows_nothing_about_another_user(as_bob):
    assert as_bob(HUB_REQUEST.format("/users/bob"), HUB_REQUEST.format("/users/alice")) == ["200", "HTTPError 404"]


def test_the_routes_of_the_proxy_are_not_readable(as_bob):
    assert as_bob("urllib.request.urlopen('http://127.0.0.1:8001/api/routes').status") == ["URLError"]  # refused


def test_servers_reject_the_token_of_another_user(as_bob, victim):
    url = f"{deployment.URL}/user/alice/api/contents"
    request = f"urllib.request.urlopen(urllib.request.Request({url!r}, headers={{{{'Authorization': {{}}}}}})).status"
    own = "'token ' + os.environ['JUPYTERHUB_API_TOKEN']"
    assert as_bob(request.format(own), request.format("''")) == ["HTTPError 403"] * 2
    # Control: the same request with the right token works.
    assert as_bob(request.format(repr(f"token {victim['token']}"))) == ["200"]


def test_the_hub_denies_access_to_the_server_of_another_user(alice, bob):
    for path in ("lab", "api/contents", "api/kernels"):
        assert bob.page(alice.server_url(path)).status_code == 403, path
    assert alice.page(alice.server_url("lab")).status_code == 200


def test_the_channels_of_kernels_are_sockets_in_a_private_folder(kernels, victim):
    folder = "/proc/$(systemctl show -P MainPID jupyter-alice)/root/run/jupyter"
    assert deployment.on_hub(f"stat -c '%U %A' {folder}") == "alice drwx-----T"
    facts = json.loads(deployment.on_hub(f"cat {folder}/kernel-{kernels['alice'].id}.json"))
    assert facts["transport"] == "ipc"
    assert facts["ip"].startswith("/run/jupyter/")
    assert int(deployment.on_hub(f"find {folder} -type s | wc -l")) >= 5


def test_the_tcp_port_of_a_kernel_accepts_nothing_from_others(kernels, as_bob):
    """ipykernel receives the output of forked children there, and ignores messages without its secret."""
    alice, code = kernels["alice"], "print(get_ipython().kernel.iopub_thread._pipe_port)"
    port = int(alice.run(code).text)
    assert ports("alice") == {port}, "the server has none"
    send = f"(lambda s: (s.connect('tcp://127.0.0.1:{port}'), s.send_multipart([b'guess', b'stdout', b'forged'])))"
    (sent,) = as_bob(f"{send}(__import__('zmq').Context.instance().socket(8)) and 'sent'")
    assert sent == "'sent'"
    journal = "journalctl -u jupyter-alice -o cat"
    deployment.until("it has arrived", lambda: "Bad pipe message" in deployment.on_hub(journal), 10)
    assert alice.run("print('mine')").text == "mine\n"
