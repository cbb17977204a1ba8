"""Parallel commands of a build, each with a log; when one fails, the others are ended."""

import contextlib
import os
import signal
import subprocess
import threading

from kubernetes_testbed.podman import Failed


class Commands:
    """Runs commands until one has failed; LOGS is the folder of their logs."""

    def __init__(self, logs):
        self._logs = logs
        self._running = set()
        self._failed = False
        self._lock = threading.Lock()

    def run(self, name, *command, env=None, cwd=None):
        """Run a command to its end; its output goes to NAME.log. Raises Failed with the last lines."""
        path = self._logs / f"{name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as log, self._start(command, log, env, cwd) as process:
            code = process.wait()
        with self._lock:
            self._running.discard(process)
        if code:
            words = path.read_text(errors="replace").strip().splitlines()[-15:]
            raise Failed("\n".join([f"{name}: {' '.join(map(str, command))[:200]}", *words, f"Complete log: {path}"]))

    def end(self):
        """End the running commands, and start no more."""
        with self._lock:
            self._failed = True
            for process in self._running:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)

    def _start(self, command, log, env, cwd):
        with self._lock:
            if self._failed:
                raise Failed("ended because another step failed")
            process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | (env or {}),
                cwd=cwd,
                # A group of its own: a script's children end with it.
                start_new_session=True,
            )
            self._running.add(process)
            return process
