#!/usr/bin/python
"""Put a file, a template or a text on a machine, in one round trip."""

DOCUMENTATION = """
module: install_file
short_description: Put a file on the machine
description:
  - Replaces M(ansible.builtin.copy) and M(ansible.builtin.template) where they fall short.
  - The result includes O(dest) in check mode as well, so that the consequences of a change can be predicted (filter
    C(changed_paths)); differences name the path on the machine.
  - Takes one round trip instead of two, or three with differences. Round trips take most of the time of a run.
  - The file is replaced in one step, and a file with restricted access is never readable by others in between.
options:
  src: {description: "File or, when it ends in C(.j2), template of the role.", type: path}
  content: {description: "Text, instead of O(src).", type: str}
  base64: {description: "Content of any type in base64, instead of O(src).", type: str}
  dest: {description: "Path of the file on the machine. Its directory must exist, or be created by the same run.",
         type: path, required: true}
  mode: {description: Mode of the file., type: str, required: true}
author: [openstack-hub]
"""

EXAMPLES = """
- name: Write the site
  install_file:
    src: jupyterhub.conf.j2
    dest: /etc/apache2/sites-available/jupyterhub.conf
    mode: "0644"
  register: __web_site_file
"""

RETURN = """
dest: {description: Path of the file., type: str, returned: always}
"""

import base64
import contextlib
import os
import stat
import tempfile
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

REMNANT_AGE = 600  # seconds after which a temporary file belongs to a run that was killed


def read(path):
    """(content, mode) of a file; (b"", None) when there is none or it is not a regular file."""
    if path.is_symlink() or not path.is_file():
        return b"", None
    return path.read_bytes(), stat.S_IMODE(path.stat().st_mode)


def write(path, content, mode):
    """Replace the file in one step, by a temporary file of this run alone: an orphan of a killed run may write, too."""
    for remnant in path.parent.glob(f".{path.name}.*.new"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - remnant.lstat().st_mtime > REMNANT_AGE:
                remnant.unlink()
    descriptor, new = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(descriptor, mode)
        Path(new).replace(path)
    except OSError:
        Path(new).unlink()
        raise


def differences(path, before, after):
    """What --diff shows; before and after are (content, mode)."""
    diffs = []
    if before[0] != after[0]:
        shown = [
            content.decode(errors="replace") if b"\0" not in content else "(binary)\n" for content, _ in (before, after)
        ]
        diffs.append({"before_header": path, "after_header": path, "before": shown[0], "after": shown[1]})
    if before[1] != after[1]:
        modes = [f"{path}: " + ("absent" if mode is None else f"{mode:04o}") + "\n" for _, mode in (before, after)]
        diffs.append({"before": modes[0], "after": modes[1]})
    return diffs


def main():
    module = AnsibleModule(
        {
            "dest": {"type": "path", "required": True},
            "content": {"type": "str", "required": True, "no_log": True},  # in base64, from the action plugin
            "mode": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    path = Path(module.params["dest"])
    before = read(path)
    after = base64.b64decode(module.params["content"]), int(module.params["mode"], 8)
    if before != after and not module.check_mode:
        try:
            write(path, *after)
        except OSError as error:
            module.fail_json(msg=f"{path}: {error.strerror}")
    # `diff: false` of a task arrives nowhere else.
    diff = differences(str(path), before, after) if module._diff else []
    module.exit_json(changed=before != after, dest=str(path), diff=diff)


if __name__ == "__main__":
    main()
