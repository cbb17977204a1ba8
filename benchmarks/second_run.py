"""A run that changes nothing, against a play of as many pings: the time of the tasks beyond the transport."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from pairs import INVENTORY, compare, seconds

RUN = ["ansible-playbook", "-i", INVENTORY, "playbooks/hub.yml"]


def main():
    plain = os.environ | {"ANSIBLE_FORCE_COLOR": "0"}
    out = subprocess.run(RUN, check=True, capture_output=True, text=True, env=plain).stdout
    assert set(re.findall(r"changed=(\d+)", out)) == {"0"}, f"this run was not unchanged:\n{out}"
    tasks = len(re.findall(r"^(?:ok|changed|included|skipping): \[", out, re.MULTILINE))
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as play:
        play.write("- hosts: hub\n  tasks:\n" + "    - ansible.builtin.ping:\n" * tasks)
        play.flush()
        compare(
            f"unchanged run of {tasks} tasks",
            lambda: seconds(RUN),
            lambda: seconds(["ansible-playbook", "-i", INVENTORY, str(Path(play.name))]),
            rounds=3,
        )


if __name__ == "__main__":
    main()
