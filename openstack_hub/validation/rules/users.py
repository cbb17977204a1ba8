"""The number of users, and events."""

from openstack_hub.validation.problems import Problem, nearest, show
from openstack_hub.validation.rules import duplicate_name, duplicates, entries


def user_problems(v):
    users = v["hub_max_users"]
    profiles = [profile["name"] for _, profile in entries(v["hub_profiles"])]
    events = entries(v["events_calendar"])
    for i, name in duplicates(events, "name"):
        yield Problem(("events_calendar", i, "name"), duplicate_name(name, "event"))
    for i, event in events:
        path = ("events_calendar", i)
        if event["start"] and event["end"] and event["end"] < event["start"]:
            yield Problem((*path, "end"), f"{event['end']} is before start, {event['start']}: correct one of them")
        if event["profile"] and profiles and None not in profiles and event["profile"] not in profiles:
            text = f"{show(event['profile'])} is not in hub_profiles{nearest(event['profile'], profiles)}"
            yield Problem((*path, "profile"), text)
        if event["seats"] and users and event["seats"] > users:
            text = f"{event['seats']} seats are more than hub_max_users, {users}: raise hub_max_users or lower seats"
            yield Problem((*path, "seats"), text)
        if event["accounts"] and event["seats"] and event["accounts"] > event["seats"]:
            text = f"{event['accounts']} accounts are more than seats, {event['seats']}: lower accounts or raise seats"
            yield Problem((*path, "accounts"), text)
    yield from overlap_problems(events, users)


def overlap_problems(events, users):
    """Events on the same days that together have more seats than hub_max_users."""
    dated = [(i, event) for i, event in events if event["start"] and event["end"] and event["seats"]]
    for position, (i, event) in enumerate(dated):
        others = [
            other
            for _, other in dated[position + 1 :]
            if other["start"] <= event["end"] and event["start"] <= other["end"]
        ]
        seats = event["seats"] + sum(other["seats"] for other in others)
        if others and users and max(each["seats"] for each in (event, *others)) <= users < seats:
            names = " and ".join(show(other["name"]) for other in others)
            text = (
                f"overlaps with {names}: together {seats} seats, more than hub_max_users, {users}: raise hub_max_users"
            )
            yield Problem(("events_calendar", i), text, warning=True)
