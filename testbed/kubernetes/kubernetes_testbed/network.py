"""A network on this machine: a bridge in its own network namespace, connected to the machine and to containers."""

import contextlib
import ipaddress
import json
import os
import shutil
import zlib
from pathlib import Path

from kubernetes_testbed import arp, places, podman
from kubernetes_testbed.podman import Failed, run

# Below the ranges that podman takes for its own networks (10.88 and up); each network has a /24 of it.
RANGE = "10.87.{}.0/24"
BRIDGE = "bridge"
# In memory, as the namespaces are: a reboot leaves nothing that looks like one.
RUN = Path("/run/openstack-hub-kubernetes")


class Network:
    """
    A bridge with a /24: address .1 is this machine's, the others are nodes', load balancers', containers'.

    The bridge is in its own network namespace, so that the machine's firewall does not apply to traffic between members
    (Docker's rules, with br_netfilter, would drop it) and no setting of the machine changes: it only has one more
    interface. Each member has routes to the pods of each possible node: 10.244.LAST.0/24 for the node whose address
    ends in LAST. Several clusters can share a network. Owners are texts; each has one address.
    """

    def __init__(self, name):
        self.name = name
        self.folder = places.state() / "networks" / name
        self.link = f"ohk{zlib.crc32(str(self.folder).encode()):08x}"  # a name of at most 15 characters
        self._namespace = RUN / self.link

    def ensure(self):
        """Create the network, or repair it after a reboot or a kill; returns itself."""
        with self._locked() as data:
            data["subnet"] = data["subnet"] or free_range(taken_ranges(), self._others())
            self._save(data)
            if not self._is_up():
                self._create(data["subnet"])
        return self

    @property
    def subnet(self):
        """The /24 as an IPv4Network."""
        return ipaddress.ip_network(self._load()["subnet"])

    def allocate(self, owner, address=None):
        """The address of an owner, which is allocated if it has none; ADDRESS requests a certain one."""
        with self._locked() as data:
            if not data["subnet"]:
                raise Failed(f"network {self.name} does not exist: Network.ensure() creates it")
            owners = data["addresses"]
            if owner not in owners:
                taken = set(owners.values())
                free = [str(host) for host in list(ipaddress.ip_network(data["subnet"]).hosts())[1:]]
                owners[owner] = address or next((host for host in free if host not in taken), None)
                if owners[owner] is None or owners[owner] in taken or owners[owner] not in free:
                    raise Failed(
                        f"network {self.name}, {data['subnet']}: {address or 'no address'} is not free for {owner}"
                    )
                self._save(data)
            if address not in (None, owners[owner]):
                raise Failed(f"network {self.name}: {owner} has {owners[owner]} and cannot have {address}, too")
            return owners[owner]

    def owners(self):
        """The addresses in use: {owner: address}."""
        return self._load()["addresses"]

    def release(self, owner):
        """Remove the owner's interface and free its address, if it has one."""
        with self._locked() as data:
            if address := data["addresses"].pop(owner, None):
                with contextlib.suppress(Failed):
                    self._inside("ip", "link", "del", port(address))
                self._save(data)

    def attach(self, container, owner, address=None):
        """
        Give a running podman container an additional interface in this network; returns its address.

        Call it again after a restart of the container, which removes the interface.
        """
        process = podman.pid(container)
        if process is None:
            raise Failed(f"container {container} is not running: it cannot be attached to network {self.name}")
        address = self.allocate(owner, address)
        if not self.plugged(process):
            with contextlib.suppress(Failed):  # left by a killed run
                self._inside("ip", "link", "del", port(address))
            names = {link["ifname"] for link in links(process)}
            self.plug(process, address, next(name for number in range(9) if (name := f"eth{number}") not in names))
        return address

    def plugged(self, process):
        """Whether a process has a complete interface in this network."""
        return any(link.get("ifalias") == self.name for link in links(process))

    def plug(self, process, address, interface="eth0"):
        """Give the network namespace of a process an interface here, with its address and the routes to all pods."""
        with contextlib.suppress(Failed):  # left by a former container
            self._inside("ip", "link", "del", port(address))
        cable = ["link", "add", port(address), "type", "veth", "peer", "name", interface, "netns", process]
        self._inside("ip", *cable, "address", mac_address(address))
        self._inside("ip", "link", "set", port(address), "master", BRIDGE, "up")
        others = [host for host in list(self.subnet.hosts())[1:] if str(host) != address]
        lines = [f"link set {interface} up", f"addr add {address}/24 dev {interface}"]
        lines += [f"route replace {pods_of(host)} via {host}" for host in others]
        # The alias comes last: it says that the interface is complete.
        lines += [f"link set {interface} alias {self.name}"]
        run(*enter(process), "ip", "-batch", "-", text="\n".join(["link set lo up", *lines, ""]))

    def announce(self, address, at):
        """Announce to all members that ADDRESS is now at the member whose own address is AT."""
        arp.announce(self.link, address, mac_address(at))
        with contextlib.suppress(Failed):
            run("ip", "neigh", "del", address, "dev", self.link)

    def remove(self):
        """Remove the network and all its interfaces from the machine."""
        if not self.folder.exists():
            return
        with self._locked():
            self._delete()
            shutil.rmtree(self.folder)

    def _is_up(self):
        with contextlib.suppress(Failed, OSError):
            self._inside("ip", "link", "show", BRIDGE)
            return Path(f"/sys/class/net/{self.link}/operstate").read_text().strip() == "up"
        return False

    def _create(self, subnet):
        self._delete()
        self._namespace.touch()
        run("unshare", f"--net={self._namespace}", "true")
        self._inside("ip", "link", "add", BRIDGE, "type", "bridge")
        self._inside("ip", "link", "set", BRIDGE, "up")
        self._inside("ip", "link", "add", "machine", "type", "veth", "peer", "name", self.link, "netns", os.getpid())
        self._inside("ip", "link", "set", "machine", "master", BRIDGE, "up")
        run("ip", "addr", "add", f"{next(ipaddress.ip_network(subnet).hosts())}/24", "dev", self.link)
        run("ip", "link", "set", self.link, "up")

    def _delete(self):
        for command in (["ip", "link", "del", self.link], ["umount", self._namespace]):
            with contextlib.suppress(Failed):
                run(*command)
        self._namespace.unlink(missing_ok=True)

    def _inside(self, *command):
        return run("nsenter", f"--net={self._namespace}", *command)

    def _others(self):
        return [json.loads(file.read_text())["subnet"] for file in self.folder.parent.glob("*/network.json")]

    def _load(self):
        try:
            return json.loads((self.folder / "network.json").read_text())
        except FileNotFoundError:
            return {"subnet": None, "addresses": {}}

    def _save(self, data):
        self.folder.mkdir(parents=True, exist_ok=True)
        new = self.folder / "network.json.new"
        new.write_text(json.dumps(data, indent=1) + "\n")
        new.replace(self.folder / "network.json")

    @contextlib.contextmanager
    def _locked(self):
        """Yield the network's data, while no other thread or program changes any network."""
        with places.locked(RUN / "lock"):
            yield self._load()


def enter(process):
    """The prefix of a command that runs in the network namespace of a process."""
    return "nsenter", f"--net=/proc/{process}/ns/net"


def links(process):
    """The interfaces of a process, as `ip -j link` returns them."""
    return json.loads(run(*enter(process), "ip", "-j", "link"))


def port(address):
    """Name of a member's port on the bridge."""
    return f"port{str(address).rpartition('.')[2]}"


def mac_address(address):
    """A member's hardware address, derived from its address: after a restart its neighbours still know it."""
    return "02:87:" + ":".join(f"{octet:02x}" for octet in ipaddress.ip_address(address).packed)


def pods_of(address):
    """The network of the pods of the node with this address."""
    return f"10.244.{str(address).rpartition('.')[2]}.0/24"


def taken_ranges():
    """The destinations of this machine's routes, as texts."""
    return [route["dst"] for route in json.loads(run("ip", "-4", "-j", "route", "show", "table", "all"))]


def free_range(routes, others):
    """The first /24 of RANGE that overlaps no route of this machine and no other network of the testbed."""
    # Wide routes, as of a VPN, do not count: a more specific route takes precedence.
    networks = [ipaddress.ip_network(text) for text in [*routes, *others] if text and text != "default"]
    taken = [network for network in networks if network.prefixlen >= 12]
    for number in range(1, 255):
        candidate = ipaddress.ip_network(RANGE.format(number))
        if not any(candidate.overlaps(other) for other in taken):
            return str(candidate)
    raise Failed("no range within 10.87.0.0/16 is free: this machine has routes to all of them (ip route)")
