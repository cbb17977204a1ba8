"""Profiles: names, limits, idle timeout, and what they refer to."""

import re

from openstack_hub.model.derived import shortest_idle
from openstack_hub.schema.units import format_size, format_time, write_time
from openstack_hub.validation.problems import Problem, nearest, show
from openstack_hub.validation.rules import duplicate_name, duplicates, entries

QUANTITIES = (("cpu", "{:g}".format), ("memory", format_size))  # key -> how to write its value


def profile_problems(v):
    profiles = entries(v["hub_profiles"])
    for i, profile in profiles:
        path = ("hub_profiles", i)
        yield from limit_problems(path, profile)
        yield from lifetime_problems(path, profile, v)
        yield from reference_problems(path, profile, v)
    yield from idle_problems(("hub_idle",), v["hub_idle"], v["hub_max_users"])
    yield from name_problems(profiles)
    if profiles and all(profile["groups"] for _, profile in profiles):
        text = "every profile is restricted to groups: users in none of these groups cannot start a server"
        yield Problem(("hub_profiles",), text, warning=True)


def name_problems(profiles):
    taken = dict(duplicates(profiles, "name"))
    for i, name in taken.items():
        yield Problem(("hub_profiles", i, "name"), duplicate_name(name, "profile"))
    defaults = [(i, profile["name"]) for i, profile in profiles if profile["default"]]
    for i, _ in defaults[1:]:
        text = f"only one profile can be the default, and {show(defaults[0][1])} already is: remove one of the two"
        yield Problem(("hub_profiles", i, "default"), text)
    titles = {}
    for i, profile in profiles:
        title = profile["title"] or profile["name"]
        if not title or (i in taken and not profile["title"]):
            continue
        simplified = re.sub(r"[\s_.,:;!?()/-]+", "", title.casefold()) or title
        first, other = titles.setdefault(simplified, (i, title))
        if first != i:
            same = (
                "is already the title of another profile" if other == title else f"looks like the title {show(other)}"
            )
            path = ("hub_profiles", i, "title" if profile["title"] else "name")
            yield Problem(path, f"{show(title)} {same}: choose another title")


def limit_problems(path, profile):
    for key, write in QUANTITIES:
        limit, guarantee = profile[key], profile[f"{key}_guarantee"]
        if limit and guarantee and guarantee > limit:
            text = f"{write(guarantee)} is more than {key}, {write(limit)}: lower it or raise {key}"
            yield Problem((*path, f"{key}_guarantee"), text)
    shared, memory = profile["shared_memory"], profile["memory"]
    if shared and memory and shared >= memory:
        text = f"{format_size(shared)} must be less than memory, {format_size(memory)}, of which it is a part: lower it"
        yield Problem((*path, "shared_memory"), text)


def idle_problems(path, seconds, users):
    """An idle timeout shorter than so many servers can report their activity."""
    if seconds and users and seconds < (shortest := shortest_idle(users)):
        text = f"{format_time(seconds)} is too short for the activity reports of {users} servers (hub_max_users)"
        yield Problem(path, f"{text}: write {write_time(shortest)} or more, or 0 (never)")


def lifetime_problems(path, profile, v):
    yield from idle_problems((*path, "idle"), profile["idle"], v["hub_max_users"])
    idle, age = profile["idle"], profile["max_age"]
    if idle is None and not v.is_valid_at(*path, "idle"):
        return
    seconds, name = (v["hub_idle"], "hub_idle") if idle is None else (idle, "idle")
    if age and seconds and age < seconds:
        text = f"{format_time(age)} is less than {name}, {format_time(seconds)}, which would never take effect"
        yield Problem((*path, "max_age"), f"{text}: raise max_age or lower {name}")
    if profile["gpus"] and seconds == 0 and age == 0:
        text = "an idle server would keep its GPU for ever: set idle or max_age"
        yield Problem(path, text, warning=True)


def reference_problems(path, profile, v):
    """Names of mounts and partitions that are not declared."""
    for key, variable in (("mounts", "hub_mounts"), ("partitions", "slurm_partitions")):
        known = [entry and entry["name"] for entry in v[variable] or []]
        is_complete = v[variable] is not None and len({*known} - {None}) == len(known) and (known or key == "mounts")
        for i, name in enumerate(profile[key] or []):
            if name and is_complete and name not in known:
                hint = nearest(name, known) if known else ", which is empty: add it there"
                yield Problem((*path, key, i), f"{show(name)} is not in {variable}{hint}")
