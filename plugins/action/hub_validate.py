"""Find all problems in the variables and report each with file and line, which assert cannot."""

from pathlib import Path

from ansible import constants as C
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

try:
    from openstack_hub.ansible_values import plain_data
    from openstack_hub.site import ansible_site, validate
    from openstack_hub.validation import report
except ImportError as error:  # reported when the task runs
    report, MISSING = None, str(error)

display = Display()


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        if report is None:
            return result | {"failed": True, "msg": f"{MISSING}: run `make .venv/.operator` and use Ansible from .venv"}
        folder = task_vars.get("inventory_dir")
        if not folder:
            return result | {"failed": True, "msg": "no site folder: add one, such as -i ../my-hub"}
        facts, extra = self._task.args.get("cloud"), self._task.get_variable_manager().extra_vars
        values = ansible_site.site_values(task_vars, self._templar, self._decrypt)._replace(
            others=self._other_folders(folder),
            in_inventory=ansible_site.inventory_variables(self._task.get_variable_manager()._inventory),
        )
        if facts:
            errors, warnings = validate.compared(folder, values, plain_data(facts))
        else:
            errors, warnings = validate.site_report(folder, values, plain_data(extra), ansible_site.of_files(extra))
        for title, text in validate.sections(folder, errors, warnings):
            display.display(text, color=C.COLOR_ERROR if title == "Problems" else C.COLOR_WARN)
        summary = report.summary(
            errors, warnings, f"{folder}, compared with cloud {facts['cloud']}" if facts else folder
        )
        if not errors:
            display.display(f"\n{summary}\n", color=C.COLOR_OK)
        return result | {"changed": False, "failed": bool(errors), "msg": summary}

    def _other_folders(self, folder):
        """The folders of further inventories (-i)."""
        paths = [Path(source) for source in self._task.get_variable_manager()._inventory._sources]
        folders = (path if path.is_dir() else path.parent for path in paths if path.exists())
        return [path for path in folders if not Path(folder).is_relative_to(path)]

    def _decrypt(self, path):
        return str(self._loader.get_text_file_contents(str(path)))
