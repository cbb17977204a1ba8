"""The menu of servers."""

import re

from openstack_hub.model.derived import shortest_idle
from openstack_hub.schema.units import format_size, format_time
from openstack_hub.validation.problems import Mistake, nearest, show
from openstack_hub.validation.rules import again, entries


def rules(v):
    profiles = entries(v["hub_profiles"])
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
    taken = dict(again(profiles, "name"))
    for i, name in taken.items():
        text = f"{show(name)} is the name of another profile, too: choose another"
        yield Mistake(("hub_profiles", i, "name"), text)
    chosen = [(i, profile["name"]) for i, profile in profiles if profile["default"]]
    for i, _ in chosen[1:]:
        text = f"only one can be chosen by default, and {show(chosen[0][1])} says so, too: leave one out"
        yield Mistake(("hub_profiles", i, "default"), text)
    looks = {}
    for i, profile in profiles:
        title = profile["title"] or profile["name"]
        if not title or (i in taken and not profile["title"]):
            continue
        first, other = looks.setdefault(re.sub(r"[\s_.,:;!?()/-]+", "", title.casefold()) or title, (i, title))
        if first != i:
            alike = (
                "is the title of another profile, too" if other == title else f"looks like {show(other)} in the menu"
            )
            path = ("hub_profiles", i, "title" if profile["title"] else "name")
            yield Mistake(path, f"{show(title)} {alike}: choose another")


def limits(path, profile):
    for what, write in (("cpu", "{:g}".format), ("memory", format_size)):
        limit, guarantee = profile[what], profile[f"{what}_guarantee"]
        if limit and guarantee and guarantee > limit:
            text = f"{write(guarantee)} is more than {what}, {write(limit)}: lower it, or raise {what}"
            yield Mistake((*path, f"{what}_guarantee"), text)
    if profile["shared_memory"] and profile["memory"] and profile["shared_memory"] >= profile["memory"]:
        text = (
            f"{format_size(profile['shared_memory'])} is part of memory, {format_size(profile['memory'])}: write less"
        )
        yield Mistake((*path, "shared_memory"), text)


def idle(path, seconds, users):
    """An idle life below what reports of so many servers can tell."""
    if seconds and users and seconds < (shortest := shortest_idle(users)):
        text = f"{format_time(seconds)} is below what {users} servers can report in time (hub_max_users): "
        yield Mistake(path, f"{text}allowed are {format_time(shortest)} and more, or 0 (never)")


def life(path, profile, v):
    yield from idle((*path, "idle"), profile["idle"], v["hub_max_users"])
    own, age = profile["idle"], profile["max_age"]
    if own is None and not v.sound(*path, "idle"):
        return
    seconds, name = (v["hub_idle"], "hub_idle") if own is None else (own, "idle")
    if age and seconds and age < seconds:
        text = f"{format_time(age)} is below {name}, {format_time(seconds)}, which could never apply: write more here"
        yield Mistake((*path, "max_age"), text)
    if profile["gpus"] and seconds == 0 and age == 0:
        yield Mistake(path, "a GPU that nobody uses is never given back: set idle or max_age", warning=True)


def choices(path, profile):
    found = entries(profile["choices"])
    for i, name in again(found, "name"):
        yield Mistake((*path, "choices", i, "name"), f"{show(name)} is the name of another choice, too: choose another")
    for i, choice in found:
        options = entries(choice["options"])
        at = (*path, "choices", i, "options")
        for j, name in again(options, "name"):
            yield Mistake((*at, j, "name"), f"{show(name)} is the name of another option, too: choose another")
        for j, option in options:
            for what, write in (("cpu", "{:g}".format), ("memory", format_size)):
                guarantee = profile[f"{what}_guarantee"]
                if option[what] and guarantee and option[what] < guarantee:
                    text = f"{write(option[what])} is below {what}_guarantee of the profile, {write(guarantee)}"
                    yield Mistake((*at, j, what), text)


def references(path, profile, v):
    """Names of things that are declared elsewhere."""
    for key, table in (("mounts", "hub_mounts"), ("partitions", "slurm_partitions")):
        known = [entry and entry["name"] for entry in v[table] or []]
        sure = v[table] is not None and len({*known} - {None}) == len(known) and (known or key == "mounts")
        for i, name in enumerate(profile[key] or []):
            if name and sure and name not in known:
                hint = nearest(name, known) if known else ", which is empty: write it there"
                yield Mistake((*path, key, i), f"{show(name)} is not in {table}{hint}")
