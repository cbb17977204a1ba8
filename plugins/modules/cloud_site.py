#!/usr/bin/python
"""Make what a site needs in its project beside the cluster: network, and Apache's machine with its address."""

DOCUMENTATION = """
module: cloud_site
short_description: Network, and the machine for Apache with its address
description:
  - Makes a network with subnet and router, and a machine with a security group, a port and a public address of its own.
  - What was made is found again by its name and by its description, so that a killed run is continued, and nothing is
    made twice. Two of a name are an error that lists both.
  - The address outlives the machine. A machine that was deleted gets the same addresses again, the public one and that
    in its network, because the port stays.
  - Nothing that exists is replaced. What differs is said, with the way there.
  - Everything is read first and compared once; check mode tells the same actions that a run does.
options:
  cloud: {description: Name of the entry in clouds.yaml., type: str, required: true}
  site: {description: "Name of the site: what is made is called so, with C(-web).", type: str, required: true}
  network:
    description: Network of the machine and of the cluster's nodes.
    type: dict
    required: true
    suboptions:
      name: {description: Name of the network., type: str, required: true}
      cidr: {description: "Its addresses. Given, it is made when there is none; absent, it must be there.", type: str}
  external_network: {description: Network from which the public address comes; without it there is none., type: str}
  machine:
    description: The machine; without it there is only the network.
    type: dict
    suboptions:
      flavor: {description: Its flavor., type: str, required: true}
      image: {description: Its image., type: str, required: true}
      key: {description: Its SSH key pair., type: str}
  ports: {description: TCP ports that everybody may reach., type: list, elements: int, default: [80, 443]}
  ssh: {description: Networks that may reach TCP port 22., type: list, elements: str, default: []}
  timeout: {description: Seconds to wait for the machine., type: int, default: 300}
author: [openstack-hub]
"""

EXAMPLES = """
- name: Make the network and the machine
  cloud_site:
    cloud: mycloud
    site: jupyterhub
    network: {name: jupyterhub, cidr: 10.20.0.0/24}
    external_network: External
    machine: {flavor: m1.small, image: debian-12, key: operators}
    ssh: [192.0.2.0/24]
"""

RETURN = """
actions: {description: "What was done, or would be.", type: list, elements: str, returned: always}
address: {description: The machine's public address., type: str, returned: when there is one}
inside: {description: The machine's address in its network., type: str, returned: when there is one}
login: {description: User of the image., type: str, returned: when the image says it}
dns: {description: Whether the cloud has Designate., type: bool, returned: always}
"""

import time
from ipaddress import ip_network

from ansible.module_utils.basic import AnsibleModule

from openstack_hub.openstack.connection import FAULTS, alone, connect, transient, words
from openstack_hub.openstack.site_plan import Busy, Impossible, plan
from openstack_hub.openstack.site_resources import Maker, read

PATIENCE = 60  # seconds of a cloud that answers 5xx or not at all


def external(cloud, name):
    """The network that addresses come from."""
    if not name:
        return None
    there = [n for n in cloud.network.networks(is_router_external=True) if name in (n.name, n.id)]
    if len(there) != 1:
        which = (
            f"there are {len(there)} of that name: write an ID"
            if there
            else "there is no external network of that name"
        )
        raise Impossible(f"cloud_external_network is {name}: {which}")
    return {"id": there[0].id, "name": there[0].name}


def step(module, cloud, done):
    """Look once, and do what is to be done. Returns what is there then."""
    outside, network = external(cloud, module.params["external_network"]), module.params["network"]
    cidr = str(ip_network(network["cidr"], strict=False)) if network["cidr"] else None
    wanted = module.params | {"external_network": outside, "network": network | {"cidr": cidr}}
    found = read(cloud, wanted)
    todo = plan(wanted, found)
    if module.check_mode:
        done.extend(action["say"] for action in todo)
        return found
    maker = Maker(cloud, wanted, found)
    for action in todo:
        if action["say"] not in done:  # it may have been done, and the answer lost
            done.append(action["say"])
        try:
            maker.make(action)
        except FAULTS as error:
            if transient(error):
                raise
            done.remove(action["say"])
            raise Impossible(f"{action['say']}: the cloud refuses: {words(error)}") from error
    return read(cloud, wanted) if todo else found


def run(module, cloud, done):
    """Step until the machine runs; raises Impossible, or the last fault when patience or time is at its end."""
    deadline, patience = time.monotonic() + module.params["timeout"], time.monotonic() + PATIENCE
    while True:
        try:
            found = step(module, cloud, done)
            patience = time.monotonic() + PATIENCE
            if module.check_mode or not found["servers"] or found["servers"][0]["status"] != "BUILD":
                return found
            waited = Impossible(
                "the machine is still being made: run again to go on waiting (openstack server show has more)"
            )
        except Busy as busy:
            if module.check_mode:
                raise Impossible(f"{busy}: try again in a moment") from busy
            waited = Impossible(f"{busy}, and is still there after {module.params['timeout']} s")
        except FAULTS as error:
            waited = Impossible(f"the cloud says: {words(error)}")
            if not transient(error) or time.monotonic() > patience:
                raise waited from error
        if time.monotonic() > deadline:
            raise waited
        time.sleep(1)


def main():
    network = {"name": {"type": "str", "required": True}, "cidr": {"type": "str"}}
    machine = {
        "flavor": {"type": "str", "required": True},
        "image": {"type": "str", "required": True},
        "key": {"type": "str"},
    }
    machine["key"]["no_log"] = False  # the name of a key pair
    module = AnsibleModule(
        {
            "cloud": {"type": "str", "required": True},
            "site": {"type": "str", "required": True},
            "network": {"type": "dict", "required": True, "options": network},
            "external_network": {"type": "str"},
            "machine": {"type": "dict", "options": machine},
            "ports": {"type": "list", "elements": "int", "default": [80, 443]},
            "ssh": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    cloud, done = connect(module), []
    try:
        with alone(module.params["timeout"]):
            found = run(module, cloud, done)
    except Impossible as error:
        module.fail_json(msg=str(error), actions=done, changed=bool(done) and not module.check_mode)
    port = next(iter(found["ports"]), {})
    public = [a["address"] for a in found["addresses"] if a["port_id"] and a["port_id"] == port.get("id")]
    module.exit_json(
        changed=bool(done),
        actions=done,
        address=public[0] if public else None,
        inside=port.get("inside"),
        login=next((image["login"] for image in found["images"]), None),
        dns=cloud.has_service("dns"),
        diff={"before": "", "after": "".join(f"{action}\n" for action in done)},
    )


if __name__ == "__main__":
    main()
