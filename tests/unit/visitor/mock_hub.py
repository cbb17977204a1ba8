"""A mock of a hub, a user server and an OpenID provider in one process, with what the visitor uses.

Each attribute of `MockHub` in capitals is a switch with which a test breaks one thing.
"""

import base64
import contextlib
import hashlib
import io
import json
import re
import ssl
import struct
import threading
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

MEMBER, OUTSIDER, GROUP = "alice", "dave", "cloud/jupyter"
PASSWORDS = {MEMBER: "apple", OUTSIDER: "damson"}
SIZES = {"small": (2**30, 1.0), "large": (2**31, 2.0)}


class MockHub:
    def __init__(self, certificate=None):
        self.HSTS, self.SECURE, self.MEMBERS = "max-age=31536000", "; Secure" if certificate else "", {MEMBER}
        self.DENIAL = f"You are in none of the allowed groups: {GROUP}"
        self.CULLER, self.IDLE, self.OUTPUT, self.KEEP = (200, {"every": 60, "swept_seconds_ago": 3.0}), 600, None, True
        self.MEMORY_FACTOR, self.KERNEL_LIMIT, self.START, self.UPGRADE = 1, None, [{"message": "on its way"}], True
        self.PROFILES, self.ISSUER, self.LOGIN = list(SIZES), "issuer", 200
        self.REDIRECT, self.READY, self.FINISHES = False, True, True
        self.INSECURE, self.CONTENT, self.ERROR = (), None, None  # cookies without Secure; what a file, a cell gives
        self.sessions, self.files, self.running, self.cookie_header = {}, {}, None, ""
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": self}))
        self.port, scheme = self.http.server_port, "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # in the handler's thread, or one who refuses the certificate would hold up everybody
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
            scheme = "https"
        self.url = f"{scheme}://hub.localhost:{self.port}"
        self.iam = f"{scheme}://iam.localhost:{self.port}"

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status=200, body="", headers=()):
        data = (json.dumps(body) if isinstance(body, dict) else body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def redirect(self, target, *headers):
        self.answer(302, headers=[("Location", target), *headers])

    def cookie(self, name, value, path):
        secure = "" if name in self.hub.INSECURE else self.hub.SECURE
        return "Set-Cookie", f"{name}={value}; Path={path}{secure}"

    def handle_one_request(self):
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            super().handle_one_request()
            return
        self.close_connection = True

    def respond(self):
        parts = urlsplit(self.path)
        self.query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.cookies = {name: morsel.value for name, morsel in SimpleCookie(self.headers.get("Cookie", "")).items()}
        self.user = self.hub.sessions.get(self.cookies.get("session"))
        if self.hub.REDIRECT:
            return self.redirect(self.hub.url + self.path)
        if self.headers["Host"].startswith("iam."):
            return self.provider(parts.path)
        if parts.path.startswith("/hub/api/") or "/api/" in parts.path or parts.path.endswith("hubkit/idle"):
            scope = "hub" if parts.path.startswith("/hub/") else "server"
            browser = self.headers.get("Sec-Fetch-Mode") == "websocket"
            if not self.user or not (browser or self.headers.get("X-XSRFToken") == scope):
                return self.answer(403, {"message": "'_xsrf' argument missing"})
        if parts.path.startswith("/hub/api/"):
            return self.hub_api(parts.path.removeprefix("/hub/api/"))
        if parts.path.startswith("/user/"):
            return self.server_of_user(parts.path.removeprefix(f"/user/{self.user}/"))
        return self.hub_pages(parts.path)

    do_GET = do_POST = do_PUT = do_DELETE = respond

    # -- the provider: a form for the password, a consent page, and back

    def provider(self, path):
        if path.endswith("openid-configuration"):
            return self.answer(
                200,
                {
                    "issuer": self.hub.iam + self.hub.ISSUER.removeprefix("issuer"),
                    "authorization_endpoint": f"{self.hub.iam}/authorize",
                },
            )
        sent = {k: v[0] for k, v in parse_qs(self.body).items()}
        if path == "/authorize" and self.command == "GET":
            return self.form()
        if path == "/authorize":
            if sent.get("csrf") != "c" or PASSWORDS.get(sent["username"]) != sent["password"]:
                return self.form("Wrong user name or password.")
            return self.answer(
                200,
                f"""<form method=post action=/consent><input type=hidden name=who value={sent["username"]}>
                <input type=checkbox name=scope value=openid checked><input type=submit name=deny value=Deny>
                <button name=authorize value=yes>Authorize</button></form>""",
            )
        if sent.get("authorize") != "yes" or sent.get("scope") != "openid":
            return self.answer(400, "denied")
        return self.redirect(f"{self.hub.url}/hub/oauth_callback?code={sent['who']}")

    def form(self, error=""):
        self.answer(
            200,
            f"""<form action=/search><input name=q></form><p role=alert class="hidden">no script</p>
            <form method=post>{error and f"<p class=error>{error}</p>"}<input type=hidden name=csrf value=c>
            <input name=username><input name=password type=password><input type=submit value=Go></form>""",
            [("Set-Cookie", "of_the_provider=1; Path=/")],
        )

    # -- the hub

    def hub_pages(self, path):  # noqa: PLR0911 (one page after the other)
        hub = self.hub
        if path == "/hub/login":
            headers = [("X-JupyterHub-Version", "6.1.1")] + (
                [("Strict-Transport-Security", hub.HSTS)] if hub.HSTS else []
            )
            return self.answer(hub.LOGIN, '<a href="/hub/oauth_login?next=x">Sign in with IAM</a>', headers)
        if path == "/hub/oauth_login":
            return self.redirect(f"{hub.iam}/authorize")
        if path == "/hub/oauth_callback":
            who = self.query["code"]
            if who not in hub.MEMBERS:
                return self.answer(403, f"<div class=error>{hub.DENIAL}</div>")
            hub.sessions[f"s-{who}"] = who
            return self.redirect(
                "/hub/home", self.cookie("session", f"s-{who}", "/"), self.cookie("_xsrf", "hub", "/hub/")
            )
        if path.startswith("/services/culler/"):
            return self.answer(*hub.CULLER)
        if not self.user:
            return self.redirect("/hub/login")
        if path == "/hub/spawn":
            return self.spawn_form()
        return self.answer(200, "<h1>Home</h1>")

    def spawn_form(self):
        if self.command == "POST":
            self.hub.running = re.search(r'name="profile"\s+(\S+)', self.body)[1]
            return self.redirect("/hub/spawn-pending")
        profiles = "".join(f"<label><input type=radio name=profile value={p}> {p}</label>" for p in self.hub.PROFILES)
        return self.answer(
            200,
            f'<form id=spawn_form method=post enctype="multipart/form-data">{profiles}<button>Start</button></form>',
        )

    def hub_api(self, path):
        hub = self.hub
        if path == "user":
            return self.answer(
                200,
                {"name": self.user, "servers": {"": {"ready": hub.READY, "started": "noon"}} if hub.running else {}},
            )
        if self.command == "DELETE":
            hub.running = None
            hub.files = hub.files if hub.KEEP else {}
            return self.answer(204)
        end = {"ready": True, "message": "Server ready"}
        failed = any(event.get("failed") for event in hub.START)
        events = hub.START + ([end] if hub.READY and not failed else [])
        if failed:
            hub.running = None
        return self.answer(
            200, "".join(f"data: {json.dumps(e)}\n\n\n\n" for e in events), [("Content-Type", "text/event-stream")]
        )

    # -- the user's server

    def server_of_user(self, path):  # noqa: PLR0911 (one page after the other)
        hub = self.hub
        if path == "":
            return self.answer(200, "<h1>Lab</h1>", [self.cookie("_xsrf", "server", f"/user/{self.user}/")])
        if path == "hubkit/idle":
            return self.answer(200, {"idle": hub.IDLE, "reason": "kernel"})
        if path == "api/kernels":
            return self.answer(201, {"id": "k"})
        if path.endswith("/channels"):
            return self.websocket() if hub.UPGRADE else self.answer(400, {"message": "no upgrade"})
        if path.startswith("api/contents/"):
            if self.command == "PUT":
                hub.files[path] = json.loads(self.body)["content"]
            elif path not in hub.files:
                return self.answer(404, {"message": "no such file"})
            elif self.command == "DELETE":
                del hub.files[path]
                return self.answer(204)
            changed = hub.CONTENT is not None and self.command == "GET" and "server" not in path
            return self.answer(200, {"content": hub.CONTENT if changed else hub.files[path]})
        return self.answer(204)

    def websocket(self):
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        for name, value in (
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        request = self.frame()
        for message_type, content in self.outputs(request["content"]["code"]):
            message = {"header": {"msg_type": message_type}, "parent_header": request["header"], "content": content}
            data = json.dumps(message).encode()
            self.wfile.write(b"\x81\x7e" + struct.pack(">H", len(data)) + data)
        self.rfile.read(1)  # until the client closes

    def frame(self):
        """One masked message of the client."""
        size = self.rfile.read(2)[1] & 127
        if size == 126:
            size = struct.unpack(">H", self.rfile.read(2))[0]
        mask = self.rfile.read(4)
        return json.loads(bytes(byte ^ mask[i % 4] for i, byte in enumerate(self.rfile.read(size))))

    def outputs(self, code):
        hub, (memory, cpu) = self.hub, SIZES[self.hub.running]
        if "cgroup" in code:
            kernel = {"memory": hub.KERNEL_LIMIT or memory, "cpu": cpu}
            text = json.dumps(
                {"environment": {"memory": str(int(memory * hub.MEMORY_FACTOR)), "cpu": str(cpu)}, "kernel": kernel}
            )
        else:
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                try:
                    exec(code, {})
                except Exception as e:
                    yield "error", {"ename": type(e).__name__, "evalue": str(e), "traceback": []}
            text = printed.getvalue() if hub.OUTPUT is None else hub.OUTPUT
        if hub.ERROR:
            yield "error", {"ename": hub.ERROR, "evalue": "x", "traceback": []}
        if text:
            yield "stream", {"name": "stdout", "text": text}
        if not hub.FINISHES:
            return
        yield "execute_reply", {"status": "ok"}
        yield "status", {"execution_state": "idle"}
