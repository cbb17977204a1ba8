"""GET hubkit/idle: how long this server may still run."""

import os
import time

from jupyter_server.base.handlers import APIHandler
from tornado import web


class IdleHandler(APIHandler):
    """This request does not count as activity."""

    @web.authenticated
    def get(self):
        """`{"idle": s, "age": s, "reason": text}`: seconds left (null without a limit), and the last activity.

        0 means that the time is over and the culler will stop the server soon.
        """
        activity, now = self.settings["hubkit_activity"], time.time()
        activity.last_activity()
        idle_timeout, max_age = (int(os.environ.get(name) or 0) for name in ("HUBKIT_IDLE", "HUBKIT_MAX_AGE"))
        self.set_header("Cache-Control", "no-store")
        self.finish(
            {
                "idle": max(0, activity.timestamp + idle_timeout - now) if idle_timeout else None,
                "age": max(0, self.settings["started"].timestamp() + max_age - now) if max_age else None,
                "reason": activity.reason,
            }
        )
