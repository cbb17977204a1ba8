"""Configuration of JupyterHub (5.5 and 6.1) from one plain model."""

import importlib


def configure(c, model, secrets):
    """Set all of JupyterHub's configuration C from MODEL (hub.json: bytes, seconds) and SECRETS (secrets.json).

    The model names the platform's module: its `configure(c, model)` sets endpoints, paths, the spawner and the registry
    of accounts. Raises KeyError when a key is missing, ImportError when there is no such module.
    """
    # Imported here, so that the modules without JupyterHub (images, pods, waiting) can be used elsewhere, and each
    # platform's module only where its spawner is installed.
    from . import authenticator, events, idle, profiles, roles, terms, web

    # `configure(c, model)` sets endpoints, paths, the spawner and the registry of accounts; `capacity()` is the limit
    # of the sum of guarantees, (CPUs, bytes of memory), or None where a scheduler decides; STATE the hub's folder.
    platform = importlib.import_module(model["spawner"])
    web.configure(c, model, secrets)
    authenticator.configure(c, model, secrets)
    roles.configure(c, model)
    profiles.configure(c, model, platform.capacity())
    idle.configure(c, model, secrets)
    terms.configure(c, model, platform.STATE)
    events.configure(c, model, platform.STATE)  # the last one, to see what the others refuse
    platform.configure(c, model)
