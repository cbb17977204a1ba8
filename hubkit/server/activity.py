"""The last time when somebody, or a program of his, really did something in this server."""

import asyncio
import hashlib
import time
from datetime import UTC, datetime
from pathlib import Path

from .terminal import foreground, last_input

CONTENTS = "https://events.jupyter.org/jupyter_server/contents_service/v1"
LARGEST = 16 << 20


class Activity:
    """True activity of the ServerApp APP: running cells, programs and input in terminals, changed files. Not polls."""

    def __init__(self, app):
        self.app, self.last, self.why, self.digests = app, time.time(), "start", {}

    def touch(self, why, at=None):
        """Note that something happened AT (seconds since the epoch, default now)."""
        at = min(at or time.time(), time.time())
        if at > self.last:
            self.last, self.why = at, why

    def sample(self):
        for kernel_id in self.app.kernel_manager.list_kernel_ids():
            kernel = self.app.kernel_manager.get_kernel(kernel_id)
            if getattr(kernel, "execution_state", None) == "busy":
                self.touch("kernel busy")
            elif getattr(kernel, "last_activity", None):
                self.touch("kernel", kernel.last_activity.timestamp())
        manager = self.app.web_app.settings.get("terminal_manager")
        for name, terminal in list(getattr(manager, "terminals", {}).items()):
            try:
                program = foreground(terminal.ptyproc.pid)
                if program:
                    self.touch(f"terminal {name}: {program}")
                self.touch(f"terminal {name}: input", last_input(terminal.ptyproc.pid))
            except (OSError, ValueError, AttributeError):
                continue  # ended between the list and the look

    def last_activity(self):
        """What the server reports to the hub: an aware datetime."""
        try:
            self.sample()
        except Exception:
            # A server that cannot tell must not be taken for idle.
            self.app.log.exception("hubkit: sampling failed, counted as activity")
            self.touch("error")
        return datetime.fromtimestamp(self.last, UTC)

    async def on_contents(self, logger, schema_id, data):
        """Listener of the contents service's events: a change counts, a look or a save without change does not."""
        action, path = data.get("action"), data.get("path", "")
        if action == "get" or (action == "save" and not self._changed(path)):
            return
        self.touch(f"{action} {path}")

    def _changed(self, path):
        try:
            file = Path(self.app.contents_manager.root_dir, path.strip("/"))
            if file.stat().st_size >= LARGEST:
                return True
            digest = hashlib.blake2b(file.read_bytes(), digest_size=16).digest()
        except (OSError, AttributeError):
            return True
        old, self.digests[path] = self.digests.get(path), digest
        return digest != old

    async def watch(self):
        """Sample for ever: what began and ended between two reports counts, too."""
        while True:
            self.last_activity()
            await asyncio.sleep(5)
