#!/usr/bin/python
"""Read from a cloud what validate, plan and status need, as plain data. Changes nothing."""

DOCUMENTATION = """
module: cloud_facts
short_description: Resources and quotas of a project on an OpenStack cloud
description:
  - Reads, with one session and one request for each list, what the account of the entry can see; changes nothing.
  - Does not fail when the cloud refuses or does not answer, but returns that in RV(error) and RV(unanswered).
  - The package C(openstack_hub.cloud) compares what it returns with the variables.
options:
  cloud: {description: Name of the entry in clouds.yaml., type: str, required: true}
  cluster_name: {description: Name of the Magnum cluster., type: str, required: true}
  kubeconfig: {description: "Path of the cluster's kubeconfig, which need not exist.", type: path}
  detail: {description: "Read bounds and failure reasons of each node group, too.", type: bool, default: false}
  timeout:
    description: Seconds in all for which requests that fail with 5xx, or without an answer, are retried.
    type: int
    default: 30
requirements: [openstacksdk]
author: [openstack-hub]
"""

EXAMPLES = """
- name: Read from the cloud
  cloud_facts:
    cloud: mycloud
    cluster_name: jupyterhub
  register: cloud
"""

RETURN = """
error:
  description: "The C(message); C(kind) is entry, refused or unanswered."
  type: dict
  returned: when there is no session
entries: {description: Entries of clouds.yaml., type: list, elements: str, returned: when there is no session}
file: {description: "Path of clouds.yaml, or null.", type: str, returned: when there is no session}
unanswered: {description: "Service -> its error message, for each that gave no answer.", type: dict, returned: always}
asked: {description: When the cloud was asked, and by how many requests., type: dict, returned: always}
project: {description: "C(name) and C(id); null when the entry names none.", type: dict, returned: with a session}
roles: {description: Names of the account's roles in it., type: list, elements: str, returned: with a session}
region: {description: Region of the entry., type: str, returned: with a session}
regions: {description: Regions of the catalog., type: list, elements: str, returned: with a session}
application_credential:
  description: "C(name), and whether it is C(restricted); null when the entry has no application credential."
  type: dict
  returned: with a session
services: {description: Services of the catalog., type: list, elements: str, returned: with a session}
flavors:
  description: "With C(vcpus), C(ram) in MiB, C(disk) in GB, C(gpus) or null."
  type: list
  elements: dict
  returned: with Nova
instances:
  description: "Instances of the project, with C(vcpus) and C(ram)."
  type: list
  elements: dict
  returned: with Nova
key_pairs: {description: Names of the key pairs., type: list, elements: str, returned: with Nova}
images:
  description: "With C(status), C(os_distro), C(kube_version), C(min_disk)."
  type: list
  elements: dict
  returned: with Glance
networks:
  description: "With C(external) and the C(cidrs) of its subnets."
  type: list
  elements: dict
  returned: with Neutron
quotas:
  description: "What is counted -> C(limit), -1 for none, and C(used), null where the cloud does not tell it."
  type: dict
  returned: always
magnum:
  description: "C(version), the newest microversion; C(conductors), null where the cloud does not tell their states."
  type: dict
  returned: with Magnum
clusters: {description: UUIDs of all clusters of that name., type: list, elements: str, returned: with Magnum}
cluster:
  description: "The one cluster of that name with C(template) and C(node_groups), or null."
  type: dict
  returned: with Magnum
zones: {description: Names of DNS zones., type: list, elements: str, returned: with Designate}
kubeconfig:
  description: "C(end) of the certificate in the file, ISO 8601; null when there is no file or certificate."
  type: dict
  returned: with O(kubeconfig)
"""

import sys

from ansible.module_utils.basic import AnsibleModule

ARGUMENTS = {
    "cloud": {"type": "str", "required": True},
    "cluster_name": {"type": "str", "required": True},
    "kubeconfig": {"type": "path"},
    "detail": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 30},
}


def main():
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True)
    try:
        from openstack_hub.openstack.cloud_facts import cloud_facts
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    module.exit_json(changed=False, **cloud_facts(**module.params))


if __name__ == "__main__":
    main()
