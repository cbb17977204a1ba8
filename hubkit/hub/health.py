"""The culler's health through the hub: `/services/culler/health`, for a proxy that can reach nothing but the hub."""

import json

from jupyterhub.handlers import BaseHandler
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from .idle import CULLER_URL

PREFIX = "/services/culler/"


class CullerHealth(BaseHandler):
    """GET, without sign-in: the culler's own answer, 503 when there is none."""

    async def get(self):
        try:
            response = await AsyncHTTPClient().fetch(
                f"{CULLER_URL}{PREFIX}health", raise_error=False, request_timeout=5
            )
            status, body = response.code, json.loads(response.body or b"{}")
        except (OSError, ValueError, HTTPClientError):
            status, body = 503, {}
        self.set_status(status if status in (200, 503) else 503)
        self.set_header("Cache-Control", "no-store")
        self.finish(body)
