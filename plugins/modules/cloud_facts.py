#!/usr/bin/python
"""Ask a cloud once for all that validate, plan and status need, as plain data. Changes nothing."""

DOCUMENTATION = """
module: cloud_facts
short_description: What a project on an OpenStack cloud has and may have
description:
  - Reads, with one session and one question per list, what the entry of clouds.yaml may do and see; changes nothing.
  - Does not fail when the cloud refuses or gives no answer; that is said in RV(error) and RV(unanswered), as data.
  - The filters and action plugins of the package C(openstack_hub.cloud) judge what it returns.
options:
  cloud: {description: Name of the entry in clouds.yaml., type: str, required: true}
  cluster_name: {description: Name of the Magnum cluster., type: str, required: true}
  kubeconfig: {description: "Path of the cluster's kubeconfig; it need not be there.", type: path}
  detail: {description: "Ask for bounds and reasons of each node group, too.", type: bool, default: false}
  timeout:
    description: Seconds in all for which questions that fail with 5xx or find no answer are asked again.
    type: int
    default: 30
requirements: [openstacksdk]
author: [openstack-hub]
"""

EXAMPLES = """
- name: Ask the cloud
  cloud_facts:
    cloud: mycloud
    cluster_name: jupyterhub
  register: cloud
"""

RETURN = """
error:
  description: "Why nothing could be asked: C(words) of the service, and C(kind): entry, refused or unanswered."
  type: dict
  returned: when there is no session
entries: {description: Entries of clouds.yaml., type: list, elements: str, returned: when there is no session}
file: {description: "Path of clouds.yaml, or null.", type: str, returned: when there is no session}
unanswered: {description: "Service -> its words, for each that gave no answer.", type: dict, returned: always}
asked: {description: When and how often the cloud was asked., type: dict, returned: always}
project: {description: "C(name) and C(id); null when the entry names none.", type: dict, returned: with a session}
roles: {description: Names of the account's roles in it., type: list, elements: str, returned: with a session}
region: {description: Region of the entry., type: str, returned: with a session}
regions: {description: Regions of the catalogue., type: list, elements: str, returned: with a session}
application_credential:
  description: "C(name), and whether it is C(restricted); null when the entry has no application credential."
  type: dict
  returned: with a session
services: {description: Services that are there., type: list, elements: str, returned: with a session}
flavors: {description: "With C(vcpus), C(ram) in MiB, C(disk) in GB, C(gpus) or null.", type: list, returned: with Nova}
machines: {description: "The project's, with C(vcpus) and C(ram).", type: list, returned: with Nova}
keys: {description: Names of the key pairs., type: list, elements: str, returned: with Nova}
images: {description: "With C(status), C(os_distro), C(kube_version), C(min_disk).", type: list, returned: with Glance}
networks: {description: "With C(external) and the C(cidrs) of its subnets.", type: list, returned: with Neutron}
quotas:
  description: "What is counted -> C(limit), -1 for none, and C(used), null where it is not told."
  type: dict
  returned: always
magnum:
  description: "C(version), the newest microversion; C(conductors), their states, null where it is not told."
  type: dict
  returned: with Magnum
clusters: {description: UUIDs of all clusters of that name., type: list, elements: str, returned: with Magnum}
cluster:
  description: "The one cluster of that name with C(template) and C(node_groups), or null."
  type: dict
  returned: with Magnum
zones: {description: Names of DNS zones., type: list, elements: str, returned: with Designate}
kubeconfig:
  description: "C(end) of the certificate in the file, ISO 8601; null when the file is not there or holds none."
  type: dict
  returned: with O(kubeconfig)
"""

import datetime
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from openstack_hub.kubernetes.kubeconfig import facts as shown
from openstack_hub.kubernetes.kubeconfig import own
from openstack_hub.openstack.facts import READERS
from openstack_hub.openstack.session import MISSING, Cloud, Unanswered, entries


def facts_of(cloud, cluster_name, detail):
    """Everything, from all services side by side."""
    access, (region, regions) = cloud.access, cloud.regions()
    credential = access.application_credential if access.application_credential_id else None
    found = {
        "project": {"id": access.project_id, "name": access.project_name} if access.project_id else None,
        "region": region,
        "regions": regions,
        "roles": access.role_names,
        "application_credential": credential and {key: credential.get(key) for key in ("name", "restricted")},
        "services": [service for service in READERS if cloud.has(service)],
        "unanswered": {},
        "quotas": {},
    }
    if not access.project_id:
        return found
    asked = {"project": access.project_id, "cluster_name": cluster_name, "detail": detail}

    def read(service):
        try:
            return READERS[service](cloud, asked)
        except Unanswered as error:
            return {"unanswered": {service: str(error)}}

    with ThreadPoolExecutor() as pool:
        for part in pool.map(read, found["services"]):
            for key in ("unanswered", "quotas"):
                found[key] |= part.pop(key, {})
            found |= part
    return found


def certificate_end(path, name):
    """When the certificate in our kubeconfig at PATH for cluster NAME ends; None when there is none."""
    try:
        end = shown(own(Path(path).read_text(), name))["expires"]
    except (OSError, ValueError):
        return None
    return {"end": end} if end else None


def main():
    arguments = {
        "cloud": {"type": "str", "required": True},
        "cluster_name": {"type": "str", "required": True},
        "kubeconfig": {"type": "path"},
        "detail": {"type": "bool", "default": False},
        "timeout": {"type": "int", "default": 30},
    }
    module = AnsibleModule(arguments, supports_check_mode=True)
    if MISSING:
        module.fail_json(msg="openstacksdk is missing: install requirements.txt", exception=MISSING)
    asked, calls = module.params, 0
    try:
        cloud = Cloud(asked["cloud"], asked["timeout"])
        found = facts_of(cloud, asked["cluster_name"], asked["detail"])
        calls = cloud.calls
    except Unanswered as error:
        found = {"unanswered": {}, "quotas": {}}
        found["error"] = {"words": str(error), "kind": error.kind}
        found["entries"], found["file"] = entries()
    if asked["kubeconfig"]:
        found["kubeconfig"] = certificate_end(asked["kubeconfig"], asked["cluster_name"])
    time = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    module.exit_json(changed=False, cloud=asked["cloud"], asked={"time": time, "calls": calls}, **found)


if __name__ == "__main__":
    main()
