"""Find every mistake in the variables; tell file, line and sentence of each, which an assert cannot."""

from pathlib import Path

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

try:
    from openstack_hub import cloud
    from openstack_hub.ansible_values import plain, unfilled
    from openstack_hub.schema import specification
    from openstack_hub.site import files
    from openstack_hub.validation import check, report
    from openstack_hub.validation.problems import Unknown
    from openstack_hub.validation.rules import machines
except ImportError as error:  # told when the task runs, as a sentence
    check, MISSING = None, str(error)

display = Display()


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        if check is None:
            return result | {"failed": True, "msg": f"{MISSING}: run `make .venv/.operator`, and Ansible from .venv"}
        folder = task_vars.get("inventory_dir")
        if not folder:
            return result | {"failed": True, "msg": "name a site folder, like -i ../my-hub"}
        inventory, sources = files.inventory(folder), files.sources(folder)
        facts = self._task.args.get("cloud")
        if facts:
            found = [(None, mistake) for mistake in cloud.lacking(self._given(task_vars), plain(facts))]
        else:
            found = self._found(inventory, sources, files.is_shipped(folder), task_vars)
        if "openstack_hub_model" not in task_vars:  # the manual is not read: nearly all else follows from that
            found = [(None, files.lost_manual(folder))]
        told = report.lines(found, [*inventory, *sources], self._task.get_variable_manager().extra_vars)
        errors, warnings = ([line for warning, line in told if warning is which] for which in (False, True))
        for title, some, colour in (("Warnings", warnings, C.COLOR_WARN), ("Mistakes", errors, C.COLOR_ERROR)):
            if some:
                display.display("\n".join([f"\n{title} in {folder}:", *some]), color=colour)
        summary = report.summary(errors, warnings, f"{folder} as cloud {facts['cloud']} sees them" if facts else folder)
        if not errors:
            display.display(f"\n{summary}\n", color=C.COLOR_OK)
        return result | {"changed": False, "failed": bool(errors), "msg": summary}

    def _found(self, inventory, sources, shipped, task_vars):
        """(source in which it was seen or None, Mistake) of everything."""
        given = self._given(task_vars)
        names = sorted({name for source in sources for name in source.nodes})
        astray = list(files.astray(inventory, sources))
        read = {name for source in sources if source.is_for_all() for name in source.nodes}
        given |= dict.fromkeys({mistake.path[-1] for _, mistake in astray} - read, Unknown())
        mistakes = [
            *check.site(given, names, _is_file, shipped, files.role_variables()),
            *machines.mistakes(given.get("hub_platform"), task_vars["groups"], bool(given.get("cloud_web_server"))),
            *(machines.examples_left(task_vars["groups"]) if not shipped else ()),
        ]
        return [*((None, mistake) for mistake in mistakes), *astray, *files.mistakes_of(sources, shipped)]

    def _given(self, task_vars):
        return {name: self._filled(task_vars[name]) for name in specification.variables() if name in task_vars}

    def _filled(self, value):
        """VALUE as plain data with its templates filled in; Unknown where that fails."""
        if isinstance(value, dict):
            return {str(key): self._filled(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self._filled(entry) for entry in value]
        try:
            return plain(self._templar.template(value))
        except AnsibleError as error:
            return Unknown(unfilled(str(error)))


def _is_file(path):
    return Path(path).expanduser().is_file()
