"""People and their names: python -m hubkit.people HUB.JSON [move NAME ISSUER SUBJECT]

Lists who has which name, or gives NAME with its home to another identity of the same person, as after a change of IAM.
Prints one JSON object a line. Runs as root on the hub's machine, or in the hub's pod.
"""

import importlib
import json
import sys
from pathlib import Path

from .hub.accounts import Accounts, MoveRefused

NEXT = "Sessions of the former identity end at the next check. If a server of {name} runs, stop it on the page Admin."


def run(arguments):
    """Lines of output. Raises MoveRefused, OSError, sqlite3.Error, and KeyError for a file that is not a model."""
    match arguments:
        case [model] | [model, "list"]:
            return [json.dumps(person) for person in registry(model)[0].people()]
        case [model, "move", name, issuer, subject]:
            accounts, has_home = registry(model)
            former = accounts.move(name, issuer, subject, has_home)
            gave_up = former.pop("gave_up")
            new = {"issuer": issuer.rstrip("/"), "subject": subject}
            result = {"moved": name, "from": former, "to": new, "gave_up": gave_up, "next": NEXT.format(name=name)}
            return [json.dumps(result)] if former != new else []
        case _:
            raise MoveRefused(__doc__.splitlines()[0])


def registry(model):
    """(Accounts, has_home) of the platform that the file MODEL names."""
    platform = importlib.import_module(json.loads(Path(model).read_text())["spawner"])
    return Accounts(f"{platform.STATE}/accounts.sqlite"), platform.has_home


if __name__ == "__main__":
    try:
        for line in run(sys.argv[1:]):
            print(line)
    except (MoveRefused, OSError) as error:
        sys.exit(str(error))
