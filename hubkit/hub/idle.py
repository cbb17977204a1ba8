"""The hub's side of idle stop: believe the servers, not the proxy, and let the culler ask."""

from jupyterhub.proxy import ConfigurableHTTPProxy

CULLER_URL = "http://127.0.0.1:8091"
SCOPES = ["list:users", "read:servers", "read:tokens", "delete:servers"]


class TruthfulProxy(ConfigurableHTTPProxy):
    """A proxy whose traffic does not count as activity: an open tab polls for ever."""

    async def get_all_routes(self):
        routes = await super().get_all_routes()
        for route in routes.values():
            route["data"].pop("last_activity", None)
        return routes


def configure(c, model, secrets):
    """Set the proxy class and announce the culler, which runs as a unit of its own, beside services of others."""
    c.JupyterHub.proxy_class = TruthfulProxy
    # The culler reads when a server last reported; the hub notes that no finer than this.
    c.JupyterHub.activity_resolution = model["activity_resolution"]
    service = {"name": "culler", "url": CULLER_URL, "api_token": secrets["culler_token"], "display": False}
    role = {"name": "culler", "services": ["culler"], "scopes": SCOPES}
    c.JupyterHub.services = [*c.JupyterHub.get("services", []), service]
    c.JupyterHub.load_roles = [*c.JupyterHub.get("load_roles", []), role]
