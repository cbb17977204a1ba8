"""Run the visitor's checks on the controller, and show each as soon as it is done: a module could not."""

from ansible import constants as C
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

try:
    from visitor import checks, report
except ImportError as error:  # reported when the task runs
    checks, MISSING = None, str(error)

display = Display()
COLOURS = {"ok": C.COLOR_OK, "failed": C.COLOR_ERROR, "skipped": C.COLOR_SKIP}


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        account = {"username": {"required": True}, "password": {"required": True, "no_log": True}}
        _, settings = self.validate_argument_spec(
            {
                "url": {"required": True},
                "http_port": {"type": "int"},
                "ca_file": {"type": "path"},
                "iam_ca_file": {"type": "path"},
                "certificate_days": {"type": "int", "default": 14},
                "iam_issuer": {"required": True},
                "allowed_groups": {"type": "list", "elements": "str", "default": []},
                "profiles": {"type": "list", "elements": "dict", "required": True},
                "member": {"type": "dict", "options": account},
                "outsider": {"type": "dict", "options": account},
                "start_timeout": {"type": "int", "default": 300},
            }
        )
        if checks is None:
            return result | {"failed": True, "msg": f"{MISSING}: run `make .venv/.operator` and use Ansible from .venv"}
        if self._task.check_mode:  # the checks start servers
            return result | {"skipped": True, "msg": "not in check mode: the checks start servers"}
        settings["url"] = settings["url"].rstrip("/")
        settings["ca_file"] = [file for file in (settings["ca_file"], settings.pop("iam_ca_file")) if file]

        results = checks.run(settings, self._tell)
        display.display("")
        for kind, text in report.rows(results):
            display.display(text, color=COLOURS.get(kind))
        display.display("")
        passed = all(r.result != "failed" for r in results)
        return result | {
            "changed": False,
            "failed": not passed,
            "passed": passed,
            "msg": report.summary(results),
            "checks": [r._asdict() for r in results],
        }

    @staticmethod
    def _tell(result, number, of):
        display.display(report.line(result, number, of), color=COLOURS[result.result])
