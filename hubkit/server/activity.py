"""When the user, or a program of the user, was last active in this server."""

import asyncio
import hashlib
import time
from datetime import UTC, datetime
from pathlib import Path

from .terminal import foreground_program, last_input

CONTENTS_SCHEMA = "https://events.jupyter.org/jupyter_server/contents_service/v1"
MAX_HASHED_SIZE = 16 << 20  # bytes


class Activity:
    """Activity in the ServerApp APP: running cells, programs and input in terminals, changed files. Not polling."""

    def __init__(self, app):
        self.app, self.timestamp, self.reason, self.digests = app, time.time(), "start", {}

    def record(self, reason, timestamp=None):
        """Record activity at TIMESTAMP (seconds since the epoch, default now)."""
        timestamp = min(timestamp or time.time(), time.time())
        if timestamp > self.timestamp:
            self.timestamp, self.reason = timestamp, reason

    def sample(self):
        """Record what kernels and terminals are doing now."""
        for kernel_id in self.app.kernel_manager.list_kernel_ids():
            kernel = self.app.kernel_manager.get_kernel(kernel_id)
            if getattr(kernel, "execution_state", None) == "busy":
                self.record("kernel busy")
            elif getattr(kernel, "last_activity", None):
                self.record("kernel", kernel.last_activity.timestamp())
        manager = self.app.web_app.settings.get("terminal_manager")
        for name, terminal in list(getattr(manager, "terminals", {}).items()):
            try:
                program = foreground_program(terminal.ptyproc.pid)
                if program:
                    self.record(f"terminal {name}: {program}")
                self.record(f"terminal {name}: input", last_input(terminal.ptyproc.pid))
            except (OSError, ValueError, AttributeError):
                continue  # the terminal has ended meanwhile

    def last_activity(self):
        """What the server reports to the hub: an aware datetime."""
        try:
            self.sample()
        except Exception:
            # An error must not make a busy server look idle.
            self.app.log.exception("hubkit: sampling activity failed; counted as activity")
            self.record("error")
        return datetime.fromtimestamp(self.timestamp, UTC)

    async def on_contents(self, logger, schema_id, data):
        """Listener for events of the contents service: a change counts, reading and saving without a change do not."""
        action, path = data.get("action"), data.get("path", "")
        if action == "get" or (action == "save" and not self._content_changed(path)):
            return
        self.record(f"{action} {path}")

    def _content_changed(self, path):
        """Whether the file differs from when it was last saved. A large file is not read and counts as changed."""
        try:
            file = Path(self.app.contents_manager.root_dir, path.strip("/"))
            if file.stat().st_size >= MAX_HASHED_SIZE:
                return True
            digest = hashlib.blake2b(file.read_bytes(), digest_size=16).digest()
        except (OSError, AttributeError):
            return True
        previous, self.digests[path] = self.digests.get(path), digest
        return digest != previous

    async def watch(self):
        """Sample for as long as the server runs, so that activity between two reports to the hub counts, too."""
        while True:
            self.last_activity()
            await asyncio.sleep(5)
