"""Partitions, and whether jobs of profiles can run there (platform slurm)."""

from openstack_hub.schema.units import format_size, format_time
from openstack_hub.validation.problems import Mistake, show
from openstack_hub.validation.rules import again, entries


def rules(v):
    if v["hub_platform"] != "slurm":
        return
    listed = entries(v["slurm_partitions"])
    partitions = [partition for _, partition in listed]
    if v["slurm_partitions"] == []:
        text = "there is no partition, so that users' servers would have no machine: write at least one"
        yield Mistake(("slurm_partitions",), text)
    for i, name in again(listed, "name"):
        text = f"{show(name)} is the name of another partition, too: leave one out"
        yield Mistake(("slurm_partitions", i, "name"), text)
    for i, profile in entries(v["hub_profiles"]):
        yield from suits(("hub_profiles", i), profile, partitions)


def suits(path, profile, partitions):
    named = [p for p in partitions if not profile["partitions"] or p["name"] in profile["partitions"]]
    if not named:
        return
    if profile["partitions"] and all(p["overflow"] for p in named):
        yield Mistake(
            (*path, "partitions"), "all of them are used only when the others are full (overflow): name one that is not"
        )
    for key, limit, write in (
        ("time", "max_time", format_time),
        ("memory", "max_memory", format_size),
        ("gpus", "gpus", str),
    ):
        limits = [p[limit] for p in named]
        if profile[key] and None not in limits and profile[key] > max(limits):
            text = f"{write(profile[key])} is more than its partitions allow, {write(max(limits))} ({limit})"
            if key == "gpus" and not max(limits):
                text = "its partitions have no GPUs: name others"
            yield Mistake((*path, key), text)
