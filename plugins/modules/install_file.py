#!/usr/bin/python
"""Put a file, a template or a text on the machine, in one round trip."""

DOCUMENTATION = """
module: install_file
short_description: Put a file on the machine
description:
  - Does for one file what M(ansible.builtin.copy) and M(ansible.builtin.template) do, where these fall short.
  - The result says O(dest) in check mode, too, so that what follows from a change can be foretold (filter
    C(changed_paths)); differences are headed by the path on the machine.
  - The machine is asked once, not twice or, with differences, three times: most of a run's time is spent so.
  - A file that only some may read is at no moment readable by others.
options:
  src: {description: "File or, when it ends in C(.j2), template of the role.", type: path}
  content: {description: "Text, instead of O(src).", type: str}
  dest: {description: "Path of the file on the machine. Its directory must be there, or be made by the same run.",
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
import stat
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule


def present(path):
    """(content, mode) of a file; (b"", None) where there is none, or something else."""
    if path.is_symlink() or not path.is_file():
        return b"", None
    return path.read_bytes(), stat.S_IMODE(path.stat().st_mode)


def write(path, content, mode):
    """Replace the file as a whole; at no moment can others read it who may not."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)  # of a run that was killed
    new.touch(mode=0o600)
    new.write_bytes(content)
    new.chmod(mode)
    new.replace(path)


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
            "content": {"type": "str", "required": True, "no_log": True},  # in base64: the action plugin sends it
            "mode": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    path = Path(module.params["dest"])
    before = present(path)
    after = base64.b64decode(module.params["content"]), int(module.params["mode"], 8)
    if before != after and not module.check_mode:
        try:
            write(path, *after)
        except OSError as error:
            module.fail_json(msg=f"{path}: {error.strerror}")
    diff = differences(str(path), before, after) if module._diff else []  # a task's `diff: false` arrives here only
    module.exit_json(changed=before != after, dest=str(path), diff=diff)


if __name__ == "__main__":
    main()
