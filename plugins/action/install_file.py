"""Read or render a file on the controller; the module of the same name puts it on the machine."""

import base64
from pathlib import Path

from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        source = arguments.pop("src", None)
        if "base64" in arguments:
            content = base64.b64decode(arguments.pop("base64"))
        elif source is None:
            content = arguments["content"].encode()
        elif source.endswith(".j2"):
            lookup = lookup_loader.get("ansible.builtin.template", loader=self._loader, templar=self._templar)
            content = lookup.run([source], variables=task_vars)[0].encode()
        else:
            content = Path(self._find_needle("files", source)).read_bytes()
        arguments["content"] = base64.b64encode(content).decode()
        return result | self._execute_module("install_file", arguments, task_vars=task_vars)
