"""Sizes of nodes: Nova's flavors, read as Magnum's own user."""

import functools

import magnum.conf
from keystoneauth1 import loading


@functools.cache
def flavor(reference):
    """(vCPUs, MiB of memory, {"nvidia.com/gpu": "1"} or {}) of the flavor with this id or name."""
    versions = {"OpenStack-API-Version": "compute 2.61"}  # with extra specs
    endpoint = {"service_type": "compute", "interface": "public"}
    answer = session().get("/flavors/detail?is_public=None", endpoint_filter=endpoint, headers=versions)
    for found in answer.json()["flavors"]:
        if reference in (found["id"], found["name"]):
            return found["vcpus"], found["ram"], gpus(found["extra_specs"])
    raise ValueError(f"Nova has no flavor {reference}")


def gpus(extra_specs):
    """GPUs as the device plugin would report them: from `pci_passthrough:alias`, like a4000:1,other:2."""
    aliases = [alias.partition(":") for alias in extra_specs.get("pci_passthrough:alias", "").split(",") if alias]
    number = sum(int(count or 1) for _, _, count in aliases)
    return {"nvidia.com/gpu": str(number)} if number else {}


@functools.cache
def session():
    conf = magnum.conf.CONF
    auth = loading.load_auth_from_conf_options(conf, "keystone_auth")
    return loading.load_session_from_conf_options(conf, "keystone_auth", auth=auth)
