"""Slurm partitions, and whether jobs of the profiles can run there (platform slurm)."""

from openstack_hub.schema.units import format_size, format_time
from openstack_hub.validation.problems import Problem
from openstack_hub.validation.rules import duplicate_name, duplicates, entries


def slurm_problems(v):
    indexed = entries(v["slurm_partitions"])
    partitions = [partition for _, partition in indexed]
    if v["slurm_partitions"] == []:
        text = "there is no partition in which user servers could run: write at least one"
        yield Problem(("slurm_partitions",), text)
    for i, name in duplicates(indexed, "name"):
        yield Problem(("slurm_partitions", i, "name"), duplicate_name(name, "partition"))
    for i, profile in entries(v["hub_profiles"]):
        yield from partition_problems(("hub_profiles", i), profile, partitions)


def partition_problems(path, profile, partitions):
    usable = [p for p in partitions if not profile["partitions"] or p["name"] in profile["partitions"]]
    if not usable:
        return
    if profile["partitions"] and all(p["overflow"] for p in usable):
        text = "all of them are overflow partitions, used only if others are full: add one without overflow"
        yield Problem((*path, "partitions"), text)
    for key, limit, write in (
        ("time", "max_time", format_time),
        ("memory", "max_memory", format_size),
        ("gpus", "gpus", str),
    ):
        limits = [p[limit] for p in usable]
        if profile[key] and None not in limits and profile[key] > max(limits):
            text = f"{write(profile[key])} is more than {limit} of its partitions, {write(max(limits))}: lower it"
            if key == "gpus" and not max(limits):
                text = "its partitions have no GPUs: name others in partitions"
            yield Problem((*path, key), text)
