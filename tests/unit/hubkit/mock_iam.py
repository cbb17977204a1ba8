"""A mock of the IAM, and users whose membership is checked."""

import asyncio
import io
import logging
from types import SimpleNamespace
from unittest import mock

import pytest
from jupyterhub.utils import hash_token
from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from traitlets.config import Config

from hubkit.hub import authenticator
from hubkit.hub.accounts import Accounts

ENDPOINTS = {
    "issuer": "https://iam.example.org", "authorization_endpoint": "https://iam.example.org/authorize",
    "token_endpoint": "https://iam.example.org/token", "userinfo_endpoint": "https://iam.example.org/userinfo",
    "end_session_endpoint": "https://iam.example.org/logout",
}  # fmt: skip
ADA = {"sub": "1", "preferred_username": "Ada", "groups": ["/cloud/jupyter"]}
TOKENS = {"access_token": "a", "token_type": "Bearer"}


def http_error(code, body=b""):
    request = HTTPRequest("https://iam.example.org")
    return HTTPClientError(code, response=HTTPResponse(request, code, buffer=io.BytesIO(body)))


EXPIRED = http_error(400, b'{"error": "invalid_grant"}')


class User:
    """Has a server whose token is `server-token`; `deleted` is what was deleted in the hub's database."""

    _auth_refreshed, kind = 1.0, "user"

    def __init__(self, state=None, ready=True, name="ada"):
        client = SimpleNamespace(secret=hash_token("server-token"))
        self.spawner = SimpleNamespace(ready=ready, orm_spawner=SimpleNamespace(oauth_client=client))
        self.name, self.spawners, self.active = name, {"": self.spawner}, ready
        self.state = {"token_response": TOKENS, "refresh_token": "r"} if state is None else state
        self.api_tokens, self.oauth_codes, self.deleted = ["a token", "another"], ["a code"], []
        self.cookie_id = "cookie"
        self.db = SimpleNamespace(delete=self.deleted.append, commit=lambda: None)

    async def get_auth_state(self):
        return self.state

    async def save_auth_state(self, state):
        self.state = state


class Handler:
    """A request, with this TOKEN or with a cookie; records whose servers are stopped. OTHERS use the hub, too."""

    def __init__(self, token=None, path="/hub/api/users/ada/activity", error=None, others=()):
        self.token, self.error, self.stopped = token, error, []
        self.request = SimpleNamespace(method="POST", path=path, remote_ip="192.0.2.7")
        self.log, self.audit = logging.getLogger("hub"), mock.Mock()
        self.settings = {"users": {user.name: user for user in others}, "audit": self.audit}

    def get_auth_token(self):
        return self.token

    async def stop_single_user(self, user, name):
        if self.error:
            raise self.error
        self.stopped.append((user.name, name))


@pytest.fixture
def iam(model, secrets, tmp_path):
    """An authenticator whose IAM answers from `iam.answers`: {last part of the URL: answer, or a list of answers}."""
    config = Config()
    authenticator.configure(config, model, secrets)
    config.HubAuthenticator.accounts = Accounts(str(tmp_path / "accounts.sqlite"))
    iam = authenticator.HubAuthenticator(config=config)
    iam.answers, iam.requests = {"openid-configuration": ENDPOINTS, "userinfo": ADA}, []

    async def httpfetch(url, *_, **kwargs):
        name = url.rpartition("/")[2].partition("?")[0]
        iam.requests.append((name, kwargs))
        answer = iam.answers[name]
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    iam.httpfetch = httpfetch
    return iam


def requested(iam):
    return [name for name, _ in iam.requests]


def refresh(iam, user=None, handler=None):
    async def run():
        result = await iam.refresh_user(user or User(), handler)
        await asyncio.sleep(0.01)  # for the tasks that it started
        return result

    return asyncio.run(run())
