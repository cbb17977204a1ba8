"""WSGI middleware before each service's API: writes the access log, and causes faults on demand."""

import json
import os
import socket
import time

PROBE = "HTTP_X_TESTBED_PROBE"
FROM = "X-Testbed-From"


class FaultMiddleware:
    """A WSGI application around that of the service."""

    def __init__(self, application, service, faults, log):
        self.application, self.service, self.faults = application, service, faults
        # Several threads write lines, each by one call
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def __call__(self, environ, start_response):
        if PROBE in environ:
            return self.application(environ, start_response)
        seen = {"time": round(time.time(), 3), "start": time.monotonic(), "status": None}
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        fault = self.faults.for_call(self.service, environ["REQUEST_METHOD"], path) or {}
        if fault:
            seen["fault"] = fault["id"]

        def start(status, headers, exc_info=None):
            seen["status"] = int(status.split()[0])
            return start_response(status, headers, exc_info)

        try:
            return self._answer(environ, start, fault, seen)
        finally:
            self._write(environ, path, seen)

    def _answer(self, environ, start, fault, seen):
        self._wait(fault, environ, fault.get("delay", 0))
        answer = fault.get("answer")
        if isinstance(answer, int):
            start(f"{answer} Fault", [("Content-Type", "application/json"), ("Retry-After", "1")])
            return [json.dumps({"errors": [{"status": answer, "title": "Fault", "detail": "on demand"}]}).encode()]
        if answer == "never":
            self._wait(fault, environ)
        if answer in ("close", "never"):
            return _disconnect(environ, seen, start)
        body = self.application(environ, start)
        if answer == "lost":
            b"".join(body)
            return _disconnect(environ, seen)
        return body

    def _wait(self, fault, environ, seconds=float("inf")):
        """Wait SECONDS; less when the fault is lifted or the caller has disconnected."""
        end = time.monotonic() + seconds
        gone = environ.get("waitress.client_disconnected", lambda: False)
        while (left := end - time.monotonic()) > 0 and self.faults.holds(fault) and not gone():
            time.sleep(min(left, 0.05))

    def _write(self, environ, path, seen):
        version = environ.get("HTTP_OPENSTACK_API_VERSION") or environ.get("HTTP_X_OPENSTACK_NOVA_API_VERSION")
        line = {
            "time": seen["time"],
            "service": self.service,
            "method": environ["REQUEST_METHOD"],
            "path": path,
            "query": environ.get("QUERY_STRING", ""),
            "status": seen["status"],
            "version": version,
            "seconds": round(time.monotonic() - seen["start"], 4),
            # Another service of the instance, or none: then it was a client.
            "from": environ.get("HTTP_" + FROM.upper().replace("-", "_")),
            # Known once the service has validated the token
            "user": environ.get("HTTP_X_USER_NAME"),
            "fault": seen.get("fault"),
        }
        os.write(self.log, json.dumps(line).encode() + b"\n")


def _disconnect(environ, seen, start=None):
    """Close the connection; nothing more is sent."""
    channel = environ["waitress.client_disconnected"].__self__
    channel.socket.shutdown(socket.SHUT_RDWR)
    if start:
        start("500 Nobody listens", [])
    seen["status"] = None
    return []


def mark_requests(service):
    """Name the service in all requests of this process, so that the log distinguishes them from those of clients."""
    import requests

    plain = requests.sessions.default_headers

    def ours():
        headers = plain()
        headers[FROM] = service
        return headers

    requests.sessions.default_headers = ours
