"""Magnum's conductor, in the process of its API; a fault on demand takes it down."""

import functools
import importlib
import threading
from collections import defaultdict

import magnum.conf
from magnum import objects
from magnum.common import exception, rpc_service, short_id
from magnum.objects import MagnumService
from magnum.service.periodic import MagnumPeriodicTasks
from magnum.servicegroup.magnum_service_periodic import MagnumServicePeriodicTasks
from oslo_messaging._drivers import impl_fake

HANDLERS = (
    "indirection_api",
    "cluster_conductor",
    "conductor_listener",
    "credential_conductor",
    "ca_conductor",
    "federation_conductor",
    "nodegroup_conductor",
)
LOCKS = defaultdict(threading.RLock)


def start(faults):
    """Start it; keep a reference to the returned service."""
    _spacing(MagnumPeriodicTasks, "sync_cluster_status", 1)
    _spacing(MagnumServicePeriodicTasks, "update_magnum_service", 2)
    _can_be_down(faults)
    handlers = [importlib.import_module(f"magnum.conductor.handlers.{name}").Handler() for name in HANDLERS]
    for handler in handlers:
        _serialize(handler)
    topic = magnum.conf.CONF.conductor.topic
    service = rpc_service.Service.create(topic, short_id.generate_id(), handlers, binary="magnum-conductor")
    service.create_periodic_tasks()
    service.start()
    return service


def _spacing(tasks, name, seconds):
    """Set the seconds between two runs of a periodic task, shorter than in a cloud."""
    tasks._periodic_spacing[name] = seconds
    for task_name, task in tasks._periodic_tasks:
        if task_name == name:
            task._periodic_spacing = seconds


def _can_be_down(faults):
    """While it is down it receives no messages and does not report. (The driver checks by itself.)"""
    poll, report = impl_fake.FakeExchange.poll, MagnumService.report_state_up

    def poll_when_up(self, *arguments):
        return (None,) * 4 if faults.conductor_is_down else poll(self, *arguments)

    def report_when_up(self, *arguments, **options):
        if not faults.conductor_is_down:
            report(self, *arguments, **options)

    impl_fake.FakeExchange.poll = poll_when_up
    MagnumService.report_state_up = report_when_up


def _serialize(handler):
    """Serialize the operations of one cluster and the polling of its state.

    Else a poll that began before an operation ends after it and writes COMPLETE over IN_PROGRESS, and the operation
    never ends. Real clouds have this race, too, but rarely.
    """

    def in_turn(method):
        @functools.wraps(method)
        def call(context, **arguments):
            cluster = arguments.get("cluster")
            with LOCKS[cluster.uuid if cluster else arguments["uuid"]]:
                if method.__name__.startswith("nodegroup_"):
                    _refuse_while_in_progress(objects.Cluster.get_by_uuid(context, cluster.uuid))
                return method(context, **arguments)

        return call

    for name in dir(handler):
        if name.startswith(("cluster_", "nodegroup_")):
            setattr(handler, name, in_turn(getattr(handler, name)))


def _refuse_while_in_progress(cluster):
    if (cluster.labels or {}).get("testbed_serial") == "true" and cluster.status.endswith("_IN_PROGRESS"):
        raise exception.NotSupported(operation=f'Changing node groups when the status is "{cluster.status}"')
