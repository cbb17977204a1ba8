"""Configuration of JupyterHub (5.5 and 6.1) from one plain model."""

from . import idle, profiles, signin, web


def configure(c, model, secrets):
    """Set everything that is `c.` from MODEL (hub.json: bytes, seconds) and SECRETS (secrets.json).

    What belongs to a platform (addresses, paths, spawner, registry of accounts) is set after it by the platform's own
    module. Raises KeyError for a model or secrets that lack a key.
    """
    web.configure(c, model, secrets)
    signin.configure(c, model, secrets)
    profiles.configure(c, model)
    idle.configure(c, model, secrets)
