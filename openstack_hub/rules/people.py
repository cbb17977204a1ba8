"""How many people, and events."""

from openstack_hub.mistakes import Mistake, nearest, show
from openstack_hub.rules import entries, repeated

FILE_DATABASE = 500  # beyond so many the hub's commits to one file are felt at each sign-in


def rules(v):
    users, database = v["hub_max_users"], v["hub_database_url"]
    if users and users > FILE_DATABASE and database is None and v["hub_platform"] != "host":
        yield Mistake(("hub_database_url",), f"{users} people want an external PostgreSQL", warning=True)
    profiles = [profile["name"] for _, profile in entries(v, "hub_profiles")]
    events = entries(v, "events_calendar")
    for name in repeated(event["name"] for _, event in events):
        yield Mistake(("events_calendar",), f"{show(name)} is the name of more than one event")
    for i, event in events:
        path = ("events_calendar", i)
        if event["start"] and event["end"] and event["end"] < event["start"]:
            yield Mistake((*path, "end"), f"{event['end']} is before start, {event['start']}")
        if event["profile"] and v["hub_profiles"] and event["profile"] not in profiles:
            yield Mistake(
                (*path, "profile"),
                f"{show(event['profile'])} is not in hub_profiles{nearest(event['profile'], profiles)}",
            )
        if event["seats"] and users and event["seats"] > users:
            yield Mistake(
                (*path, "seats"), f"{event['seats']} is above the people you expect in all, {users} (hub_max_users)"
            )
        if event["accounts"] and event["seats"] and event["accounts"] > event["seats"]:
            yield Mistake((*path, "accounts"), f"{event['accounts']} is above seats, {event['seats']}")
    yield from clashes([event for _, event in events], users)


def clashes(events, users):
    """Events at the same time with more seats than people are expected in all."""
    dated = [event for event in events if event["start"] and event["end"] and event["seats"]]
    for i, one in enumerate(dated):
        same = [other for other in dated[i + 1 :] if other["start"] <= one["end"] and one["start"] <= other["end"]]
        if same and users and (seats := one["seats"] + sum(other["seats"] for other in same)) > users:
            names = ", ".join(str(other["name"]) for other in same)
            text = f"{one['name']} meets {names}: {seats} seats, {users} people expected (hub_max_users)"
            yield Mistake(("events_calendar",), text, warning=True)
