#!/usr/bin/python
"""Install Debian packages: a check needs no lists of packages, and what a killed run left half-way is finished."""

DOCUMENTATION = """
module: debian_packages
short_description: Install Debian packages that are missing
description:
  - Asks dpkg what is missing, so that check mode tells the truth on a machine that has no lists of packages yet, or old
    ones, or no C(python3-apt). M(ansible.builtin.apt) fails there.
  - When something is missing, fetches the lists and installs it without what is only recommended.
  - An installation that was interrupted is finished first, as dpkg demands.
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
missing: {description: "What was installed, or would be.", type: list, elements: str, returned: always}
"""

import time

from ansible.module_utils.basic import AnsibleModule

UPDATE = ["apt-get", "update", "-q"]
# What somebody edited stays, and nothing that is there goes.
INSTALL = ["apt-get", "install", "--yes", "--no-install-recommends", "--no-remove", "-o", "DPkg::Lock::Timeout=300",
           "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"]  # fmt: skip
FINISH = ["dpkg", "--force-confdef", "--force-confold", "--configure", "-a"]
LISTS_TIMEOUT = 300  # seconds; apt waits for dpkg's lock, but not for that of its lists


def not_installed(names, answer):
    """Those of `names` that the lines `package state` of dpkg-query do not call installed; half-configured is not."""
    return [name for name in names if f"{name} installed" not in answer.splitlines()]


def install(run, names):
    """(exit status, words) of fetching the lists and installing."""
    end = time.monotonic() + LISTS_TIMEOUT
    while "lists/lock" in run(UPDATE)[2] and time.monotonic() < end:  # a new machine updates itself
        time.sleep(1)
    rc, _, words = run([*INSTALL, *names])
    if rc:  # packages may be unpacked and no more, those they need not even that: apt refuses until this is mended
        run(FINISH)
        run([*INSTALL, "--fix-broken"])
        rc, _, words = run([*INSTALL, *names])
    return rc, words


def main():
    module = AnsibleModule({"name": {"type": "list", "elements": "str", "required": True}}, supports_check_mode=True)
    module.run_command_environ_update = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    names = module.params["name"]
    query = ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\\n", *names]
    missing = not_installed(names, module.run_command(query)[1])
    if missing and not module.check_mode:
        rc, words = install(module.run_command, missing)
        if rc:
            module.fail_json(msg=f"apt-get could not install {' '.join(missing)}: {words.strip()}")
    diff = {"before": "", "after": "".join(f"package {name}\n" for name in missing)}
    module.exit_json(changed=bool(missing), missing=missing, diff=diff)


if __name__ == "__main__":
    main()
