"""Find all problems in the variables and report each with file and line, which assert cannot."""

from pathlib import Path

from ansible import constants as C
from ansible._internal._datatag._tags import Origin
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

try:
    from openstack_hub import cloud
    from openstack_hub.ansible_values import plain_data, template_problem
    from openstack_hub.schema import specification
    from openstack_hub.site import files
    from openstack_hub.site.findings import SiteFiles, program_findings, site_findings
    from openstack_hub.validation import report
    from openstack_hub.validation.problems import Unknown
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
        groups = task_vars["groups"]
        site = SiteFiles(folder, groups, groups["all"], self._decrypt, others=self._other_folders(folder))
        extra = self._task.get_variable_manager().extra_vars
        facts = self._task.args.get("cloud")
        if "openstack_hub_model" not in task_vars:  # without the defaults files nearly all variables would be reported
            problems = [(None, files.missing_defaults(folder))]
        elif facts:
            given = self._given(task_vars)
            problems = [(None, problem) for problem in cloud.validate_against_cloud(given, plain_data(facts))]
        else:
            given, in_files = self._given(task_vars), [name for name in extra if _place_of(name, extra[name])]
            of_roles = {n: self._templated(task_vars[n]) for n in site.roles.keys() & site.names() if n in task_vars}
            options = {"in_files": in_files, "role_values": of_roles}
            problems = site_findings(site, given, groups, plain_data(extra), **options)
            problems += program_findings(site, self._inventory_variables())
        places = {name: place for name in extra if (place := _place_of(name, extra[name]))}
        lines = report.lines(problems, site.all(), plain_data(extra), places)
        errors, warnings = ([line for warning, line in lines if warning is which] for which in (False, True))
        for title, some, colour in (("Warnings", warnings, C.COLOR_WARN), ("Problems", errors, C.COLOR_ERROR)):
            if some:
                display.display("\n".join([f"\n{title} in {folder}:", *some]), color=colour)
        site = f"{folder}, compared with cloud {facts['cloud']}" if facts else folder
        summary = report.summary(errors, warnings, site)
        if not errors:
            display.display(f"\n{summary}\n", color=C.COLOR_OK)
        return result | {"changed": False, "failed": bool(errors), "msg": summary}

    def _inventory_variables(self):
        """Name of a group or host -> name of a variable -> its file, or None, as program_findings needs them."""
        inventory = self._task.get_variable_manager()._inventory
        entities = {**inventory.groups, **inventory.hosts}
        return {entity: {name: _file_of(name) for name in entities[entity].vars} for entity in entities}

    def _other_folders(self, folder):
        """The folders of further inventories (-i)."""
        paths = [Path(source) for source in self._task.get_variable_manager()._inventory._sources]
        folders = (path if path.is_dir() else path.parent for path in paths if path.exists())
        return [path for path in folders if not Path(folder).is_relative_to(path)]

    def _decrypt(self, path):
        return str(self._loader.get_text_file_contents(str(path)))

    def _given(self, task_vars):
        return {name: self._templated(task_vars[name]) for name in specification.variables() if name in task_vars}

    def _templated(self, value):
        """VALUE as plain data with its templates evaluated; Unknown where that fails."""
        if isinstance(value, dict):
            return {str(key): self._templated(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self._templated(entry) for entry in value]
        try:
            return plain_data(self._templar.template(value))
        except AnsibleError as error:
            return Unknown(template_problem(str(error)))


def _file_of(value):
    """The file from which Ansible read VALUE, or None."""
    origin = Origin.get_tag(value)
    return origin and origin.path


def _place_of(name, value):
    """`file:line` of a variable, or None if it is from no file."""
    origin = next((found for found in map(Origin.get_tag, (name, value)) if found and found.path), None)
    return origin and f"{origin.path}:{origin.line_num or 1}"
