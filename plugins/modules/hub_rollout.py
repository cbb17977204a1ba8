#!/usr/bin/python
"""Wait until the hub's pods run."""

DOCUMENTATION = r"""
module: hub_rollout
short_description: Wait until hub, proxy and scheduler run
description:
  - Waits until all Deployments of the release are available. Returns what is pending and why, from pods and events.
    Changes nothing.
  - Fails at once on a problem that waiting does not solve, with the cluster's reason and the variable to correct, and
    after O(timeout) with all that is pending.
  - The action plugin of the same name shows what is pending.
options:
  kubeconfig: {type: path, required: true, description: "Kubeconfig of the cluster."}
  namespace: {type: str, required: true, description: "Namespace of the release."}
  name: {type: str, required: true, description: "Name of the release."}
  model: {type: dict, required: true, description: "Model of the hub, to name the variable of an image."}
  hide: {type: dict, default: {}, description: "Secrets to remove from messages of pods."}
  wait: {type: int, default: 10, description: "Seconds of one call."}
  timeout: {type: int, default: 900, description: "Seconds in all."}
  progress_state: {type: dict, default: {}, description: "State that the action plugin hands to the next call."}
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
pending: {description: "What is pending; null when all runs.", returned: always, type: str}
progress: {description: "A line for each pod that does not run yet.", returned: always, type: list, elements: str}
actions: {description: "None.", returned: always, type: list, elements: str}
progress_state: {description: "State for the next call.", returned: always, type: dict}
"""

import sys
import time

from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(
        {
            "kubeconfig": {"type": "path", "required": True},
            "namespace": {"type": "str", "required": True},
            "progress_state": {"type": "dict", "default": {}},
            "name": {"type": "str", "required": True},
            "model": {"type": "dict", "required": True},
            "hide": {"type": "dict", "default": {}, "no_log": True},
            "wait": {"type": "int", "default": 10},
            "timeout": {"type": "int", "default": 900},
        },
        supports_check_mode=True,
    )
    try:
        from openstack_hub.kubernetes.client import Api, Refused, Unreachable
        from openstack_hub.kubernetes.pod_diagnosis import Diagnosis, image_variables
        from openstack_hub.kubernetes.pods import Pods
        from openstack_hub.kubernetes.rollout import rollout_problems
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    params, images = module.params, image_variables(module.params["model"])
    began, end = params["progress_state"].get("began") or time.time(), time.monotonic() + params["wait"]
    result = {"changed": False, "actions": [], "progress_state": {"began": began}}
    while True:
        try:
            problems = rollout_problems(Pods(Api(params["kubeconfig"]), params["namespace"], params["name"]), images)
        except Refused as error:
            module.fail_json(msg=f"the cluster refuses: {error}", **result)
        except Unreachable as error:
            problems = [Diagnosis(f"the cluster does not answer: {error}")]
        lines = [problem.text for problem in problems]
        if lasting := [problem.text for problem in problems if problem.lasting]:
            module.fail_json(msg="\n".join([*lasting, "Run again when that is fixed: nothing is lost"]), **result)
        if not problems:
            module.exit_json(pending=None, progress=[], **result)
        if time.time() - began + params["wait"] > params["timeout"]:
            message = f"after {params['timeout'] // 60} minutes (cluster_node_minutes) the hub does not run:"
            module.fail_json(msg="\n- ".join([message, *lines]), **result)
        if time.monotonic() > end:
            module.exit_json(pending="the hub's pods start", progress=lines, **result)
        time.sleep(1)


if __name__ == "__main__":
    main()
