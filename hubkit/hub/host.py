"""Platform `host`: everything on one machine, each server a systemd unit under its user's own account."""

import asyncio
import grp
import os
import pwd

from jupyterhub.utils import random_port
from systemdspawner import SystemdSpawner, systemd

from . import admission
from .accounts import Accounts
from .pages import user_error
from .profile_list import format_resources

OPT, STATE = "/opt/openstack-hub", "/var/lib/openstack-hub"
LOCK_TIMEOUT = 70  # seconds; that of the unit is 60


def name_exists(name):
    """Whether the machine has an account or a group NAME; useradd fails for either."""
    for look_up in (pwd.getpwnam, grp.getgrnam):
        try:
            look_up(name)
        except KeyError:
            continue
        return True
    return False


def has_home(name):
    """Whether the user called NAME has an account, which is made with the home."""
    return name_exists(name)


def unit_properties(home, memory, cpu):
    """systemd properties of a server's unit. HOME a path, MEMORY in bytes, CPU in cores."""
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


def listening_uid(port):
    """The uid of the process that listens on TCP PORT of loopback or of all addresses, None for none."""
    with open("/proc/net/tcp") as table:  # noqa: PTH123
        rows = [line.split() for line in table.readlines()[1:]]
    return next(
        (int(row[7]) for row in rows if row[3] == "0A" and row[1] in (f"0100007F:{port:04X}", f"00000000:{port:04X}")),
        None,
    )


async def run_command(*command, timeout=30):
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


async def last_log_lines(unit):
    """What UNIT's own programs logged when it last ran, on one line, without systemd's messages about it."""
    _, invocation = await run_command("systemctl", "show", "--value", "--property=InvocationID", unit)
    query = ("journalctl", f"_SYSTEMD_INVOCATION_ID={invocation}", "-n", "5", "-o", "cat", "--quiet")
    _, text = await run_command(*query)
    return " ".join(text.splitlines())


class HostSpawner(SystemdSpawner):
    """A server as unit `jupyter-NAME`, after `jupyterhub-home@NAME` has created account and home."""

    SAVED_LIMITS = ("mem_limit", "cpu_limit", "mem_guarantee", "cpu_guarantee")

    steps = ()  # [(per cent, message)] of the start in progress

    def get_state(self):
        return {**super().get_state(), **{name: getattr(self, name) for name in self.SAVED_LIMITS}}

    def load_state(self, state):
        # A restarted hub must still know what it guaranteed to running servers.
        super().load_state(state)
        for name in self.SAVED_LIMITS:
            if name in state:
                setattr(self, name, state[name])

    def get_env(self):
        # Symlinks are resolved now: a running server keeps its environment through an upgrade.
        user_env = os.path.realpath(f"{OPT}/user")
        return {
            **super().get_env(),
            "PATH": f"{user_env}/bin:/usr/local/bin:/usr/bin:/bin",
            "JUPYTER_CONFIG_PATH": f"{OPT}/etc/jupyter",
            "HUBKIT_ZIP": os.path.realpath(f"{OPT}/lib/hubkit.zip"),
            # Sockets and files of kernels: not in the home, so that a full home does not prevent a start.
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
        """Run the server as a unit; returns (address, port) when it listens. Raises HTTPError with a message."""
        self.steps.append((30, f"Starting a server with {format_resources(self.cpu_limit, self.mem_limit)}"))
        account = pwd.getpwnam(self.user.name)
        # Stop a unit that the hub does not know of; a failed one keeps its name until it is reset.
        await run_command("systemctl", "stop", self.unit_name, timeout=60)
        await run_command("systemctl", "reset-failed", self.unit_name)
        self.port = random_port()
        command = os.path.realpath(f"{OPT}/user") + "/bin/jupyterhub-singleuser"
        status = await systemd.start_transient_service(
            self.unit_name,
            [command],
            self.get_args(),
            working_dir=account.pw_dir,
            environment_variables=self.get_env(),
            properties=unit_properties(account.pw_dir, self.mem_limit, self.cpu_limit),
            uid=account.pw_uid,
            gid=account.pw_gid,
            slice="jupyter.slice",
        )
        if status:
            raise user_error(500, "The machine could not start your server. Please tell the administrators.")
        self.steps.append((60, "Waiting for JupyterLab to answer"))
        await self.wait_until_listening(account.pw_uid)
        return "127.0.0.1", self.port

    async def prepare_home(self):
        """Start the unit that creates account and home. Raises HTTPError with what the unit logged."""
        # Names are [a-z0-9-] and the unit uses %i, so nothing needs escaping.
        unit = f"jupyterhub-home@{self.user.name}.service"
        try:
            status, text = await run_command("systemctl", "start", unit, timeout=self.start_timeout / 2)
        except TimeoutError:
            status, text = 1, "timed out"
        if status:
            raise user_error(500, f"Your home could not be prepared: {await last_log_lines(unit) or text}")

    async def lock_account(self):
        """End all programs of the user's account, and expire it until the next start. Errors are logged, not raised."""
        unit = f"jupyterhub-lock@{self.user.name}.service"
        try:
            status, text = await run_command("systemctl", "start", unit, timeout=LOCK_TIMEOUT)
        except (OSError, TimeoutError) as error:
            status, text = 1, repr(error)
        if status:
            self.log.error("The account of %s could not be locked: %s", self.user.name, text)

    async def wait_until_listening(self, uid):
        """Return when UID listens on the port. Raises HTTPError when the server ends or another user has the port."""
        while (owner := listening_uid(self.port)) is None:
            if await self.poll() is not None:
                raise user_error(
                    500, f"Your server stopped while it was starting: {await last_log_lines(self.unit_name)}"
                )
            await asyncio.sleep(0.2)
        if owner != uid:  # the hub would send this user's requests, cookies included, to the other one
            raise user_error(500, "Another program took the server's port. Please start again.")

    async def poll(self):
        """None while the unit runs, or while systemd does not answer; 1 when it has ended."""
        status, text = await run_command("systemctl", "is-active", self.unit_name)
        if status in (3, 4) and text != "deactivating":
            return 1
        if status:
            self.log.warning("State of %s is unknown: %s", self.unit_name, text)
        return None

    async def progress(self):
        """The steps of `start`, past ones at once; the hub ends this when the server is up."""
        reported = 0
        while True:
            for percent, message in self.steps[reported:]:
                yield {"progress": percent, "message": message}
                reported += 1
            await asyncio.sleep(0.2)


def capacity():
    return admission.host_capacity()


def configure(c, model):
    """Set endpoints (all on loopback), paths, and the spawner."""
    c.JupyterHub.bind_url = "http://127.0.0.1:8000"
    c.JupyterHub.hub_ip, c.JupyterHub.hub_port = "127.0.0.1", 8081
    c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:8001"
    c.JupyterHub.db_url = f"sqlite:///{STATE}/jupyterhub.sqlite"
    c.JupyterHub.spawner_class = HostSpawner
    c.HostSpawner.unit_name_template = "jupyter-{USERNAME}"
    c.IAMAuthenticator.accounts = Accounts(f"{STATE}/accounts.sqlite", name_exists)
