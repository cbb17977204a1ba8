"""The hub's part of the idle timeout: activity is what servers report, not what passes the proxy."""

from jupyterhub.proxy import ConfigurableHTTPProxy

CULLER_URL = "http://127.0.0.1:8091"
SCOPES = ["list:users", "read:servers", "read:tokens", "delete:servers"]


class ActivityFilteringProxy(ConfigurableHTTPProxy):
    """A proxy whose traffic does not count as activity: an open tab polls all the time."""

    async def get_all_routes(self):
        routes = await super().get_all_routes()
        for route in routes.values():
            route["data"].pop("last_activity", None)
        return routes


def configure(c, model, secrets):
    """Set the proxy class and register the culler, in addition to the services that are already configured."""
    c.JupyterHub.proxy_class = ActivityFilteringProxy
    # How often the hub restores routes that a restarted proxy has lost. A request without a route reaches the hub,
    # which fails it after 14 s (2 + 4 + 8, `_redirect_to_user_server`); JupyterLab then takes the kernel for dead.
    c.JupyterHub.last_activity_interval = 5
    # The culler reads when a server last reported; the hub records that with this resolution.
    c.JupyterHub.activity_resolution = model["activity_resolution"]
    service = {"name": "culler", "url": CULLER_URL, "api_token": secrets["culler_token"], "display": False}
    role = {"name": "culler", "services": ["culler"], "scopes": SCOPES}
    c.JupyterHub.services = [*c.JupyterHub.get("services", []), service]
    c.JupyterHub.load_roles = [*c.JupyterHub.get("load_roles", []), role]
