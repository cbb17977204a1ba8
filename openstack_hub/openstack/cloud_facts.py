"""Everything that validation, plan and status need from a cloud, as plain data; what fails is part of it."""

import datetime

from openstack_hub.openstack.clouds_file import clouds_file
from openstack_hub.openstack.errors import OpenStackError
from openstack_hub.openstack.facts import read_facts
from openstack_hub.openstack.kubeconfig_file import certificate_end
from openstack_hub.openstack.reader import CloudReader


def cloud_facts(cloud, cluster_name, detail=False, timeout=30, kubeconfig=None):
    """The result of the module cloud_facts, which documents it."""
    requests = 0
    try:
        reader = CloudReader(cloud, timeout)
        facts = read_facts(reader, cluster_name, detail)
        requests = reader.requests
    except OpenStackError as error:
        facts = {"unanswered": {}, "quotas": {}, "error": {"message": error.message, "kind": error.kind}}
        facts |= clouds_file()
    if kubeconfig:
        facts["kubeconfig"] = certificate_end(kubeconfig, cluster_name)
    time = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return {"cloud": cloud, "asked": {"time": time, "requests": requests}, **facts}
