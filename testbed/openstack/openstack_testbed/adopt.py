"""Adapt a copy of another instance's databases to this instance: python -m openstack_testbed.adopt FOLDER.

Ids stay; addresses, passwords and paths become those of the folder. Runs in the services' environment.
"""

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import bcrypt

from openstack_testbed.clouds import CREDENTIALS
from openstack_testbed.configuration import CATALOGUE, url


def adopt(folder):
    ports = json.loads((folder / "instance.json").read_text())["ports"]
    passwords = json.loads((folder / "passwords.json").read_text())
    with closing(sqlite3.connect(folder / "var/keystone.sqlite")) as keystone, keystone:
        for service, (kind, _) in CATALOGUE.items():
            keystone.execute(
                "UPDATE endpoint SET url = ? WHERE service_id = (SELECT id FROM service WHERE type = ?)",
                (url(ports, service), kind),
            )
        for name, password in passwords.items():
            digest = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
            if name in CREDENTIALS:
                keystone.execute("UPDATE application_credential SET secret_hash = ? WHERE name = ?", (digest, name))
            else:
                keystone.execute(
                    "UPDATE password SET password_hash = ?"
                    " WHERE local_user_id = (SELECT id FROM local_user WHERE name = ?)",
                    (digest, name),
                )
    with closing(sqlite3.connect(folder / "var/glance.sqlite")) as glance, glance:
        # An image's file is named by its id.
        glance.execute(
            "UPDATE image_locations SET value = 'file://' || ? || '/' || image_id", (str(folder / "var/images"),)
        )


if __name__ == "__main__":
    adopt(Path(sys.argv[1]))
