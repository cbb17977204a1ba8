"""GET hubkit/idle: how long this server has left."""

import os
import time

from jupyter_server.base.handlers import APIHandler
from tornado import web


class IdleHandler(APIHandler):
    """Asking does not count as activity."""

    @web.authenticated
    def get(self):
        """`{"idle": s, "age": s, "why": last activity}`; seconds left, null where the profile sets no limit.

        0 when they have passed and the culler is on its way.
        """
        activity, now = self.settings["hubkit_activity"], time.time()
        activity.last_activity()
        idle, age = (int(os.environ.get(name) or 0) for name in ("HUBKIT_IDLE", "HUBKIT_MAX_AGE"))
        self.set_header("Cache-Control", "no-store")
        self.finish(
            {
                "idle": max(0, activity.last + idle - now) if idle else None,
                "age": max(0, self.settings["started"].timestamp() + age - now) if age else None,
                "why": activity.why,
            }
        )
