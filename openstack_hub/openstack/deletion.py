"""Removes resources of one kind, and waits until they are gone."""

import time

from openstack_hub.openstack.connection import FAULTS, gone, refused, words

PAUSE = 1.0  # seconds between two tries


def sweep(project, kind, resources, deadline, pause=PAUSE):
    """(removed, left with `reason`). What is in use or being deleted is tried again until DEADLINE."""
    pending, reasons, final = {r["id"]: r for r in resources}, {}, set()
    while pending:
        for one in [one for one in pending if one not in final]:
            try:
                project.remove(pending[one])
            except FAULTS as error:
                if not gone(error):
                    reasons[one] = words(error)
                    final |= {one} if refused(error) else set()
        try:
            there = {resource["id"] for resource in project.list(kind)}
        except FAULTS as error:
            there, reasons = set(pending), reasons | dict.fromkeys(pending, words(error))
        pending = {one: resource for one, resource in pending.items() if one in there}
        if set(pending) <= final or time.monotonic() + pause > deadline:
            break
        time.sleep(pause)
    left = [{**r, "reason": reasons.get(one, "it is still being deleted")} for one, r in pending.items()]
    return [resource for resource in resources if resource["id"] not in pending], left
