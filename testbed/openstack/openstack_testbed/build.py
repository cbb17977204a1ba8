"""The state of an instance, var/: from nothing, from the cache, from its own copy of the beginning."""

import base64
import os
import secrets
import shutil
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from openstack_testbed import install, places
from openstack_testbed.processes import UNFINISHED

FOLDERS = ("credential-keys", "fernet", "images/staging", "images/tasks", "lock", "magnum", "neutron", "nova")
# Keystone first: the seeding waits for it. Then the longest.
ORDER = ("keystone", "nova", "neutron", "glance", "placement", "magnum")
READY = ".ready"
# What makes the state: with it, the copy in the cache is another.
CODE = [
    places.HERE / "openstack_testbed" / f"{name}.py" for name in ("build", "configuration", "seed", "services/schema")
]


def prepare(instance):
    """Bring the state into being where there is none, and start the services."""
    cached = places.cache() / f"openstack-seed-{instance.release()}"
    for name in ("var", "seed"):
        shutil.rmtree(instance.folder / name, ignore_errors=True)
    if cached.exists():
        shutil.copytree(cached, instance.folder / "var")
        _make_folders(instance.folder / "var")
        instance.run("adopt", "openstack_testbed.adopt", str(instance.folder))
        copy(instance.folder / "var", instance.folder / "seed")
        instance.launch_all()
    else:
        _from_nothing(instance)
        copy(instance.folder / "var", instance.folder / "seed")
        copy(instance.folder / "var", cached)
    _ready(instance.folder)


def restore(folder):
    """Put the state back to its beginning, if it can be had."""
    shutil.rmtree(folder / "var", ignore_errors=True)
    if made_by(folder / "seed") == install.name():
        shutil.copytree(folder / "seed", folder / "var")


def has_servers(var):
    """Whether Nova ever made one: then its host remembers it."""
    with closing(sqlite3.connect(var / "nova.sqlite")) as nova:
        return nova.execute("SELECT count(*) FROM instances").fetchone()[0] > 0


def restore_running(folder):
    """Put the state back while services run: each database in one transaction."""
    var, seed = folder / "var", folder / "seed"
    for database in seed.glob("*.sqlite"):
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(var / database.name)) as target:
            source.backup(target)
    for image in (var / "images").iterdir():
        if not (seed / "images" / image.name).exists():
            image.unlink()


def made_by(state):
    """Name of the environment that made a state; None if it is not there, or unfinished."""
    return (state / READY).read_text() if (state / READY).exists() else None


def _ready(folder):
    for name in ("seed", "var"):
        places.write(folder / name / READY, install.name())


def _make_folders(var):
    var.mkdir(mode=0o700, exist_ok=True)
    for name in FOLDERS:
        (var / name).mkdir(parents=True, exist_ok=True)
    for name in ("0", "1"):
        # Keys of the tokens: 0 is the next, 1 the one in use.
        places.write(var / "fernet" / name, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())


def _from_nothing(instance):
    """Databases side by side; each service as soon as it has its own; meanwhile they are filled."""
    _make_folders(instance.folder / "var")
    (instance.folder / "var" / UNFINISHED).touch()
    with ThreadPoolExecutor(os.cpu_count()) as schemas, ThreadPoolExecutor(1) as seeding:
        made = {service: schemas.submit(_schema, instance, service) for service in ORDER}
        made["keystone"].result()
        seeded = seeding.submit(instance.run, "seed", "openstack_testbed.seed", str(instance.folder))
        for service in ORDER:
            made[service].result()
        seeded.result()


def _schema(instance, service):
    instance.run(f"{service}-schema", "openstack_testbed.services.schema", service)
    instance.launch(service)


def copy(var, target):
    """Copy a state whose services may run: databases as of one moment each, the whole or nothing."""
    with tempfile.TemporaryDirectory(prefix=f"{target.name}.", dir=target.parent) as new:
        ours = Path(shutil.copytree(var, f"{new}/var", ignore=shutil.ignore_patterns("*.sqlite*", READY)))
        for database in var.glob("*.sqlite"):
            with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(ours / database.name)) as other:
                source.backup(other)
        places.publish(ours, target)
