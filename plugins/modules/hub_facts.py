#!/usr/bin/python
"""Ask a hub and its cluster once how they are, as plain data. Changes nothing."""

DOCUMENTATION = """
module: hub_facts
short_description: How a hub and its cluster are
description:
  - Reads the hub's API by the culler's token and, where there is one, the cluster by its kubeconfig; changes nothing.
  - Never fails because a part gives no answer; that is said in RV(unanswered), as data.
  - The filter C(hub_status) makes lines for people of what it returns.
options:
  model: {description: The hub's model., type: dict, required: true}
  certificate: {description: "PEM file of the certificate that Apache was given.", type: path, required: true}
  token: {description: Token of the culler., type: str, required: true}
  hide: {description: "Secrets, which are taken out of what pods say.", type: dict, default: {}}
  kubeconfig: {description: "Kubeconfig of the hub's cluster; without it, there is none.", type: path}
  release: {description: Name of the Helm release., type: str}
requirements: [kubernetes]
author: [openstack-hub]
"""

EXAMPLES = """
- name: Ask hub and cluster
  hub_facts:
    model: "{{ openstack_hub_model }}"
    certificate: certificates/hub.crt
    token: "{{ hub_culler_token }}"
    kubeconfig: .kube/config
    release: jupyterhub
  register: hub
"""

RETURN = """
unanswered: {description: "Part -> why it gave no answer: hub, cluster, release, nodes, pods or homes.", type: dict,
             returned: always}
asked: {description: When., type: dict, returned: always}
certificates: {description: "C(hub) and C(kubeconfig): when each ends, ISO 8601, or null.", type: dict,
               returned: always}
hub: {description: "C(version), number of C(users), C(servers) with user, profile, ready, last_activity.", type: dict,
      returned: with the hub}
release: {description: "Helm's record of it, or null.", type: dict, returned: with a cluster}
nodes: {description: "Machines with C(labels), C(ready), C(closed), and what each C(has) and has C(free).", type: list,
        elements: dict, returned: with a cluster}
pods: {description: "Pods of the namespace with C(ready), and C(why) not.", type: list, elements: dict,
       returned: with a cluster}
homes: {description: "C(count) and C(bytes) of the claims.", type: dict, returned: with a cluster}
"""

import datetime
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from openstack_hub.kubernetes import client, hub_facts
from openstack_hub.kubernetes.client import Api, Refused, Unreachable
from openstack_hub.kubernetes.kubeconfig import judge

try:
    from cryptography import x509
except ImportError:
    x509 = None


def certificate_end(path):
    """When the first certificate in a PEM file ends; None when it cannot be read."""
    try:
        return x509.load_pem_x509_certificate(Path(path).read_bytes()).not_valid_after_utc.isoformat()
    except (OSError, ValueError):
        return None


def kubeconfig_end(path, now):
    try:
        return judge(Path(path).read_text(), now)["expires"] or None
    except (OSError, ValueError):
        return None


def part(name, *asked):
    """A part by its name, or why it gave no answer."""
    try:
        return hub_facts.CLUSTER[name](*asked) if name in hub_facts.CLUSTER else hub_facts.hub(*asked)
    except (Refused, Unreachable, OSError) as error:
        return {"unanswered": {name: str(error)}}


def main():
    module = AnsibleModule(
        {
            "model": {"type": "dict", "required": True},
            "certificate": {"type": "path", "required": True},
            "token": {"type": "str", "required": True, "no_log": True},
            "hide": {"type": "dict", "default": {}, "no_log": True},
            "kubeconfig": {"type": "path"},
            "release": {"type": "str"},
        },
        supports_check_mode=True,
    )
    if client.MISSING or x509 is None or hub_facts.connect is None:
        module.fail_json(
            msg="Python packages are missing: install requirements.txt and this checkout",
            exception=client.MISSING,
        )
    now = datetime.datetime.now(datetime.UTC)
    asked = module.params | {"url": module.params["model"]["url"], "namespace": module.params["model"].get("namespace")}
    found = {
        "unanswered": {},
        "asked": {"time": now.isoformat(timespec="seconds")},
        "certificates": {
            "hub": certificate_end(asked["certificate"]),
            "kubeconfig": asked["kubeconfig"] and kubeconfig_end(asked["kubeconfig"], now),
        },
    }
    readers = [lambda: part("hub", asked)]
    try:
        api = Api(asked["kubeconfig"]) if asked["kubeconfig"] else None
        readers += [lambda name=name: part(name, api, asked) for name in hub_facts.CLUSTER if api]
    except (Refused, OSError) as error:
        found["unanswered"]["cluster"] = str(error)
    with ThreadPoolExecutor() as pool:
        for answer in pool.map(lambda read: read(), readers):
            found["unanswered"] |= answer.pop("unanswered", {})
            found |= answer
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
