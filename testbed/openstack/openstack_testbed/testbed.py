"""One instance of the control plane: a folder, six services, and methods for tests."""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from openstack_testbed import build, clusters, configuration, install, places, ports, processes
from openstack_testbed.clouds import CREDENTIALS, MEMBER, PROJECT, clouds
from openstack_testbed.faults import Faults

FOLDERS = ("etc", "log", "var", "seed", "clusters")
FILES = ("instance.json", "passwords.json", "clouds.yaml", "faults.json", "faults.lock", "lock")


class Failed(Exception):
    """It did not start; the message has the path and the last lines of the log."""


class Testbed:
    """A control plane in FOLDER, running or not.

    KUBERNETES names a network of kubernetes_testbed: Magnum's clusters are real and in it, from the first start on.
    Without it a new instance has clusters without nodes, and an existing one stays as it is. It needs root.
    """

    __test__ = False  # pytest must not collect it

    def __init__(self, folder=None, kubernetes=None):
        self.folder = Path(folder or places.instance()).absolute()
        self.clouds = self.folder / "clouds.yaml"
        self.faults = Faults(self.folder)
        self._network = kubernetes
        self._started = {}

    # --- Life --------------------------------------------------------------------------------------------------------
    def start(self, magnum_microversion=None):
        """Start or resume it with its data. MAGNUM_MICROVERSION is the newest that Magnum supports."""
        self._make_folders()
        with places.locked(self.folder / "lock"):
            settings = self._settings()
            wanted = settings | {"magnum_microversion": magnum_microversion} | self._kubernetes(settings)
            places.write_json(self.folder / "instance.json", wanted)
            if not self.is_running():
                return self._start_up()
            if wanted["kubernetes"]:  # its network may have been removed with its last member
                clusters.prepare(wanted["kubernetes"])
            if wanted != settings:
                self.restart("magnum")
            return self

    def reset(self):
        """Restore the seeded state, without faults, and start."""
        self._make_folders()
        with places.locked(self.folder / "lock"):
            self.faults.clear()
            if build.made_by(self.folder / "seed") == install.name() and self.is_running():
                self._reset_running()
                return self
            processes.kill(self.folder, grace=0)
            self._remove_clusters()
            build.restore(self.folder)
            return self._start_up()

    def stop(self, purge=False):
        """End all its processes; with PURGE, remove its data, and its folder if nothing else is in it."""
        processes.kill(self.folder)
        network = self._stored().get("kubernetes")
        if network and not purge:
            clusters.stop_containers(self.folder)
        if purge:
            if network:
                self._remove_clusters()
                clusters.remove_unused_network(network)
            for name in FOLDERS:
                shutil.rmtree(self.folder / name, ignore_errors=True)
            for name in FILES:
                (self.folder / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self.folder.rmdir()

    def is_running(self):
        """Whether each service answers."""
        return all(processes.answers(port) for port in self._settings()["ports"].values())

    def status(self):
        """{"services": {name: {"port", "answers"}}, "memory": bytes}."""
        services = {
            service: {"port": port, "answers": processes.answers(port)}
            for service, port in self._settings()["ports"].items()
        }
        return {"services": services, "memory": processes.memory(self.folder)}

    # --- For tests ---------------------------------------------------------------------------------------------------
    @contextlib.contextmanager
    def fault(self, **fault):
        """Set a fault while the block runs."""
        identifier = self.faults.set(**fault)
        try:
            yield identifier
        finally:
            self.faults.clear(identifier)

    def stop_service(self, service):
        """Stop one service: connections to it are refused."""
        self._started.pop(service, None)
        processes.kill(self.folder, service, grace=0.5)

    def start_service(self, service):
        """Start one service, and wait until it answers."""
        self.launch(service)
        self._await(service)

    def restart(self, service):
        self.stop_service(service)
        self.start_service(service)

    def calls(self, since=0.0, clients=True):
        """Calls of the APIs since a time.time(), oldest first; also those of services if not CLIENTS."""
        lines = []
        for file in (self.folder / "log").glob("*.calls"):
            lines += (json.loads(line) for line in file.read_text().split("\n")[:-1])  # the last may be incomplete
        return sorted(
            (line for line in lines if line["time"] >= since and not (clients and line["from"])),
            key=lambda line: line["time"],
        )

    def set_quota(self, clusters=None, compute=None, network=None):
        """Quotas of the member's project: a number of clusters, and dicts as openstacksdk knows them."""
        admin = self.connect("testbed-admin")
        project = admin.identity.find_project(PROJECT)
        if clusters is not None:
            quotas, resource = self.magnum("testbed-admin").quotas, {"project_id": project.id, "resource": "Cluster"}
            known = any(quota.project_id == project.id for quota in quotas.list(all_tenants=True))
            if known:
                quotas.update(project.id, "Cluster", resource | {"hard_limit": clusters})
            else:
                quotas.create(**resource, hard_limit=clusters)
        if compute:
            admin.compute.update_quota_set(project.id, **compute)
        if network:
            admin.network.update_quota(project.id, **network)

    def connect(self, cloud="testbed"):
        """A connection of openstacksdk."""
        import openstack

        config = openstack.config.OpenStackConfig(config_files=[str(self.clouds)], load_envvars=False)
        return openstack.connection.Connection(config=config.get_one(cloud))

    def magnum(self, cloud="testbed", microversion="1.14"):
        """A client of python-magnumclient."""
        from magnumclient.v1.client import Client

        return Client(session=self.connect(cloud).session, api_version=microversion)

    # --- Within ------------------------------------------------------------------------------------------------------
    def run(self, name, module, *arguments):
        """Run a module of the testbed in the services' environment; its output goes to log/NAME.log."""
        process = self._process(name, module, *arguments)
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                if process.wait(0.2):
                    raise Failed(self._with_log(f"{name} failed", name))
                return
            self._none_died()

    def launch(self, service):
        """Start a service; it may not answer yet."""
        self._started[service] = self._process(service, "openstack_testbed.services.serve", service)

    def launch_all(self):
        for service in places.SERVICES:
            self.launch(service)

    def release(self):
        """Changes with the releases and with the code that makes the first state."""
        return f"{install.name()}-{places.key(*build.CODE)}"

    def _process(self, name, module, *arguments):
        kubernetes = bool(self._stored().get("kubernetes"))
        environment = configuration.environment(self.folder, self._venv(), kubernetes=kubernetes)
        command = [str(self._venv() / "bin/python"), "-m", module, *arguments]
        return processes.launch(command, self._log(name), environment, self.folder, name)

    def _venv(self):
        return install.folder()

    def _start_up(self):
        processes.kill(self.folder)
        try:
            install.make()
            if network := self._settings()["kubernetes"]:
                clusters.prepare(network)
            self._configure()
            maker = build.made_by(self.folder / "var")
            if maker is None:
                build.prepare(self)
            elif maker == install.name():
                self.launch_all()
            else:
                raise Failed(f"other releases of OpenStack created the data in {self.folder}: `reset` it")
            self._await_all()
            self._write_clouds()
        except BaseException:
            processes.kill(self.folder, grace=0)
            raise
        return self

    def _reset_running(self):
        # Keystone and Nova cache data, and Magnum may be working; the others read their databases.
        stale = ["keystone", "magnum", *(["nova"] if build.has_servers(self.folder / "var") else [])]
        for service in stale:
            self.stop_service(service)
        self._remove_clusters()
        build.restore_running(self.folder)
        for service in stale:
            self.launch(service)
        self._await_all()

    def _settings(self):
        """Ports and options: chosen once."""
        file = self.folder / "instance.json"
        if not file.exists():
            taken = ports.taken_by_instances(self.folder.parent)
            places.write_json(file, {"ports": ports.choose(taken), "magnum_microversion": None})
        return {"kubernetes": None} | self._stored()

    def _stored(self):
        file = self.folder / "instance.json"
        return json.loads(file.read_text()) if file.exists() else {}

    def _kubernetes(self, settings):
        """The network of its clusters as a setting, which lasts as long as the instance."""
        network = self._network or settings["kubernetes"]
        if network and os.geteuid():
            raise Failed(
                "Kubernetes clusters need root, as they are containers with their own network: start this as root"
            )
        if network != settings["kubernetes"] and (self.folder / "var" / build.READY).exists():
            has = (
                f"clusters in network {settings['kubernetes']}" if settings["kubernetes"] else "clusters without nodes"
            )
            raise Failed(
                f"{self.folder} is an instance with {has}, which cannot change: `stop --purge` it or use another folder"
            )
        return {"kubernetes": network}

    def _remove_clusters(self):
        if network := self._stored().get("kubernetes"):
            clusters.destroy(self.folder, network)

    def _passwords(self):
        file = self.folder / "passwords.json"
        if not file.exists():
            names = ("admin", *places.SERVICES, MEMBER, *CREDENTIALS)
            places.write_json(file, {name: secrets.token_urlsafe(18) for name in names})
        return json.loads(file.read_text())

    def _configure(self):
        settings, passwords = self._settings(), self._passwords()
        for service, port in settings["ports"].items():
            if not ports.is_free(port):
                raise Failed(
                    f"port {port} of {service} is in use: stop the program that uses it, or remove {self.folder}"
                )
        options = {"kubernetes": bool(settings["kubernetes"])}
        for name, text in configuration.files(
            self.folder, self._venv(), settings["ports"], passwords, **options
        ).items():
            places.write(self.folder / "etc" / name, text)

    def _write_clouds(self):
        credentials = json.loads((self.folder / "var/credentials.json").read_text())
        address = configuration.url(self._settings()["ports"], "keystone")
        places.write(self.clouds, clouds(address, self._passwords(), credentials))

    def _await_all(self):
        for service in places.SERVICES:
            self._await(service)

    def _await(self, service):
        try:
            processes.await_answer(self._settings()["ports"][service], self._none_died)
        except TimeoutError as error:
            raise Failed(self._with_log(f"{service}: {error}", service)) from None

    def _none_died(self):
        for service, process in self._started.items():
            if process.poll() is not None:
                raise Failed(self._with_log(f"{service} ended with status {process.returncode}", service))

    def _log(self, name):
        return self.folder / "log" / f"{name}.log"

    def _with_log(self, what, name):
        return f"{what}; the end of {self._log(name)}:\n{processes.last_lines(self._log(name))}"

    def _make_folders(self):
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("etc", "log", "var"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
