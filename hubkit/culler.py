"""Stop servers that are idle or too old: `python -m hubkit.culler hub.json`.

A server is idle only when it said so itself, twice. The hub must have heard from it (`heard`: the last use of the
server's own token) at least the idle life after its last true activity, and then once more, naming the same activity.
Once is not enough: JupyterHub's single-user server computes its report once and resends it for up to 60 s, so the first
report after an outage of the hub may be stale; the second was computed after the first had arrived. A silent server is
never stopped for idleness.
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


def when(stamp):
    """Seconds since the epoch of an ISO time with offset or Z; 0.0 for none."""
    return datetime.fromisoformat(stamp).timestamp() if stamp else 0.0


class Hub:
    """The hub's REST API. Methods raise OSError (urllib's errors among them) when it fails."""

    def __init__(self, url, token):
        self.url, self.token = url, token
        # No proxy between two programs on one machine, whatever the environment says.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, method, path, accept="application/json"):
        headers = {"Authorization": f"token {self.token}", "Accept": accept}
        request = urllib.request.Request(self.url + path, method=method, headers=headers)
        with self.opener.open(request, timeout=30) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def active_users(self):
        offset = {"offset": 0}
        while offset:
            page = self.call(
                "GET",
                f"/users?state=active&offset={offset['offset']}&limit=100",
                "application/jupyterhub-pagination+json",
            )
            yield from page["items"]
            offset = page["_pagination"]["next"]

    def heard(self, user, server_url):
        """When the server last called the hub with its own token, seconds since the epoch."""
        tokens = self.call("GET", f"/users/{urllib.parse.quote(user, safe='')}/tokens")["api_tokens"]
        uses = [when(token["last_activity"]) for token in tokens if token["note"] == f"Server at {server_url}"]
        return max(uses, default=0.0)


class Rule:
    """Which servers to stop. PROFILES are the model's; the first one stands for unknown names."""

    def __init__(self, profiles):
        self.profiles, self.first = {profile["name"]: profile for profile in profiles}, profiles[0]
        self.seen = {}  # server url -> (last activity, first report that made it idle)

    def profile(self, server):
        options = server.get("user_options")
        name = options.get("profile") if isinstance(options, dict) else None
        return self.profiles.get(name, self.first) if isinstance(name, str) else self.first

    def reason(self, server, now, heard):
        """Why to stop SERVER (the API's model) at NOW, None to let it run. HEARD() is called only when it matters."""
        profile, url = self.profile(server), server["url"]
        age = now - when(server["started"]) if server["started"] else 0
        if profile["max_age"] and age >= profile["max_age"]:
            return f"maximum age ({age:.0f} s)"
        idle, last = profile["idle"], when(server["last_activity"])
        # Without a time of last activity nothing is known.
        if not idle or not last or now - last < idle:
            self.seen.pop(url, None)
            return None
        report = heard()
        if report - last < idle:
            return None
        known, first = self.seen.get(url, (None, None))
        if known != last:
            self.seen[url] = last, report
        elif report > first:
            return f"idle ({now - last:.0f} s)"
        return None

    def forget_all_but(self, urls):
        self.seen = {url: value for url, value in self.seen.items() if url in urls}


class Culler:
    """Sweeps over all running servers every EVERY seconds."""

    def __init__(self, hub, rule, every):
        self.hub, self.rule, self.every = hub, rule, every
        self.swept, self.stopping = time.monotonic(), set()
        # A stop may take ten seconds: never in the sweep's own time.
        self.pool = concurrent.futures.ThreadPoolExecutor(16)

    def sweep(self):
        urls = set()
        for user in self.hub.active_users():
            for name, server in user["servers"].items():
                urls.add(server["url"])
                if server["pending"] or not server["ready"] or server["url"] in self.stopping:
                    continue
                heard = functools.partial(self.hub.heard, user["name"], server["url"])
                if reason := self.rule.reason(server, time.time(), heard):
                    profile = self.rule.profile(server)["name"]
                    log.info("stop user=%s profile=%s reason=%s", user["name"], profile, reason)
                    self.stopping.add(server["url"])
                    self.pool.submit(self.stop, user["name"], name, server["url"])
        self.rule.forget_all_but(urls)
        self.swept = time.monotonic()

    def stop(self, user, name, url):
        server = f"servers/{urllib.parse.quote(name, safe='')}" if name else "server"
        try:
            self.hub.call("DELETE", f"/users/{urllib.parse.quote(user, safe='')}/{server}")
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
        """(HTTP status, what to say): 503 when the last good sweep is older than three intervals."""
        ago = time.monotonic() - self.swept
        return 200 if ago <= 3 * self.every else 503, {"every": self.every, "swept_seconds_ago": round(ago, 1)}


def serve_health(culler, url, prefix):
    """Answer PREFIX/health at URL, in a thread; returns the server."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = culler.health() if self.path == f"{prefix.rstrip('/')}/health" else (404, {})
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *args):
            """Health checks are not news."""

    where = urllib.parse.urlsplit(url)
    server = http.server.ThreadingHTTPServer((where.hostname, where.port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main():
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    # Nothing to tidy up; a stop that the hub has begun it also ends.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    model = json.loads(Path(sys.argv[1]).read_text())
    environment = os.environ
    hub = Hub(environment["JUPYTERHUB_API_URL"], environment["JUPYTERHUB_API_TOKEN"])
    culler = Culler(hub, Rule(model["profiles"]), model["cull_interval"])
    serve_health(
        culler,
        environment.get("JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:8091"),
        environment["JUPYTERHUB_SERVICE_PREFIX"],
    )
    culler.run()


if __name__ == "__main__":
    main()
