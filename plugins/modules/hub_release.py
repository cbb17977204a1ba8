#!/usr/bin/python
"""Install, upgrade or repair the hub's release of the chart."""

DOCUMENTATION = r"""
module: hub_release
short_description: Install, upgrade or repair the hub's release of the chart
description:
  - Compares Helm's record of the release with chart and values, and calls Helm only where they differ, where the last
    change failed, or where an object of the release is missing.
  - Compares each object of the release, and those in O(additions), with its manifest by a dry run on the server, and
    replaces those that differ, so that changes made by hand are undone. Claims of volumes are never replaced.
  - Unlocks a release that a killed run left locked, so that Helm can continue. Uninstalls nothing.
  - Only one run at a time. Holds a lock on the kubeconfig until Helm has ended, even when this module is killed.
  - Passes the values to Helm on standard input, without a temporary file.
  - While Helm waits for a hook, checks the hook's pods, and ends Helm on a problem that waiting does not solve.
options:
  kubeconfig: {type: path, required: true, description: "Kubeconfig of the cluster."}
  namespace: {type: str, required: true, description: "Namespace of the release."}
  name: {type: str, required: true, description: "Name of the release."}
  helm: {type: path, required: true, description: "Path of Helm."}
  chart_path: {type: path, description: "Packaged chart on the controller, instead of one from O(repository)."}
  chart_version: {type: str, required: true, description: "Version in the repository."}
  repository: {type: str, default: "https://hub.jupyter.org/helm-chart", description: "Where the chart comes from."}
  values: {type: dict, required: true, description: "All values. They are displayed, so they must not contain secrets."}
  patches: {type: list, elements: dict, default: [], description: "Merged into manifests of the same name."}
  additions: {type: list, elements: dict, default: [], description: "Manifests of further objects.
              Other StatefulSets with the label C(app.kubernetes.io/part-of=openstack-hub) are deleted."}
  model: {type: dict, required: true, description: "Model of the hub, to name the variable of an image."}
  hide: {type: dict, default: {}, description: "Secrets to remove from messages of pods."}
  wait: {type: int, default: 10, description: "Seconds that one call waits for another machine's Helm."}
  timeout: {type: int, default: 900, description: "Seconds for hooks, and for another machine's Helm."}
  progress_state: {type: dict, default: {}, description: "State that the action plugin hands to the next call."}
author: [openstack-hub]
"""

EXAMPLES = r"""
- name: Install, upgrade or repair the release
  hub_release:
    kubeconfig: ~/.kube/config
    namespace: jupyterhub
    name: jupyterhub
    helm: /usr/local/bin/helm
    chart_version: 4.4.0
    values: "{{ __values }}"
    model: "{{ openstack_hub_model }}"
"""

RETURN = r"""
actions: {description: "What was done, or in check mode would be.", returned: always, type: list, elements: str}
revision: {description: "Revision of the release; 0 where there is none.", returned: success, type: int}
status: {description: "Its status; empty where there is none.", returned: success, type: str}
pending: {description: "The Helm process that the run waits for, null for none.", returned: always, type: str}
progress: {description: "None.", returned: always, type: list, elements: str}
progress_state: {description: "State for the next call.", returned: always, type: dict}
"""

import sys
import time

from ansible.module_utils.basic import AnsibleModule

ARGUMENTS = {
    "kubeconfig": {"type": "path", "required": True},
    "namespace": {"type": "str", "required": True},
    "progress_state": {"type": "dict", "default": {}},
    "name": {"type": "str", "required": True},
    "helm": {"type": "path", "required": True},
    "chart_path": {"type": "path"},
    "chart_version": {"type": "str", "required": True},
    "repository": {"type": "str", "default": "https://hub.jupyter.org/helm-chart"},
    "values": {"type": "dict", "required": True},
    "patches": {"type": "list", "elements": "dict", "default": []},
    "additions": {"type": "list", "elements": "dict", "default": []},
    "model": {"type": "dict", "required": True},
    "hide": {"type": "dict", "default": {}, "no_log": True},
    "wait": {"type": "int", "default": 10},
    "timeout": {"type": "int", "default": 900},
}


def main():
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True)
    try:
        from openstack_hub.kubernetes import helm, hub_release
        from openstack_hub.kubernetes.client import Api, Refused, Unreachable
    except ImportError as error:
        module.fail_json(msg=f"{error}. {sys.executable} needs the packages of this project: make .venv/.operator")
    params = module.params
    began = params["progress_state"].get("began") or time.time()
    unfinished = {"actions": [], "pending": None, "progress": [], "progress_state": {"began": began}}
    try:
        result = hub_release.reconcile(Api(params["kubeconfig"]), params, module.check_mode)
    except helm.Busy as error:
        # Before the action plugin's own timeout, whose message does not name the other run.
        if time.time() - began + 2 * params["wait"] > params["timeout"]:
            module.fail_json(msg=f"{error}. Timed out: end that run, and run again", **unfinished)
        module.exit_json(**unfinished | {"pending": str(error)})
    except (hub_release.Failed, Refused, Unreachable, helm.Impossible) as error:
        module.fail_json(msg=str(error), **unfinished)
    module.exit_json(**unfinished | result)


if __name__ == "__main__":
    main()
