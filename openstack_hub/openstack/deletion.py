"""Delete orphaned resources, kind by kind, and wait until they do not exist any more."""

import time

from openstack_hub.openstack.errors import FAULTS, error_message, is_forbidden, is_not_found
from openstack_hub.openstack.orphaned_resources import KINDS, SERVICES, select

PAUSE = 1.0  # seconds between two attempts
QUICK = 30  # seconds for kinds that are deleted at once, or only after somebody else has acted
SLOW_KINDS = ("load balancer", "instance", "volume")


def delete_orphans(project, settings, check=False):
    """(removed, remaining, unavailable) for one scope; with CHECK nothing is deleted.

    settings: scope, name, ids, keep (see orphaned_resources.select), timeout in seconds for each slow kind.
    remaining: resources with `reason`. unavailable: a sentence for each kind whose service this cloud does not have.
    """
    resources, remaining, unavailable = list_resources(project, settings["scope"])
    selected, kept = select(
        resources, settings["scope"], settings["name"], settings.get("ids") or (), settings.get("keep") or ()
    )
    if check:
        return selected, remaining + kept, unavailable
    project.selected_ids = {resource["id"] for resource in selected}
    removed = []
    for kind in KINDS:
        seconds = settings["timeout"] if kind in SLOW_KINDS else min(settings["timeout"], QUICK)
        of_kind = [resource for resource in selected if resource["kind"] == kind]
        deleted, failed = delete_kind(project, kind, of_kind, time.monotonic() + seconds)
        removed, remaining = removed + deleted, remaining + failed
    return removed, remaining + kept, unavailable


def list_resources(project, scope):
    """(resources, remaining, unavailable): resources, kinds that could not be listed, kinds without service."""
    resources, remaining, unavailable = [], [], []
    for kind, service in KINDS.items():
        if scope == "services" and kind not in ("load balancer", "floating IP"):
            continue
        if not project.has(service):
            unavailable.append(f"{kind}s: this cloud has no {SERVICES[service]}")
            continue
        try:
            resources += project.list_patiently(kind)
        except FAULTS as error:
            reason = f"{SERVICES[service]} cannot list them: {error_message(error)}"
            remaining.append({"kind": kind, "name": "", "id": "", "reason": reason})
    return resources, remaining, unavailable


def delete_kind(project, kind, resources, deadline, pause=PAUSE):
    """(deleted, not deleted, with `reason`). What is in use or being deleted is retried until DEADLINE."""
    pending, reasons, forbidden = {r["id"]: r for r in resources}, {}, set()
    while pending:
        for one in [one for one in pending if one not in forbidden]:
            try:
                project.delete(pending[one])
            except FAULTS as error:
                if not is_not_found(error):
                    reasons[one] = error_message(error)
                    forbidden |= {one} if is_forbidden(error) else set()
        try:
            existing = {resource["id"] for resource in project.list(kind)}
        except FAULTS as error:
            existing, reasons = set(pending), reasons | dict.fromkeys(pending, error_message(error))
        pending = {one: resource for one, resource in pending.items() if one in existing}
        if set(pending) <= forbidden or time.monotonic() + pause > deadline:
            break
        time.sleep(pause)
    failed = [{**r, "reason": reasons.get(one, "it is still being deleted")} for one, r in pending.items()]
    return [resource for resource in resources if resource["id"] not in pending], failed
