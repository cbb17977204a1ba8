"""Ansible's usual output. The results of tasks, with differences, are only in its log, which a test searches."""

from ansible.plugins.callback.default import CallbackModule as Default

DOCUMENTATION = """
name: results_in_log
type: stdout
short_description: Ansible's usual output, and results with differences in the log
description: [The file is ANSIBLE_LOG_PATH.]
extends_documentation_fragment: [default_callback, result_format_callback]
"""


class CallbackModule(Default):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "results_in_log"

    def _log(self, result):
        self._display.display(self._dump_results(result.result), log_only=True)

    def v2_on_file_diff(self, result):
        self._log(result)

    def v2_runner_on_ok(self, result):
        self._log(result)
        super().v2_runner_on_ok(result)
