"""The operator's commands, run where the hub runs, as its user: `python -m hubkit.command PLATFORM`.

PLATFORM is the module of the hub's spawner, such as hubkit.hub.host. Reads one line of JSON from standard input, so
that no password is on a command line, and writes one: {"error"}, or {"changed", "text"} and what the command adds.

    {"command": "people", "check": true, ...}

With `check` nothing changes, and `changed` and `text` tell what would. Modules `audit`, `local_accounts` and `people`
have the commands: run(platform, order, check).
"""

import fcntl
import importlib
import json
import os
import sys

from . import audit, local_accounts, people
from .hub.accounts import MoveRefused
from .hub.local.refusals import AccountRefused

COMMANDS = {"accounts": local_accounts.run, "audit": audit.run, "people": people.run}


def answer(platform, line):
    """The answer to the order LINE, a dict. Raises sqlite3.Error, and ValueError for what is no order."""
    order = json.loads(line)
    folder = os.open(platform.STATE, os.O_RDONLY)
    # The command of a run that was killed continues: the next one waits for it.
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        return COMMANDS[order["command"]](platform, order, order["check"])
    except (AccountRefused, MoveRefused, OSError) as error:
        return {"error": str(error)}
    finally:
        os.close(folder)


if __name__ == "__main__":
    os.umask(0o077)
    print(json.dumps(answer(importlib.import_module(sys.argv[1]), sys.stdin.readline())))
