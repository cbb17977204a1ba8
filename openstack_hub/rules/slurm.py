"""Partitions, and whether jobs of profiles can run there (platform slurm)."""

from openstack_hub.mistakes import Mistake, show
from openstack_hub.rules import entries, repeated
from openstack_hub.units import format_size, format_time


def rules(v):
    if v["hub_platform"] != "slurm":
        return
    partitions = [partition for _, partition in entries(v, "slurm_partitions")]
    if v["slurm_partitions"] == []:
        yield Mistake(("slurm_partitions",), "there is no partition: users' servers would have no machine")
    for name in repeated(partition["name"] for partition in partitions):
        yield Mistake(("slurm_partitions",), f"{show(name)} is the name of more than one partition")
    for i, profile in entries(v, "hub_profiles"):
        yield from suits(("hub_profiles", i), profile, partitions)


def suits(path, profile, partitions):
    named = [p for p in partitions if not profile["partitions"] or p["name"] in profile["partitions"]]
    if not named:
        return
    if profile["partitions"] and all(p["overflow"] for p in named):
        yield Mistake((*path, "partitions"), "all of them are for overflow only: name one that is not")
    for key, limit, write in (
        ("time", "max_time", format_time),
        ("memory", "max_memory", format_size),
        ("gpus", "gpus", str),
    ):
        limits = [p[limit] for p in named]
        if profile[key] and None not in limits and profile[key] > max(limits):
            text = f"{write(profile[key])} is above what its partitions allow, {write(max(limits))} ({limit})"
            yield Mistake((*path, key), text)
