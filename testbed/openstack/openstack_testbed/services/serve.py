"""Runs one service of the instance that the environment names: python -m openstack_testbed.services.serve SERVICE.

Its API and what works for it share this process, so messages between them need no broker.
"""

import gc
import importlib
import json
import os
import sys
import time
from pathlib import Path

import openstack_testbed.services.sqlite  # noqa: F401  (for what importing it does)
from openstack_testbed.faults import Reader
from openstack_testbed.processes import MARK, UNFINISHED, await_answer
from openstack_testbed.services.fault_middleware import FaultMiddleware, mark_requests


def magnum(faults, folder, settings):
    """Magnum's API with its conductor; the settings may limit its newest microversion."""
    from oslo_service import backend

    backend.init_backend(backend.BackendType.THREADING)
    if settings["magnum_microversion"]:
        from magnum.api.controllers import versions

        versions.CURRENT_MAX_VER = settings["magnum_microversion"]
    sys.argv = ["magnum-api", "--config-file", str(folder / "etc/magnum.conf")]
    application = importlib.import_module("magnum.wsgi.api").application
    from openstack_testbed.services import conductor

    workers = [conductor.start(faults)]
    if settings.get("kubernetes"):
        from openstack_testbed.services import cluster_upkeep

        cluster_upkeep.start()
    return application, workers


def nova(folder, ports):
    """Nova's API with conductor, scheduler and one host of simulated servers."""
    from nova import monkey_patch

    monkey_patch.patch(backend="threading")
    import nova.api.openstack.compute.routes
    import nova.conf
    import os_brick
    import os_vif
    from nova import context, objects, service
    from nova.compute import manager  # noqa: F401  (what takes long is imported while the others start)
    from nova.compute import rpcapi as compute
    from nova.conductor import rpcapi as conductor
    from nova.objects import host_mapping
    from nova.scheduler import rpcapi as scheduler

    # From here on it uses Placement, which it finds in the catalogue.
    for other in ("keystone", "placement"):
        await_answer(ports[other])
    while (folder / "var" / UNFINISHED).exists():
        time.sleep(0.05)
    application = importlib.import_module("nova.wsgi.osapi_compute").application
    os_brick.setup(nova.conf.CONF)
    os_vif.initialize()
    objects.Service.enable_min_version_cache()
    workers = [
        service.Service.create(binary="nova-conductor", topic=conductor.RPC_TOPIC),
        service.Service.create(binary="nova-scheduler", topic=scheduler.RPC_TOPIC),
        service.Service.create(binary="nova-compute", topic=compute.RPC_TOPIC, topic_alt=compute.RPC_TOPIC_ALT),
    ]
    for worker in workers:
        worker.start()
    # The periodic discovery may come a minute late.
    host_mapping.discover_hosts(context.get_admin_context())
    return application, workers


def main(service):
    folder = Path(os.environ[MARK])
    settings = json.loads((folder / "instance.json").read_text())
    faults = Reader(folder)
    mark_requests(service)
    # Some modules read the arguments when they are imported.
    sys.argv = [f"{service}-api"]
    if service == "magnum":
        application, keep = magnum(faults, folder, settings)
    elif service == "nova":
        application, keep = nova(folder, settings["ports"])
    else:
        application, keep = importlib.import_module(f"{service}.wsgi.api").application, []
    from waitress import serve

    gc.enable()
    # Imported modules stay, so the garbage collector need not traverse them.
    gc.freeze()
    middleware = FaultMiddleware(application, service, faults, folder / "log" / f"{service}.calls")
    # Magnum leaves its connections open: at the default limit of waitress, 100, no client is served for minutes.
    serve(
        middleware,
        host="127.0.0.1",
        port=settings["ports"][service],
        threads=16,
        connection_limit=2000,
        channel_timeout=30,
    )
    del keep


if __name__ == "__main__":
    # Without it they start a fifth faster.
    gc.disable()
    main(*sys.argv[1:])
