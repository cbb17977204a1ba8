"""Find all problems in the variables and report each with file and line, which assert cannot."""

from pathlib import Path

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

try:
    from openstack_hub import cloud
    from openstack_hub.ansible_values import braces_problem, plain_data, template_problem
    from openstack_hub.schema import specification
    from openstack_hub.site import files
    from openstack_hub.validation import check, report
    from openstack_hub.validation.problems import Unknown
    from openstack_hub.validation.rules.inventory import example_host_problems, inventory_problems
    from openstack_hub.validation.yaml_source import is_secret
except ImportError as error:  # reported when the task runs
    check, MISSING = None, str(error)

display = Display()


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        if check is None:
            return result | {"failed": True, "msg": f"{MISSING}: run `make .venv/.operator` and use Ansible from .venv"}
        folder = task_vars.get("inventory_dir")
        if not folder:
            return result | {"failed": True, "msg": "no site folder: add one, such as -i ../my-hub"}
        inventory_sources, sources = files.inventory_sources(folder), files.sources(folder)
        facts = self._task.args.get("cloud")
        if "openstack_hub_model" not in task_vars:  # without the defaults files nearly all variables would be reported
            problems = [(None, files.missing_defaults(folder))]
        elif facts:
            given = self._given(task_vars)
            problems = [(None, problem) for problem in cloud.validate_against_cloud(given, plain_data(facts))]
        else:
            problems = self._problems(inventory_sources, sources, files.is_shipped(folder), task_vars)
        given = self._task.get_variable_manager().extra_vars
        lines = report.lines(problems, [*inventory_sources, *sources], given)
        errors, warnings = ([line for warning, line in lines if warning is which] for which in (False, True))
        for title, some, colour in (("Warnings", warnings, C.COLOR_WARN), ("Problems", errors, C.COLOR_ERROR)):
            if some:
                display.display("\n".join([f"\n{title} in {folder}:", *some]), color=colour)
        site = f"{folder}, compared with cloud {facts['cloud']}" if facts else folder
        summary = report.summary(errors, warnings, site)
        if not errors:
            display.display(f"\n{summary}\n", color=C.COLOR_OK)
        return result | {"changed": False, "failed": bool(errors), "msg": summary}

    def _problems(self, inventory_sources, sources, shipped, task_vars):
        """(source in which it was seen or None, Problem) of the files, the variables and the inventory."""
        given, groups = self._given(task_vars), task_vars["groups"]
        names = sorted({name for source in sources for name in source.nodes})
        misplaced = list(files.misplaced_variables(inventory_sources, sources))
        set_for_all = {name for source in sources if source.is_for_all() for name in source.nodes}
        given |= dict.fromkeys({problem.path[-1] for _, problem in misplaced} - set_for_all, Unknown())
        problems = [
            *check.site_problems(given, names, _is_file, shipped, files.role_variables(), read_file=_read_file),
            *inventory_problems(given.get("hub_platform"), groups, bool(given.get("cloud_web_server"))),
            *(example_host_problems(groups) if not shipped else ()),
        ]
        return [*((None, problem) for problem in problems), *misplaced, *files.file_problems(sources, shipped)]

    def _given(self, task_vars):
        names = [name for name in specification.variables() if name in task_vars]
        return {name: self._templated(task_vars[name], (name,), task_vars) for name in names}

    def _templated(self, value, path, task_vars):
        """VALUE as plain data with its templates evaluated; Unknown where that fails."""
        if isinstance(value, dict):
            return {str(key): self._templated(entry, (*path, str(key)), task_vars) for key, entry in value.items()}
        if isinstance(value, list):
            return [self._templated(entry, (*path, i), task_vars) for i, entry in enumerate(value)]
        if isinstance(value, str) and (problem := braces_problem(value, task_vars)):
            return Unknown(problem)
        try:
            return plain_data(self._templar.template(value))
        except AnsibleError as error:
            return Unknown(template_problem(str(error), str(value), is_secret(path)))


def _is_file(path):
    return Path(path).expanduser().is_file()


def _read_file(path):
    """(bytes, mode)"""
    file = Path(path).expanduser()
    return file.read_bytes(), file.stat().st_mode
