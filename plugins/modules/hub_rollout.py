#!/usr/bin/python
"""Wait until the hub's pods run."""

DOCUMENTATION = r"""
module: hub_rollout
short_description: Wait until hub, node proxy and scheduler run
description:
  - Looks at what the release is made of until all of it is available, and says what is pending and why, from pods and
    their events. Changes nothing.
  - Fails at once on what waiting cannot mend, with the cluster's reason and the variable to look at, and after
    O(timeout) with all that is known.
  - The action plugin of the same name shows what is pending.
options:
  kubeconfig: {type: path, required: true, description: "Kubeconfig of the cluster."}
  namespace: {type: str, required: true, description: "Namespace of the release."}
  name: {type: str, required: true, description: "Name of the release."}
  model: {type: dict, required: true, description: "Model of the hub, whose images tell the variables to look at."}
  hide: {type: dict, default: {}, description: "Secrets, which are taken out of what pods say."}
  wait: {type: int, default: 10, description: "Seconds of one pass."}
  timeout: {type: int, default: 900, description: "Seconds in all."}
  sofar: {type: dict, default: {}, description: "Handed from pass to pass by the action plugin."}
author: [openstack-hub]
"""

EXAMPLES = r"""
- name: Wait until the hub runs
  hub_rollout:
    kubeconfig: ~/.kube/config
    namespace: jupyterhub
    name: jupyterhub
    model: "{{ openstack_hub_model }}"
"""

RETURN = r"""
pending: {description: "What is awaited; null when all runs.", returned: always, type: str}
progress: {description: "A line for each thing that does not run yet.", returned: always, type: list, elements: str}
actions: {description: "None.", returned: always, type: list, elements: str}
sofar: {description: "For the next pass.", returned: always, type: dict}
"""

import time

from ansible.module_utils.basic import AnsibleModule

from openstack_hub.kubernetes import client
from openstack_hub.kubernetes.client import Api, Refused, Unreachable
from openstack_hub.kubernetes.pod_diagnosis import Trouble, deployment_trouble, image_variables, pod_trouble
from openstack_hub.kubernetes.pods import Pods


def troubles(pods, images):
    """All that does not run yet. That images are fetched is not awaited, but where that fails it is told."""
    deployments, found = pods.deployments(), pods.all()
    if not deployments:
        return [Trouble("the release has no deployments: run playbooks/hub.yml", lasting=True)]
    sets = pods.replica_sets()
    by_name = {
        deployment["metadata"]["name"]: deployment_trouble(deployment, sets, found, pods.ask, images)
        for deployment in deployments
    }
    if by_name.get("proxy") and (crash := by_name.get("hub")) and not crash.image:
        by_name["hub"] = crash._replace(lasting=False)  # it ends again and again until the node proxy answers
    wrong = by_name.values()
    pullers = [pod for pod in found if pod["metadata"]["labels"].get("component") == "continuous-image-puller"]
    fetching = [trouble for pod in pullers if (trouble := pod_trouble(pod, pods.ask, images))]
    telling = [trouble for trouble in fetching if trouble.image or trouble.lasting]
    return list(dict.fromkeys(trouble for trouble in (*wrong, *telling) if trouble))


def main():
    module = AnsibleModule(
        {
            **client.ARGUMENTS,
            "sofar": {"type": "dict", "default": {}},
            "name": {"type": "str", "required": True},
            "model": {"type": "dict", "required": True},
            "hide": {"type": "dict", "default": {}, "no_log": True},
            "wait": {"type": "int", "default": 10},
            "timeout": {"type": "int", "default": 900},
        },
        supports_check_mode=True,
    )
    if client.MISSING:
        module.fail_json(msg="kubernetes is missing: install requirements.txt", exception=client.MISSING)
    params, images = module.params, image_variables(module.params["model"])
    began, end = params["sofar"].get("began") or time.time(), time.monotonic() + params["wait"]
    result = {"changed": False, "actions": [], "sofar": {"began": began}}
    while True:
        try:
            found = troubles(Pods(Api(params["kubeconfig"]), params["namespace"], params["name"]), images)
        except Refused as error:
            module.fail_json(msg=f"the cluster refuses: {error}", **result)
        except Unreachable as error:
            found = [Trouble(f"the cluster does not answer: {error}")]
        lines = [trouble.text for trouble in found]
        if any(trouble.lasting for trouble in found):
            lasting = [trouble.text for trouble in found if trouble.lasting]
            module.fail_json(msg="\n".join([*lasting, "Run again when it is mended: nothing is lost"]), **result)
        if not found:
            module.exit_json(pending=None, progress=[], **result)
        if time.time() - began + params["wait"] > params["timeout"]:
            bound = f"after {params['timeout'] // 60} minutes (cluster_node_minutes) the hub does not run:"
            module.fail_json(msg="\n- ".join([bound, *lines]), **result)
        if time.monotonic() > end:
            module.exit_json(pending="the hub's pods start", progress=lines, **result)
        time.sleep(1)


if __name__ == "__main__":
    main()
