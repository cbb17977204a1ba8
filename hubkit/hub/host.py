"""Platform `host`: everything on one machine, each server a systemd unit with its user's own account."""

import asyncio
import grp
import os
import pwd

from jupyterhub.utils import random_port
from systemdspawner import SystemdSpawner, systemd
from tornado import web

from . import menu
from .accounts import Accounts

OPT, STATE = "/opt/openstack-hub", "/var/lib/openstack-hub"


def taken(name):
    """Whether the machine has an account or group NAME; useradd would stumble over either."""
    for find in (pwd.getpwnam, grp.getgrnam):
        try:
            find(name)
        except KeyError:
            continue
        return True
    return False


def properties(home, memory, cpu):
    """systemd properties of a server. HOME a path, MEMORY in bytes, CPU in cores."""
    return {
        "MemoryAccounting": "yes",
        "MemoryMax": str(memory),
        "MemorySwapMax": "0",
        "CPUAccounting": "yes",
        "CPUQuota": f"{round(cpu * 100)}%",
        "TasksMax": "512",
        "NoNewPrivileges": "yes",
        "PrivateTmp": "yes",
        "PrivateDevices": "yes",
        "ProtectProc": "invisible",
        "ProtectSystem": "strict",
        "ReadWritePaths": home,
        "ProtectKernelTunables": "yes",
        "ProtectKernelModules": "yes",
        "ProtectControlGroups": "yes",
        "RestrictSUIDSGID": "yes",
        "UMask": "0077",
        "TimeoutStopSec": "20",
    }


def listener(port):
    """The uid that listens on TCP PORT of loopback or of all addresses, None while nobody does."""
    with open("/proc/net/tcp") as table:  # noqa: PTH123
        rows = [line.split() for line in table.readlines()[1:]]
    return next(
        (int(row[7]) for row in rows if row[3] == "0A" and row[1] in (f"0100007F:{port:04X}", f"00000000:{port:04X}")),
        None,
    )


async def run(*command, timeout=30):
    """(exit status, output) of COMMAND. Raises TimeoutError after TIMEOUT seconds."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), timeout)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return process.returncode, output.decode(errors="replace").strip()


async def last_words(unit):
    """What UNIT's own programs said when it last ran, on one line; systemd's words about it are left out."""
    _, invocation = await run("systemctl", "show", "--value", "--property=InvocationID", unit)
    _, text = await run("journalctl", f"_SYSTEMD_INVOCATION_ID={invocation}", "-n", "5", "-o", "cat", "--quiet")
    return " ".join(text.splitlines())


def failed(text):
    error = web.HTTPError(500, text)
    error.jupyterhub_message = text
    return error


class HostSpawner(SystemdSpawner):
    """A server as unit `jupyter-NAME`, after `jupyterhub-home@NAME` made account and home."""

    KEPT = ("mem_limit", "cpu_limit", "mem_guarantee", "cpu_guarantee")

    steps = ()  # (per cent, sentence) of the start under way

    def get_state(self):
        return {**super().get_state(), **{name: getattr(self, name) for name in self.KEPT}}

    def load_state(self, state):
        # A hub that was restarted must still know what it promised to the servers that run.
        super().load_state(state)
        for name in self.KEPT:
            if name in state:
                setattr(self, name, state[name])

    def get_env(self):
        # Links resolved now: a running server keeps its environment through an upgrade.
        user_env = os.path.realpath(f"{OPT}/user")
        return {
            **super().get_env(),
            "PATH": f"{user_env}/bin:/usr/local/bin:/usr/bin:/bin",
            "JUPYTER_CONFIG_PATH": f"{OPT}/etc/jupyter",
            "HUBKIT_ZIP": os.path.realpath(f"{OPT}/lib/hubkit.zip"),
            # Kernels' sockets and files: not on the home, so that a full one does not prevent a start.
            "JUPYTER_RUNTIME_DIR": f"/run/{self.unit_name}",
        }

    async def start(self):
        self.steps = [(10, "Preparing your home")]
        try:
            await self.prepare_home()
            return await self.start_unit()
        finally:
            self.steps = ()

    async def start_unit(self):
        """Run the server as a unit; its address and port when it listens. Raises HTTPError with a sentence."""
        self.steps.append((30, f"Starting a server with {menu.amount(self.cpu_limit, self.mem_limit)}"))
        account = pwd.getpwnam(self.user.name)
        # A unit that the hub does not know of is a remnant; one that failed keeps its name until reset.
        await run("systemctl", "stop", self.unit_name, timeout=60)
        await run("systemctl", "reset-failed", self.unit_name)
        self.port = random_port()
        command = os.path.realpath(f"{OPT}/user") + "/bin/jupyterhub-singleuser"
        status = await systemd.start_transient_service(
            self.unit_name,
            [command],
            self.get_args(),
            working_dir=account.pw_dir,
            environment_variables=self.get_env(),
            properties=properties(account.pw_dir, self.mem_limit, self.cpu_limit),
            uid=account.pw_uid,
            gid=account.pw_gid,
            slice="jupyter.slice",
        )
        if status:
            raise failed("The machine could not start your server. Please tell the administrators.")
        self.steps.append((60, "Waiting for JupyterLab to answer"))
        await self.answers(account.pw_uid)
        return "127.0.0.1", self.port

    async def prepare_home(self):
        """Start the unit that makes account and home. Raises HTTPError with the unit's own words."""
        # Names are [a-z0-9-] and the unit uses %i, so nothing is escaped.
        unit = f"jupyterhub-home@{self.user.name}.service"
        try:
            status, text = await run("systemctl", "start", unit, timeout=self.start_timeout / 2)
        except TimeoutError:
            status, text = 1, "that takes too long"
        if status:
            raise failed(f"Your home could not be prepared: {await last_words(unit) or text}")

    async def answers(self, uid):
        """Return when UID listens on the port. Raises HTTPError when the server ends or the port is somebody else's."""
        while (owner := listener(self.port)) is None:
            if await self.poll() is not None:
                raise failed(f"Your server ended while it started: {await last_words(self.unit_name)}")
            await asyncio.sleep(0.2)
        if owner != uid:  # the hub would send this user's requests, cookies included, to another one
            raise failed("The server's port was taken. Please start again.")

    async def poll(self):
        """None while the unit runs, or while systemd does not say; 1 when it has ended."""
        status, text = await run("systemctl", "is-active", self.unit_name)
        if status in (3, 4) and text != "deactivating":
            return 1
        if status:
            self.log.warning("State of %s is unknown: %s", self.unit_name, text)
        return None

    async def progress(self):
        """The steps of `start`, those of the past at once; the hub ends this when the server is up."""
        told = 0
        while True:
            for percent, message in self.steps[told:]:
                yield {"progress": percent, "message": message}
                told += 1
            await asyncio.sleep(0.2)


def configure(c, model):
    """Set addresses (all on loopback), paths, and the spawner."""
    c.JupyterHub.bind_url = "http://127.0.0.1:8000"
    c.JupyterHub.hub_ip, c.JupyterHub.hub_port = "127.0.0.1", 8081
    c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:8001"
    c.JupyterHub.db_url = f"sqlite:///{STATE}/jupyterhub.sqlite"
    c.JupyterHub.spawner_class = HostSpawner
    c.HostSpawner.unit_name_template = "jupyter-{USERNAME}"
    c.IAMAuthenticator.accounts = Accounts(f"{STATE}/accounts.sqlite", taken)
