"""Two real hubs on loopback: one as configured by hubkit, and one with JupyterHub's own settings as the control.

What JupyterHub itself prevents is turned off in the second, too.

Each attack first succeeds at the second hub, which proves that the test performs it, and is then refused by the first.
"""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
sys.path += [str(ROOT), str(ROOT / "tests/unit/hubkit")]

from service import running_service  # noqa: E402

from visitor.user import Visitor  # noqa: E402

STOCK = """
from hubkit.hub import authenticator, profiles, signin
from oauthenticator.oauth2 import OAuthCallbackHandler, OAuthLogoutHandler
authenticator.HubAuthenticator.get_handlers = lambda self, app: [
    ("/oauth_login", self.login_handler), ("/oauth_callback", OAuthCallbackHandler), ("/logout", OAuthLogoutHandler)]
async def update_auth_model(self, model):
    return {**model, "admin": bool(self.administrators & signin.groups_in(model["auth_state"]["oauth_user"], "groups"))}
signin.IAMAuthenticator.update_auth_model = update_auth_model
profiles.ProfileTable.available_to = lambda self, groups: list(self.profiles.values())
from jupyterhub.handlers import BaseHandler
BaseHandler._validate_next_url = lambda self, url: url
c.JupyterHub.load_roles = [role for role in c.JupyterHub.load_roles if role["name"] == "culler"]
"""


@pytest.fixture(scope="session")
def hub(tmp_path_factory):
    with running_service(tmp_path_factory.mktemp("hub"), {"user_tokens": False}) as service:
        yield service


@pytest.fixture(scope="session")
def stock_hub(tmp_path_factory):
    with running_service(tmp_path_factory.mktemp("stock"), {"user_tokens": False}, STOCK) as service:
        yield service


@pytest.fixture
def signed_in():
    """A function: (service, name) -> a client that acts as NAME."""

    def sign_in(service, name):
        visitor = Visitor(service.url)
        visitor.sign_in(name, service.iam.password(name))
        return visitor

    return sign_in
