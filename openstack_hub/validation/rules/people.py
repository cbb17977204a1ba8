"""How many people, and events."""

from openstack_hub.validation.problems import Mistake, nearest, show
from openstack_hub.validation.rules import again, entries

FILE_DATABASE = 500  # beyond so many the hub's commits to one file are felt at each sign-in


def rules(v):
    users = v["hub_max_users"]
    if users and users > FILE_DATABASE and v["hub_platform"] == "slurm":
        yield from database(users, v)
    profiles = [profile["name"] for _, profile in entries(v["hub_profiles"])]
    events = entries(v["events_calendar"])
    for i, name in again(events, "name"):
        text = f"{show(name)} is the name of another event, too: choose another"
        yield Mistake(("events_calendar", i, "name"), text)
    for i, event in events:
        path = ("events_calendar", i)
        if event["start"] and event["end"] and event["end"] < event["start"]:
            yield Mistake((*path, "end"), f"{event['end']} is before start, {event['start']}")
        if event["profile"] and profiles and None not in profiles and event["profile"] not in profiles:
            text = f"{show(event['profile'])} is not in hub_profiles{nearest(event['profile'], profiles)}"
            yield Mistake((*path, "profile"), text)
        if event["seats"] and users and event["seats"] > users:
            text = f"{event['seats']} is more than the people you expect in all, {users}: raise hub_max_users"
            yield Mistake((*path, "seats"), text)
        if event["accounts"] and event["seats"] and event["accounts"] > event["seats"]:
            text = f"{event['accounts']} is more than seats, {event['seats']}"
            yield Mistake((*path, "accounts"), text)
    yield from clashes(events, users)


def database(users, v):
    if v["hub_database_url"] is None and v.absent("hub_database_url"):
        text = f"a hub with {users} people wants an external PostgreSQL: its file of state would slow it down"
        yield Mistake(("hub_database_url",), text, warning=True)


def clashes(events, users):
    """Events at the same time with more seats than people are expected in all."""
    dated = [(i, event) for i, event in events if event["start"] and event["end"] and event["seats"]]
    for at, (i, one) in enumerate(dated):
        same = [e for _, e in dated[at + 1 :] if e["start"] <= one["end"] and one["start"] <= e["end"]]
        seats = one["seats"] + sum(event["seats"] for event in same)
        if same and users and max(event["seats"] for event in (one, *same)) <= users < seats:
            others = " and ".join(show(event["name"]) for event in same)
            text = f"at the same time as {others}: {seats} seats, but {users} people expected in all (hub_max_users)"
            yield Mistake(("events_calendar", i), text, warning=True)
