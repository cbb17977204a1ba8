"""Find every mistake in the variables; tell file, line and sentence of each, which an assert cannot."""

from pathlib import Path

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

try:
    from openstack_hub import check, report, site_files, spec
    from openstack_hub.mistakes import Mistake
    from openstack_hub.plain import plain
    from openstack_hub.rules import machines
except ImportError as error:  # told when the task runs, as a sentence
    check, MISSING = None, str(error)

display = Display()


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        if check is None:
            return result | {"failed": True, "msg": f"{MISSING}: install requirements.txt and this checkout"}
        folder = task_vars["inventory_dir"]
        sources, shipped = site_files.sources(folder), site_files.is_shipped(folder)
        names = sorted({name for source in sources for name in source.nodes})
        given, mistakes = self._values(task_vars)
        untold = {mistake.path[0] for mistake in mistakes}
        checked = check.site(given, names, _is_file, shipped, site_files.role_variables())
        mistakes += machines.mistakes(given.get("hub_platform"), task_vars["groups"])
        mistakes += [mistake for mistake in checked if mistake.path[0] not in untold]
        found = [(None, mistake) for mistake in mistakes] + list(site_files.mistakes_of(sources, shipped))
        told = report.lines(found, sources)
        errors, warnings = ([line for warning, line in told if warning is which] for which in (False, True))
        for title, some, colour in (("Warnings", warnings, C.COLOR_WARN), ("Mistakes", errors, C.COLOR_ERROR)):
            if some:
                display.display("\n".join([f"\n{title} in {folder}:", *some]), color=colour)
        summary = report.summary(errors, warnings, folder)
        return result | {"changed": False, "failed": bool(errors), "msg": summary}

    def _values(self, task_vars):
        """Values by name, templated; Mistakes for those that cannot be."""
        given, mistakes = {}, []
        for name in (name for name in spec.variables() if name in task_vars):
            try:
                given[name] = plain(self._templar.template(task_vars[name]))
            except AnsibleError as error:
                mistakes.append(Mistake((name,), f"cannot be filled in: {str(error).splitlines()[0]}"))
        return given, mistakes


def _is_file(path):
    return Path(path).expanduser().is_file()
