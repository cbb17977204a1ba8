"""How the hub connects to the IAM."""

import ssl

from tornado.simple_httpclient import SimpleAsyncHTTPClient


def http_client(most):
    """A client with at most MOST connections: Tornado's own, as curl, which the chart chooses, takes no SSLContext."""
    return SimpleAsyncHTTPClient(force_instance=True, max_clients=most)


def request_options(authorities):
    """Options of each request; AUTHORITIES, in PEM, are the only ones to trust, '' for those of the system."""
    trust = {"ssl_options": _context(authorities)} if authorities else {}
    return {"connect_timeout": 5, "request_timeout": 10, **trust}


def _context(authorities):
    """The same in every version of Python: trusts each given certificate, also one that lacks an extension."""
    context = ssl.create_default_context(cadata=authorities)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def configure(c, model, secrets):
    """Set the IAM."""
    iam, authenticator = model["iam"], c.IAMAuthenticator
    authenticator.issuer, authenticator.client_id = iam["issuer"], iam["client_id"]
    authenticator.client_secret = secrets["client_secret"]
    authenticator.basic_auth = iam["client_authentication"] == "basic"
    authenticator.login_service, authenticator.membership_url = iam["name"], iam["membership_url"]
    authenticator.oauth_callback_url = f"{model['url']}/hub/oauth_callback"
    authenticator.scope, authenticator.enable_pkce = iam["scopes"], True
    authenticator.extra_authorize_params = iam["authorization_parameters"]
    authenticator.username_claim, authenticator.username_domain = iam["username_claim"], iam["username_domain"]
    authenticator.groups_claim, authenticator.groups_separator = iam["groups_claim"], iam["groups_separator"]
    authenticator.entitlements, authenticator.authorities = iam["entitlements"], iam["ca"]
    authenticator.allow_all, authenticator.allowed_names = model["allow_all"], set(model["allowed_users"])
    authenticator.administrator_names = set(model["sign_in"]["iam_admin_users"])
