"""The menu of servers."""

import re

from openstack_hub.derived import shortest_idle
from openstack_hub.mistakes import Mistake, nearest, show
from openstack_hub.rules import entries, repeated
from openstack_hub.units import format_size, format_time


def rules(v):
    profiles = entries(v, "hub_profiles")
    for i, profile in profiles:
        path = ("hub_profiles", i)
        yield from limits(path, profile)
        yield from life(path, profile, v)
        yield from choices(path, profile)
        yield from references(path, profile, v)
    yield from idle(("hub_idle",), v["hub_idle"], v["hub_max_users"])
    yield from names(profiles)
    if profiles and all(profile["groups"] for _, profile in profiles):
        text = "every profile is for some groups only: who is in none of them finds an empty menu"
        yield Mistake(("hub_profiles",), text, warning=True)


def names(profiles):
    for name in repeated(profile["name"] for _, profile in profiles):
        yield Mistake(("hub_profiles",), f"{show(name)} is the name of more than one profile")
    defaults = [profile["name"] for _, profile in profiles if profile["default"]]
    if len(defaults) > 1:
        yield Mistake(
            ("hub_profiles",), f"only one can be chosen by default: {', '.join(map(str, defaults))} all say so"
        )
    looks = {}
    for _, profile in profiles:
        title = profile["title"] or profile["name"]
        if title:
            looks.setdefault(re.sub(r"[\W_]+", "", title.casefold()), []).append(title)
    for titles in looks.values():
        if len(titles) > 1:
            alike = " and ".join(map(show, dict.fromkeys(titles)))
            text = (
                f"{alike} would look alike in the menu"
                if len(set(titles)) > 1
                else f"{alike} is the title of more than one profile"
            )
            yield Mistake(("hub_profiles",), text)


def limits(path, profile):
    for what, write in (("cpu", "{:g}".format), ("memory", format_size)):
        limit, guarantee = profile[what], profile[f"{what}_guarantee"]
        if limit and guarantee and guarantee > limit:
            text = f"{write(guarantee)} is above the limit {what}, {write(limit)}"
            yield Mistake((*path, f"{what}_guarantee"), text)
    if profile["shared_memory"] and profile["memory"] and profile["shared_memory"] >= profile["memory"]:
        text = f"{format_size(profile['shared_memory'])} leaves nothing of memory, {format_size(profile['memory'])}"
        yield Mistake((*path, "shared_memory"), text)


def idle(path, seconds, users):
    """An idle life below what reports of so many servers can tell."""
    if seconds and users and seconds < (shortest := shortest_idle(users)):
        text = f"{format_time(seconds)} is below what {users} servers can report in time (hub_max_users): "
        yield Mistake(path, f"{text}allowed are {format_time(shortest)} and more, or 0 (never)")


def life(path, profile, v):
    yield from idle((*path, "idle"), profile["idle"], v["hub_max_users"])
    own, age = profile["idle"], profile["max_age"]
    seconds = v["hub_idle"] if own is None else own
    if age and seconds and age < seconds:
        text = f"{format_time(age)} is below the idle life of {format_time(seconds)}, which could never apply"
        yield Mistake((*path, "max_age"), text)
    if profile["gpus"] and seconds == 0 and not age:
        yield Mistake(path, "a GPU that nobody uses is never given back: set idle or max_age", warning=True)


def choices(path, profile):
    for i, choice in enumerate(profile["choices"] or []):
        for j, option in enumerate((choice or {}).get("options") or []):
            for what, write in (("cpu", "{:g}".format), ("memory", format_size)):
                guarantee = profile[f"{what}_guarantee"]
                if option and option[what] and guarantee and option[what] < guarantee:
                    text = f"{write(option[what])} is below {what}_guarantee of the profile, {write(guarantee)}"
                    yield Mistake((*path, "choices", i, "options", j, what), text)
        for name in repeated(option and option["name"] for option in (choice or {}).get("options") or []):
            yield Mistake((*path, "choices", i, "options"), f"{show(name)} is the name of more than one option")


def references(path, profile, v):
    """Names of things that are declared elsewhere."""
    for key, table in (("mounts", "hub_mounts"), ("partitions", "slurm_partitions")):
        known = [entry["name"] for _, entry in entries(v, table)]
        for i, name in enumerate(profile[key] or []):
            if name and v[table] is not None and name not in known:
                hint = nearest(name, known) if known else ", which is empty"
                yield Mistake((*path, key, i), f"{show(name)} is not in {table}{hint}")
