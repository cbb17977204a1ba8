"""Call the module of the same name until nothing is pending, and show its progress: a module cannot.

The module takes `wait` (seconds of one call), `timeout` and `progress_state`, which the call before returned. It
returns `actions`, `pending` (null when all is done), `progress` (lines) and `progress_state`. When nothing has changed
for `timeout` seconds, the task fails. Each module that is polled has a symlink to this file, which imports nothing of
openstack_hub: the module itself reports when that is missing.
"""

import os
import time

from ansible import constants as C
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

display = Display()
REPEAT_AFTER = 60  # seconds after which an unchanged line is shown again
MORE_TIME = "if nodes take longer on your cloud, raise cluster_node_minutes."
MAGNUM_ADVICE = (
    "If that changes nothing, ask your cloud whether Magnum's conductor is up (openstack coe service list, as admin) "
    f"and what its log says; {MORE_TIME}"
)
PODS_ADVICE = f"playbooks/status.yml shows which pods are not ready, and why; {MORE_TIME}"
TIMEOUT_ADVICE = {  # module -> what to do after a timeout
    "hub_prerequisites": f"The cluster's nodes are not ready: {PODS_ADVICE}",
    "hub_release": f"Helm waits for the pods of the release: {PODS_ADVICE}",
    "hub_rollout": PODS_ADVICE,
}


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result, parent = super().run(tmp, task_vars), os.getppid()
        arguments = dict(self._task.args)
        actions, diff, progress_state, display_state = [], None, {}, ProgressDisplay()
        while True:
            answer = self._execute_module(
                module_args=arguments | {"progress_state": progress_state}, task_vars=task_vars
            )
            for sentence in answer.get("actions", []):
                display.display(f"  {sentence}", color=C.COLOR_CHANGED)
            actions += answer.get("actions", [])
            diff, progress_state = diff or answer.get("diff"), answer.pop("progress_state", progress_state)
            pending = answer.get("pending")
            if answer.get("failed") or not pending:
                break
            display_state.show(answer)
            timeout = answer["invocation"]["module_args"]["timeout"]
            if display_state.idle_seconds() > timeout:
                answer |= {
                    "failed": True,
                    "msg": timeout_message(self._task.action, pending, display_state.lines, timeout),
                }
                break
            if os.getppid() != parent:  # ansible-playbook was killed: the next run continues
                answer |= {"failed": True, "msg": "ansible-playbook was killed"}
                break
        for name in ("pending", "progress"):
            answer.pop(name, None)
        return result | answer | {"changed": bool(actions), "actions": actions} | ({"diff": diff} if diff else {})


class ProgressDisplay:
    """What was shown, and since when nothing has changed: an upgrade takes hours, but each node only minutes."""

    def __init__(self):
        self.started = self.changed = time.monotonic()
        self.shown, self.lines, self.progress = 0, [], []

    def idle_seconds(self):
        return time.monotonic() - self.changed

    def show(self, answer):
        """Show the progress lines when they are new, or when nothing was shown for a while."""
        lines, now = answer["progress"] or [answer["pending"]], time.monotonic()
        progress = answer["progress"] or self.progress  # an API that answers now and then is no progress
        if answer["actions"] or progress != self.progress:
            self.changed, self.progress = now, progress
        if answer["actions"] or lines != self.lines:
            self.shown = 0
        if now - self.shown > REPEAT_AFTER:
            minutes, seconds = divmod(int(now - self.started), 60)
            for line in lines:
                display.display(f"  {minutes:02}:{seconds:02}  {line}")
            self.shown = now
        self.lines = lines


def timeout_message(module, pending, lines, timeout):
    details = "".join(f"\n- {line}" for line in lines if line != pending)
    minutes = timeout // 60
    return (
        f"no progress for {minutes} minute{'s' * (minutes != 1)}: {pending}{details}\n"
        "Run again to wait further: nothing is created twice. "
        f"{TIMEOUT_ADVICE.get(module.rpartition('.')[2], MAGNUM_ADVICE)}"
    )
