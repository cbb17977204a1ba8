#!/usr/bin/python
"""Install Debian packages: check mode needs no package lists, and interrupted installations are finished."""

DOCUMENTATION = """
module: debian_packages
short_description: Install Debian packages that are missing
description:
  - Asks dpkg what is missing, so that check mode is correct on a machine without current package lists or
    C(python3-apt), where M(ansible.builtin.apt) fails.
  - If packages are missing, fetches the lists and installs them without recommended packages.
  - Finishes an interrupted installation first, as dpkg requires.
options:
  name: {description: The packages., type: list, elements: str, required: true}
author: [openstack-hub]
"""

EXAMPLES = """
- name: Install Apache
  debian_packages:
    name: [apache2]
"""

RETURN = """
missing: {description: "Packages that were installed, or would be.", type: list, elements: str, returned: always}
"""

import time

from ansible.module_utils.basic import AnsibleModule

UPDATE = ["apt-get", "update", "-q"]
# Edited configuration files are kept, and no package is removed.
INSTALL = ["apt-get", "install", "--yes", "--no-install-recommends", "--no-remove", "-o", "DPkg::Lock::Timeout=300",
           "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"]  # fmt: skip
FINISH = ["dpkg", "--force-confdef", "--force-confold", "--configure", "-a"]
LISTS_TIMEOUT = 300  # seconds; apt waits for dpkg's lock, but not for the lock of its lists


def not_installed(names, answer):
    """Those of NAMES that are not `installed` in ANSWER, lines `package state` of dpkg-query."""
    return [name for name in names if f"{name} installed" not in answer.splitlines()]


def install(run, names):
    """Fetch the lists and install NAMES. Returns (exit status, error output)."""
    end = time.monotonic() + LISTS_TIMEOUT
    while "lists/lock" in run(UPDATE)[2] and time.monotonic() < end:  # a new machine updates its lists itself
        time.sleep(1)
    rc, _, error = run([*INSTALL, *names])
    if rc:  # apt refuses while packages are only unpacked, or lack their dependencies
        run(FINISH)
        run([*INSTALL, "--fix-broken"])
        rc, _, error = run([*INSTALL, *names])
    return rc, error


def main():
    module = AnsibleModule({"name": {"type": "list", "elements": "str", "required": True}}, supports_check_mode=True)
    module.run_command_environ_update = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    names = module.params["name"]
    query = ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\\n", *names]
    missing = not_installed(names, module.run_command(query)[1])
    if missing and not module.check_mode:
        rc, error = install(module.run_command, missing)
        if rc:
            module.fail_json(msg=f"apt-get could not install {' '.join(missing)}: {error.strip()}")
        if virtual := not_installed(missing, module.run_command(query)[1]):  # it would be a change of every run
            names = " and ".join(virtual)
            module.fail_json(msg=f"apt-get has installed another package for {names}: name that package instead")
    diff = {"before": "", "after": "".join(f"package {name}\n" for name in missing)}
    module.exit_json(changed=bool(missing), missing=missing, diff=diff)


if __name__ == "__main__":
    main()
