#!/usr/bin/python
"""Keep one-time passwords in files, one for each name."""

DOCUMENTATION = """
module: one_time_passwords
short_description: One-time passwords in files
description:
  - Writes a password for each name into FOLDER/NAME, for the operator alone. A file is complete or does not exist, also
    when the run is killed; one that exists keeps its password, so that the next run continues with it.
options:
  folder: {description: "The folder, which Git ignores.", type: path, required: true}
  names: {description: "Names of accounts, such as C(jane-2).", type: list, elements: str, required: true}
  renew: {description: "Those that get another password.", type: list, elements: str, default: []}
author: [openstack-hub]
"""

EXAMPLES = """
- name: Write one-time passwords
  one_time_passwords:
    folder: "{{ inventory_dir }}/.accounts"
    names: [ada]
  no_log: true
"""

RETURN = """
passwords: {description: "Password by name.", type: dict, returned: success}
"""

import os
import re
import secrets
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

NAME = re.compile(r"[a-z][a-z0-9-]*")
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is easily mistaken for another
LENGTH = 16


def write(path, text):
    """Replace PATH, readable by its owner alone, as a whole."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)


def main():
    names = {"type": "list", "elements": "str"}
    module = AnsibleModule(
        {
            "folder": {"type": "path", "required": True},
            "names": {**names, "required": True},
            "renew": {**names, "default": []},
        }
    )
    folder, wanted = Path(module.params["folder"]), module.params["names"]
    # Names are paths, and the hub may have a say in them.
    if wrong := [name for name in wanted if not NAME.fullmatch(name)]:
        module.fail_json(msg=f"these are not names of accounts: {', '.join(map(repr, wrong))}")
    folder.mkdir(mode=0o700, exist_ok=True)
    write(folder / ".gitignore", "*\n")
    new = [name for name in wanted if name in module.params["renew"] or not (folder / name).exists()]
    for name in new:
        write(folder / name, "".join(secrets.choice(LETTERS) for _ in range(LENGTH)) + "\n")
    module.exit_json(changed=bool(new), passwords={name: (folder / name).read_text().strip() for name in wanted})


if __name__ == "__main__":
    main()
