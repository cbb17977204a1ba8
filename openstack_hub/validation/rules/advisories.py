"""Accepted advisories: whether they exist, and whether they and the list of advisories are recent."""

import difflib

from openstack_hub.advisories import DAYS, expiry, known, today
from openstack_hub.validation.problems import Problem, show


def advisory_problems(v):
    path, now = ("hub_accepted_advisories",), today().isoformat()
    for name, until in (v[path[0]] or {}).items():
        if name not in known():
            near = difflib.get_close_matches(name, known(), 1, 0.85)
            hint = f"did you mean {near[0]}?" if near else "openstack_hub/advisories.yml lists all"
            yield Problem((*path, name), f"{show(name)} is not a known advisory; {hint}")
        elif until and until < now:
            text = f"accepted until {until}: read https://osv.dev/vulnerability/{name} again, then set a later date"
            yield Problem((*path, name), text, warning=True)
    if expiry().isoformat() < now:
        text = f"the list of known advisories is more than {DAYS} days old: update this project"
        yield Problem(path, text, warning=True)
