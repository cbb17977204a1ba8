"""Calls the module of the same name until the cloud has done its part, and shows what goes on: a module could not."""

import os
import time

from ansible import constants as C
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

display = Display()
SILENCE = 60  # seconds after which the same line is shown again


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result, parent = super().run(tmp, task_vars), os.getppid()
        arguments = dict(self._task.args)
        actions, diff, sofar, progress = [], None, {}, Progress()
        while True:
            found = self._execute_module(module_args=arguments | {"sofar": sofar}, task_vars=task_vars)
            for sentence in found.get("actions", []):
                display.display(f"  {sentence}", color=C.COLOR_CHANGED)
            actions += found.get("actions", [])
            diff, sofar = diff or found.get("diff"), found.pop("sofar", sofar)
            pending = found.get("pending")
            if found.get("failed") or not pending:
                break
            progress.show(found)
            timeout = found["invocation"]["module_args"]["timeout"]
            if progress.stands() > timeout:
                found |= {"failed": True, "msg": overdue(pending, progress, timeout)}
                break
            if os.getppid() != parent:  # ansible-playbook was killed: the next run goes on from here
                found |= {"failed": True, "msg": "ansible-playbook has gone"}
                break
        for name in ("pending", "progress"):
            found.pop(name, None)
        return result | found | {"changed": bool(actions), "actions": actions} | ({"diff": diff} if diff else {})


class Progress:
    """What was shown, and since when nothing has moved: a rolling upgrade takes hours, but each machine its minutes."""

    def __init__(self):
        self.began = self.moved = time.monotonic()
        self.shown, self.lines, self.facts = 0, [], []

    def stands(self):
        return time.monotonic() - self.moved

    def show(self, found):
        """The lines about what goes on, when they say something new, or nothing was said for a while."""
        lines, now = found["progress"] or [found["pending"]], time.monotonic()
        facts = found["progress"] or self.facts  # that the API answers, or does not, moves nothing
        if found["actions"] or facts != self.facts:
            self.moved, self.facts = now, facts
        if found["actions"] or lines != self.lines:
            self.shown = 0
        if now - self.shown > SILENCE:
            minutes, seconds = divmod(int(now - self.began), 60)
            for line in lines:
                display.display(f"  {minutes:02}:{seconds:02}  {line}")
            self.shown = now
        self.lines = lines


def overdue(pending, progress, timeout):
    said = "".join(f"\n- {line}" for line in progress.lines if line != pending)
    return (
        f"nothing has moved for {timeout // 60} minute{'s' * (timeout // 60 != 1)}: {pending}{said}\n"
        "Run again to go on waiting: nothing is made twice. If nothing moves, ask your cloud whether Magnum's "
        "conductor is up (openstack coe service list, as admin) and what its log says; if machines take longer on your "
        "cloud, raise cluster_node_minutes."
    )
