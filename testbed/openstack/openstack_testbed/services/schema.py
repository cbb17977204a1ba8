"""Makes the databases of one service: python -m openstack_testbed.services.schema SERVICE."""

import importlib
import json
import os
import sys
from pathlib import Path

import openstack_testbed.services.sqlite  # noqa: F401  (for what importing it does)
from openstack_testbed.configuration import REGION, url

# Program, and the arguments of each of its calls
TOOLS = {
    "placement": ("placement.cmd.manage", [["--config-file", "ETC/placement.conf", "db", "sync"]]),
    "glance": ("glance.cmd.manage", [["--config-file", "ETC/glance-api.conf", "db_sync"]]),
    "nova": (
        "nova.cmd.manage",
        [
            ["--config-file", "ETC/nova.conf", *words]
            for words in (
                ["api_db", "sync"],
                ["cell_v2", "map_cell0", "--database_connection", "sqlite:///nova_cell0.sqlite"],
                ["db", "sync"],
                ["cell_v2", "create_cell", "--name", "cell1"],
            )
        ],
    ),
}


def _call(module, arguments):
    """Call the program in a child: what it needs is imported only once."""
    if child := os.fork():
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            sys.exit(f"{module} {' '.join(arguments[2:])} failed")
        return
    sys.argv = [module, *arguments]
    main = sys.modules[module].main
    status = main(sys.argv) if module == "keystone.cmd.cli" else main()
    sys.stdout.flush()
    os._exit(status or 0)


def _keystone(etc):
    os.environ["OS_BOOTSTRAP_PASSWORD"] = json.loads((etc.parent / "passwords.json").read_text())["admin"]
    address = url(json.loads((etc.parent / "instance.json").read_text())["ports"], "keystone")
    addresses = [word for name in ("public", "internal", "admin") for word in (f"--bootstrap-{name}-url", address)]
    importlib.import_module("keystone.cmd.cli")
    for words in (["db_sync"], ["bootstrap", "--bootstrap-region-id", REGION, *addresses]):
        _call("keystone.cmd.cli", ["--config-file", f"{etc}/keystone.conf", *words])


def _from_models(service):
    """Migrations of these two alter constraints, which SQLite cannot."""
    import sqlalchemy

    if service == "magnum":
        from magnum.db.sqlalchemy.models import Base

        metadata = Base.metadata
    else:
        from neutron.db.migration.models import head

        metadata = head.get_metadata()
    metadata.create_all(sqlalchemy.create_engine(f"sqlite:///{service}.sqlite"))


def main(service):
    etc = Path.cwd().parent / "etc"
    if service == "keystone":
        _keystone(etc)
    elif service in ("magnum", "neutron"):
        _from_models(service)
    else:
        module, calls = TOOLS[service]
        importlib.import_module(module)
        for arguments in calls:
            _call(module, [word.replace("ETC", str(etc)) for word in arguments])


if __name__ == "__main__":
    main(sys.argv[1])
