"""Stop servers that are idle or too old: `python -m hubkit.culler hub.json`.

A server is stopped for idleness only after two of its own reports. The hub must have received a report (`last_report`:
the last use of the server's own token) at least the idle timeout after the server's last activity, and then a second
one with the same last activity. One report is not enough: JupyterHub's single-user server computes a report once and
resends it for up to 60 s, so the first report after an outage of the hub may be stale; the second one was computed
after the first had arrived. A server that does not report is never stopped for idleness.
"""

import concurrent.futures
import functools
import http.server
import json
import logging
import os
import signal
import sys
import threading
import time
import urllib.parse
import urllib.request
from datetime import datetime
from pathlib import Path

log = logging.getLogger("culler")


def parse_time(text):
    """Seconds since the epoch of an ISO time with offset or Z; 0.0 for None or an empty text."""
    return datetime.fromisoformat(text).timestamp() if text else 0.0


class Hub:
    """The hub's REST API. Methods raise OSError (which includes urllib's errors) when it fails."""

    def __init__(self, url, token):
        self.url, self.token = url, token
        # Hub and culler run on one machine: ignore http_proxy and the like.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, method, path, accept="application/json"):
        """The decoded JSON of the response, None for an empty one."""
        headers = {"Authorization": f"token {self.token}", "Accept": accept}
        request = urllib.request.Request(self.url + path, method=method, headers=headers)
        with self.opener.open(request, timeout=30) as response:
            body = response.read()
        return json.loads(body) if body else None

    def active_users(self):
        """Yield the API's model of each user who has a server, page by page."""
        next_page = {"offset": 0}
        while next_page:
            page = self.call(
                "GET",
                f"/users?state=active&offset={next_page['offset']}&limit=100",
                "application/jupyterhub-pagination+json",
            )
            yield from page["items"]
            next_page = page["_pagination"]["next"]

    def last_report(self, user, server_url):
        """When the server last called the hub with its own token, in seconds since the epoch; 0.0 for never."""
        tokens = self.call("GET", f"/users/{urllib.parse.quote(user, safe='')}/tokens")["api_tokens"]
        uses = [parse_time(token["last_activity"]) for token in tokens if token["note"] == f"Server at {server_url}"]
        return max(uses, default=0.0)


class CullPolicy:
    """Decides which servers to stop. PROFILES are the model's; the first one is used for unknown names."""

    def __init__(self, profiles):
        self.profiles, self.default = {profile["name"]: profile for profile in profiles}, profiles[0]
        self.first_reports = {}  # server url -> (last activity, time of the first report that made it idle)

    def profile(self, server):
        options = server.get("user_options")
        name = options.get("profile") if isinstance(options, dict) else None
        return self.profiles.get(name, self.default) if isinstance(name, str) else self.default

    def stop_reason(self, server, now, last_report):
        """Why to stop SERVER (the API's model) at NOW (seconds since the epoch), None to leave it running.

        LAST_REPORT() is called only for a server that looks idle: it costs a request.
        """
        profile, url = self.profile(server), server["url"]
        age = now - parse_time(server["started"]) if server["started"] else 0
        if profile["max_age"] and age >= profile["max_age"]:
            return f"maximum age ({age:.0f} s)"
        timeout, last_activity = profile["idle"], parse_time(server["last_activity"])
        # A server without a time of last activity has not reported yet.
        if not timeout or not last_activity or now - last_activity < timeout:
            self.first_reports.pop(url, None)
            return None
        report = last_report()
        if report - last_activity < timeout:
            return None
        known_activity, first_report = self.first_reports.get(url, (None, None))
        if known_activity != last_activity:
            self.first_reports[url] = last_activity, report
        elif report > first_report:
            return f"idle ({now - last_activity:.0f} s)"
        return None

    def keep_only(self, urls):
        """Drop what is known of servers that are not in URLS."""
        self.first_reports = {url: value for url, value in self.first_reports.items() if url in urls}


class Culler:
    """Checks all running servers every EVERY seconds."""

    def __init__(self, hub, policy, every):
        self.hub, self.policy, self.every = hub, policy, every
        self.last_sweep, self.stopping = time.monotonic(), set()
        # A stop may take ten seconds, so it must not block the sweep.
        self.pool = concurrent.futures.ThreadPoolExecutor(16)

    def sweep(self):
        urls = set()
        for user in self.hub.active_users():
            for name, server in user["servers"].items():
                urls.add(server["url"])
                if server["pending"] or not server["ready"] or server["url"] in self.stopping:
                    continue
                last_report = functools.partial(self.hub.last_report, user["name"], server["url"])
                if reason := self.policy.stop_reason(server, time.time(), last_report):
                    profile = self.policy.profile(server)["name"]
                    log.info("stop user=%s profile=%s reason=%s", user["name"], profile, reason)
                    self.stopping.add(server["url"])
                    self.pool.submit(self.stop, user["name"], name, server["url"], reason)
        self.policy.keep_only(urls)
        self.last_sweep = time.monotonic()

    def stop(self, user, name, url, reason):
        server = f"servers/{urllib.parse.quote(name, safe='')}" if name else "server"
        try:
            # The hub does not read the reason, but writes it to the audit log.
            query = urllib.parse.urlencode({"reason": reason})
            self.hub.call("DELETE", f"/users/{urllib.parse.quote(user, safe='')}/{server}?{query}")
        except OSError as error:
            log.warning("stop user=%s failed: %s", user, error)
        finally:
            self.stopping.discard(url)

    def run(self):
        while True:
            try:
                self.sweep()
            except (OSError, ValueError, KeyError, TypeError) as error:
                log.warning("sweep failed: %r", error)
            time.sleep(self.every)

    def health(self):
        """(HTTP status, body): 503 when the last successful sweep is older than three intervals."""
        age = time.monotonic() - self.last_sweep
        return 200 if age <= 3 * self.every else 503, {"every": self.every, "swept_seconds_ago": round(age, 1)}


def serve_health(culler, url, prefix):
    """Answer GET PREFIX/health at URL from a thread; returns the server."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = culler.health() if self.path == f"{prefix.rstrip('/')}/health" else (404, {})
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *args):
            """Do not log health checks."""

    address = urllib.parse.urlsplit(url)
    server = http.server.ThreadingHTTPServer((address.hostname, address.port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main():
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    # Exit at once: there is no state to save, and the hub completes a stop that has begun.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    model = json.loads(Path(sys.argv[1]).read_text())
    environment = os.environ
    hub = Hub(environment["JUPYTERHUB_API_URL"], environment["JUPYTERHUB_API_TOKEN"])
    culler = Culler(hub, CullPolicy(model["profiles"]), model["cull_interval"])
    serve_health(
        culler,
        environment.get("JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:8091"),
        environment["JUPYTERHUB_SERVICE_PREFIX"],
    )
    culler.run()


if __name__ == "__main__":
    main()
