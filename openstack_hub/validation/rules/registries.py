"""Mirrors of image registries (platform kubernetes)."""

import re

from openstack_hub.schema import corrections, types
from openstack_hub.validation.problems import Problem, show

MIRROR = rf"{types.REGISTRY}(/{types.REPOSITORY})*"
# Addresses of Docker Hub that no image has in its name.
ALIASES = (
    "docker.com",
    "hub.docker.com",
    "www.docker.com",
    "index.docker.io",
    "registry-1.docker.io",
    "registry.docker.io",
    "dockerhub",
)


def registries_problems(v):
    for registry, mirror in (v["hub_registry_mirrors"] or {}).items():
        path = ("hub_registry_mirrors", registry)
        bare = corrections.without_scheme(registry).lower().split("/")[0].removeprefix("www.")
        if bare in ALIASES:
            yield Problem(path, f"{show(registry)} is not what images are named after: write docker.io")
        elif registry.lower().startswith("docker.io/") or not re.fullmatch(types.REGISTRY, registry):
            name = bare if re.fullmatch(types.REGISTRY, bare) and "." in bare else "docker.io"
            yield Problem(path, f"{show(registry)} is not a registry: write its host name, such as {name}")
        elif not ("." in registry or ":" in registry or registry == "localhost"):
            text = f"{show(registry)} is not a registry: in the name of an image it has a dot or a port"
            yield Problem(path, f"{text}; write for example docker.io")
        if mirror and not re.fullmatch(MIRROR, mirror):
            bare = corrections.without_scheme(mirror).lower().strip("/")
            example = bare if re.fullmatch(MIRROR, bare) else "registry.example.org/docker"
            yield Problem(path, f"{show(mirror)} is not a registry: write it without https://, such as {example}")
