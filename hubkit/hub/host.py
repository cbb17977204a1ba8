"""Platform `host`: everything on one machine, each server a systemd unit under its user's own account."""

import asyncio
import grp
import os
import pwd
from pathlib import Path

from systemdspawner import SystemdSpawner, systemd
from traitlets import Dict

from . import admission, homes, profiles, sandbox, unit_socket
from .accounts import Accounts
from .local import LocalAccounts
from .pages import user_error
from .profile_list import format_resources

OPT, STATE = "/opt/openstack-hub", "/var/lib/openstack-hub"
ENVIRONMENTS = "/run/jupyterhub-environments"
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

    model = Dict(config=True, help="The hub's model (docs/design.md).")

    steps = ()  # [(per cent, message)] of the start in progress

    @property
    def profile(self):
        return profiles.selected(self, self.model["profiles"])

    def get_state(self):
        return {**super().get_state(), **{name: getattr(self, name) for name in self.SAVED_LIMITS}}

    def load_state(self, state):
        # A restarted hub must still know what it guaranteed to running servers.
        super().load_state(state)
        for name in self.SAVED_LIMITS:
            if name in state:
                setattr(self, name, state[name])

    def _connectable_server(self):
        server = super().server
        # JupyterHub stores protocol, host and port, but a socket has no port. Servers of an older version have one.
        if server is not None and server.proto == "http+unix":
            server.connect_url = f"{server.proto}://{server.ip}"
        return server

    server = SystemdSpawner.server.getter(_connectable_server)

    def get_env(self):
        # Symlinks are resolved now: a running server keeps its environment through an upgrade.
        user_env = os.path.realpath(f"{OPT}/user")
        return {
            **super().get_env(),
            **self.profile["environment"],
            "PATH": f"{user_env}/bin:/usr/local/bin:/usr/bin:/bin",
            "JUPYTER_CONFIG_PATH": f"{OPT}/etc/jupyter",
            "HUBKIT_ZIP": os.path.realpath(f"{OPT}/lib/hubkit.zip"),
            "JUPYTER_RUNTIME_DIR": sandbox.RUNTIME,
        }

    def get_args(self):
        # Answers on the socket that systemd hands to it (hubkit.server), and listens on no port.
        return [*super().get_args(), f"--ServerApp.sock={sandbox.RUNTIME}/server.sock"]

    async def start(self):
        self.steps = [(10, "Preparing your home")]
        try:
            # Units that the hub does not know of; failed ones keep their names until they are reset.
            await self.stop()
            await run_command("systemctl", "reset-failed", *self.units())
            await self.prepare_home()
            return await self.start_unit()
        finally:
            self.steps = ()

    async def stop(self, now=False):
        await run_command("systemctl", "stop", *self.units(), timeout=60)

    def units(self):
        return f"{self.unit_name}.service", f"{self.unit_name}.socket"

    async def start_unit(self):
        """Run the server as a unit; returns its URL when it answers. Raises HTTPError with a message."""
        self.steps.append((30, f"Starting a server with {format_resources(self.cpu_limit, self.mem_limit)}"))
        account = pwd.getpwnam(self.user.name)
        self.port = 8888  # jupyter_server accepts a socket only beside its default port, which it then does not use
        environment = systemd.make_environment_file(ENVIRONMENTS, self.unit_name, self.get_env())
        try:
            await self.run_unit(account, environment)
            self.steps.append((60, "Waiting for JupyterLab to answer"))
            await self.wait_until_answering()
        finally:
            Path(environment).unlink()
        return unit_socket.url(self.user.name)

    async def run_unit(self, account, environment):
        """Start socket and service. ENVIRONMENT is a file, so that its secrets are in no list of processes."""
        properties = sandbox.unit_properties(
            account, self.mem_limit, self.cpu_limit, self.model["user_namespaces"], self.profile["mounts"]
        )
        properties["EnvironmentFile"] = environment
        status, text = await run_command(
            "systemd-run", "--quiet", f"--unit={self.unit_name}", "--slice=jupyter.slice",
            f"--uid={account.pw_uid}", f"--gid={account.pw_gid}", f"--working-directory={account.pw_dir}",
            *sandbox.options("socket-property", unit_socket.properties(self.user.name, self.unit_name)),
            *sandbox.options("property", properties),
            os.path.realpath(f"{OPT}/user") + "/bin/jupyterhub-singleuser", *self.get_args(),
        )  # fmt: skip
        if status:
            self.log.error("systemd-run: %s", text)
            raise user_error(500, "The machine could not start your server. Please tell the administrators.")

    async def prepare_home(self):
        """Start the unit that creates account and home. Raises HTTPError with what the unit logged."""
        homes.write_size(self.user.name, self.model, profiles.groups_of(self))
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

    async def wait_until_answering(self):
        """Return when the server answers. Raises HTTPError with what the server logged when it ends."""
        while not await unit_socket.answers(self.user.name, f"{self.server.base_url}api"):
            if await self.poll() is not None:
                raise user_error(
                    500, f"Your server stopped while it was starting: {await last_log_lines(self.unit_name)}"
                )
            await asyncio.sleep(0.2)

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
    """Set endpoints (on loopback, servers on sockets), paths, and the spawner."""
    c.JupyterHub.bind_url = "http://127.0.0.1:8000"
    c.JupyterHub.hub_ip, c.JupyterHub.hub_port = "127.0.0.1", 8081
    c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:8001"
    c.JupyterHub.db_url = f"sqlite:///{STATE}/jupyterhub.sqlite"
    c.JupyterHub.spawner_class = HostSpawner
    c.HostSpawner.unit_name_template = "jupyter-{USERNAME}"
    c.HubAuthenticator.accounts = Accounts(f"{STATE}/accounts.sqlite", name_exists)
    c.HubAuthenticator.local = LocalAccounts(f"{STATE}/local.sqlite")
    c.HostSpawner.model = model
