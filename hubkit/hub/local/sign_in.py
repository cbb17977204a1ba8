"""What an authenticator needs of local accounts: the form on the sign-in page, and the answer to what it sends."""

import datetime
import uuid
from urllib.parse import urlencode

from markupsafe import Markup
from tornado import web

from ..pages import user_error
from .refusals import PasswordChangeRequired, SignInRefused

COOKIE, COOKIE_DAYS = "openstack-hub-browser", 90  # signed: this browser has signed in to an account

FORM = """
<form action="{{ login_url | e }}{% if next %}?next={{ next | e }}{% endif %}" method="post"
      class="mx-auto" style="max-width: 24rem">
  {% if login_error %}<p class="alert alert-danger" role="alert">{{ login_error | e }}</p>{% endif %}
  <input type="hidden" name="_xsrf" value="{{ xsrf | e }}">
  <div class="mb-3">
    <label class="form-label" for="username_input">User name</label>
    <input id="username_input" class="form-control" name="username" value="{{ (username or '') | e }}" required
           maxlength="64" autocomplete="username" autocapitalize="off" autocorrect="off" spellcheck="false">
  </div>
  <div class="mb-3">
    <label class="form-label" for="password_input">Password</label>
    <input id="password_input" class="form-control" type="password" name="password" required
           autocomplete="current-password">
  </div>
  <input id="login_submit" class="btn {{ button }} w-100" type="submit" value="Sign in">
  {{ links }}
</form>
"""
LINKS = """<p class="mt-3 mb-0 text-center small">
    <a href="change-password">Change your password</a>%s
  </p>"""
REQUEST = ' · <a href="request-account">Request an account</a>'
IAM = """
<div class="service-login d-block text-center mb-4">
  <a role="button" class="btn btn-jupyter btn-lg" href="{{ authenticator_login_url | e }}">Sign in with %s</a>
</div>
<p class="text-center text-body-secondary mb-3">or with an account of this %s</p>
"""


def sign_in_form(iam_name, owner, links=""):
    """The template that Authenticator.get_custom_html returns; JupyterHub renders it without escaping.

    IAM_NAME: the provider on the button above the form, None without an IAM. OWNER: of the accounts, hub or cluster.
    LINKS: below the form.
    """
    form = FORM.replace("{{ button }}", "btn-outline-secondary" if iam_name else "btn-jupyter")
    # The name must be neither HTML nor a template.
    name = str(Markup.escape(iam_name or "")).replace("{", "&#123;")
    return (IAM % (name, owner) if iam_name else "") + form.replace("{{ links }}", links)


def links(requests):
    """What is below the form for local accounts. REQUESTS: whether visitors may request an account."""
    return LINKS % (REQUEST if requests else "")


def today():
    """YYYY-MM-DD, UTC."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def origin(handler, name):
    """Where the request of HANDLER comes from: its address, and the ID of a browser that has signed in as NAME."""
    known, _, browser = (handler.get_signed_cookie(COOKIE, max_age_days=COOKIE_DAYS) or b"").decode().partition(" ")
    return handler.request.remote_ip, browser if known == name.lower() else ""


def remember(handler, name):
    """Let this browser have attempts of its own, whatever others do to the account NAME."""
    options = {**handler.settings.get("cookie_options", {}), "path": handler.hub.base_url, "httponly": True}
    _, browser = origin(handler, name)
    value = f"{name} {browser or uuid.uuid4().hex}"
    handler.set_signed_cookie(COOKIE, value, expires_days=COOKIE_DAYS, samesite="Lax", **options)


async def sign_in(handler, data, authenticate, known):
    """The account that signs in with the DATA of the form, by AUTHENTICATE(name, password, address, browser=).

    KNOWN(name) returns the account's name, which alone is logged: what nobody is called may be a password.

    Raises HTTPError, whose message the form shows. With a one-time password the answer is the page on which to choose
    another; this raises Finish.
    """
    name, password = (str(data.get(key) or "") for key in ("username", "password"))
    address, browser = origin(handler, name)
    try:
        account = await authenticate(name, password, address, browser=browser)
    except PasswordChangeRequired:
        query = {"username": name, "next": handler.get_argument("next", "")}
        handler.redirect(f"{handler.hub.base_url}change-password?{urlencode(query)}")
        raise web.Finish from None
    except SignInRefused as refusal:
        error = user_error(403, str(refusal))
        error.account = known(name)
        handler.log.warning("Sign-in of account %r from %s refused: %s", error.account, address, refusal)
        raise error from refusal
    remember(handler, account)
    return account
