"""A network of its own on this machine: a bridge in a network namespace, reached by the machine and by containers."""

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

    The bridge stands in a network namespace of its own, so that no firewall of the machine sees what passes between
    members (Docker's, with br_netfilter, would drop it) and no setting of the machine is needed: the machine has one
    interface more, nothing else. Each member knows the way to the pods of each possible node: 10.244.LAST.0/24 for the
    node whose address ends in LAST. Several clusters share a network. Owners are texts, one address each.
    """

    def __init__(self, name):
        self.name = name
        self.folder = places.state() / "networks" / name
        self.link = f"ohk{zlib.crc32(str(self.folder).encode()):08x}"  # a name of at most 15 characters
        self._namespace = RUN / self.link

    def ensure(self):
        """Bring the network up, or what a reboot or a kill has left of it; returns itself."""
        with self._locked() as data:
            data["subnet"] = data["subnet"] or free_range(taken_ranges(), self._others())
            self._save(data)
            if not self._up():
                self._make(data["subnet"])
        return self

    @property
    def subnet(self):
        """The /24 as an IPv4Network."""
        return ipaddress.ip_network(self._load()["subnet"])

    def allocate(self, owner, address=None):
        """The address of an owner, from now on if it had none; ADDRESS asks for a certain one."""
        with self._locked() as data:
            if not data["subnet"]:
                raise Failed(f"network {self.name} is not there: Network.ensure() makes it")
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
        """The owner leaves: its cable is pulled, its address is free. One that has none is no error."""
        with self._locked() as data:
            if address := data["addresses"].pop(owner, None):
                with contextlib.suppress(Failed):
                    self._inside("ip", "link", "del", port(address))
                self._save(data)

    def attach(self, container, owner, address=None):
        """
        Give a running container of podman's an interface in this network, beside those it has; returns its address.

        Again after the container has started anew: its old interface has gone with it.
        """
        process = podman.pid(container)
        if process is None:
            raise Failed(f"container {container} does not run: it cannot be attached to network {self.name}")
        address = self.allocate(owner, address)
        if not self.plugged(process):
            with contextlib.suppress(Failed):  # what a killed run has left
                self._inside("ip", "link", "del", port(address))
            names = {link["ifname"] for link in links(process)}
            self.plug(process, address, next(name for number in range(9) if (name := f"eth{number}") not in names))
        return address

    def plugged(self, process):
        """Whether the network of a process has an interface here, complete."""
        return any(link.get("ifalias") == self.name for link in links(process))

    def plug(self, process, address, interface="eth0"):
        """Give the network of a process an interface here: named, with its address, up, with the ways to all pods."""
        with contextlib.suppress(Failed):  # what a dead container has left
            self._inside("ip", "link", "del", port(address))
        cable = ["link", "add", port(address), "type", "veth", "peer", "name", interface, "netns", process]
        self._inside("ip", *cable, "address", hardware(address))
        self._inside("ip", "link", "set", port(address), "master", BRIDGE, "up")
        others = [host for host in list(self.subnet.hosts())[1:] if str(host) != address]
        lines = [f"link set {interface} up", f"addr add {address}/24 dev {interface}"]
        lines += [f"route replace {pods_of(host)} via {host}" for host in others]
        # Last, for who waits for all of it.
        lines += [f"link set {interface} alias {self.name}"]
        run(*enter(process), "ip", "-batch", "-", text="\n".join(["link set lo up", *lines, ""]))

    def announce(self, address, at):
        """Tell all members that ADDRESS is now at the member whose own address is AT."""
        arp.announce(self.link, address, hardware(at))
        with contextlib.suppress(Failed):
            run("ip", "neigh", "del", address, "dev", self.link)

    def remove(self):
        """Take the network down, with all cables in it; nothing is left on the machine."""
        if not self.folder.exists():
            return
        with self._locked():
            self._unmake()
            shutil.rmtree(self.folder)

    def _up(self):
        with contextlib.suppress(Failed, OSError):
            self._inside("ip", "link", "show", BRIDGE)
            return Path(f"/sys/class/net/{self.link}/operstate").read_text().strip() == "up"
        return False

    def _make(self, subnet):
        self._unmake()
        self._namespace.touch()
        run("unshare", f"--net={self._namespace}", "true")
        self._inside("ip", "link", "add", BRIDGE, "type", "bridge")
        self._inside("ip", "link", "set", BRIDGE, "up")
        self._inside("ip", "link", "add", "machine", "type", "veth", "peer", "name", self.link, "netns", os.getpid())
        self._inside("ip", "link", "set", "machine", "master", BRIDGE, "up")
        run("ip", "addr", "add", f"{next(ipaddress.ip_network(subnet).hosts())}/24", "dev", self.link)
        run("ip", "link", "set", self.link, "up")

    def _unmake(self):
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
        """Yield what is known of the network while no other thread or program changes any network."""
        with places.locked(RUN / "lock"):
            yield self._load()


def enter(process):
    """The words before a command that shall run in the network of a process."""
    return "nsenter", f"--net=/proc/{process}/ns/net"


def links(process):
    """The interfaces that a process sees, as `ip -j link` gives them."""
    return json.loads(run(*enter(process), "ip", "-j", "link"))


def port(address):
    """Name of a member's port on the bridge."""
    return f"port{str(address).rpartition('.')[2]}"


def hardware(address):
    """A member's hardware address follows from its address: who comes back is known to its neighbours at once."""
    return "02:87:" + ":".join(f"{octet:02x}" for octet in ipaddress.ip_address(address).packed)


def pods_of(address):
    """The network of the pods of the node with this address."""
    return f"10.244.{str(address).rpartition('.')[2]}.0/24"


def taken_ranges():
    """The destinations that this machine has ways to, as texts."""
    return [route["dst"] for route in json.loads(run("ip", "-4", "-j", "route", "show", "table", "all"))]


def free_range(routes, others):
    """The first /24 of our range that overlaps no way of this machine and no other network of ours."""
    # A way to a wide range, as of a VPN, stands back behind that to a narrow one.
    networks = [ipaddress.ip_network(text) for text in [*routes, *others] if text and text != "default"]
    taken = [network for network in networks if network.prefixlen >= 12]
    for number in range(1, 255):
        candidate = ipaddress.ip_network(RANGE.format(number))
        if not any(candidate.overlaps(other) for other in taken):
            return str(candidate)
    raise Failed("no range within 10.87.0.0/16 is free: this machine has ways to all of them (ip route)")
