"""Checks that need accounts: what a member may do, and that an outsider may not."""

import contextlib
import json
import math
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit

from visitor.errors import Refused, ServerRunning, VisitorError
from visitor.outside import Broken, Skip
from visitor.user import Visitor

FILE = "openstack-hub-verify.txt"  # one name, so that what a broken run leaves is removed by the next
MARK = "openstack-hub-verify-server.txt"  # holds when the server started: tells our own remnant from a person's work
PROBE = Path(__file__).with_name("limits_probe.py")
SLACK = 15  # seconds between what a server says of its idle life and what is expected


def outsider_refused(settings):
    """Who is in no listed group does not get in, and is told which groups count."""
    account = settings["outsider"]
    if not account:
        raise Skip("set verify_outsider to an account in no allowed group")
    try:
        name = Visitor(settings["url"], settings["ca_file"]).sign_in(account["username"], account["password"])
    except Refused as e:
        missing = [group for group in settings["allowed_groups"] if group not in e.page]
        if missing:
            raise Broken(f"The page that refuses {account['username']} does not name {', '.join(missing)}.") from None
        return f"{account['username']} is told which groups count"
    raise Broken(f"{account['username']} got in as {name}, but is not to be admitted: see hub_allowed_groups.")


class Member:
    """The visit of the test member. Each method is a check, in this order; the server is the member's own."""

    def __init__(self, settings):
        self.settings, self.visitor, self.offered = settings, None, {}
        self.began, self.content, self.wrote = 0.0, None, None

    def sign_in(self):
        account = self.settings["member"]
        if not account:
            raise Skip("set verify_member to an account in an allowed group")
        self.visitor = Visitor(self.settings["url"], self.settings["ca_file"])
        return f"as {self.visitor.sign_in(account['username'], account['password'])}"

    def cookies(self):
        """No cookie of the hub travels without TLS."""
        if not self.settings["url"].startswith("https://"):
            raise Skip(f"{self.settings['url']} is not https")
        host = urlsplit(self.settings["url"]).hostname
        mine = [cookie for cookie in self.visitor.session.cookies if host in (cookie.domain, cookie.domain.lstrip("."))]
        bare = sorted({cookie.name for cookie in mine if not cookie.secure})
        if bare or not mine:
            raise Broken(
                f"Cookies without Secure: {', '.join(bare) or 'none at all was set'}; does the hub know that "
                "it is behind https (X-Scheme, X-Forwarded-Proto)?"
            )
        return f"all {len(mine)} are Secure"

    def menu(self):
        self._stop_remnant()
        self.offered = self.visitor.profiles()
        general = [p["name"] for p in self.settings["profiles"] if not p.get("groups")]
        missing = [name for name in general if name not in self.offered]
        if missing:
            raise Broken(f"The menu does not offer {', '.join(missing)}, only: {', '.join(self.offered) or 'nothing'}.")
        return f"offers {', '.join(self.offered)}"

    def _stop_remnant(self):
        """A visit that was killed leaves its server behind; anybody else's is not to be touched."""
        running = self.visitor.running()
        if running and running["ready"] and self.visitor.get_file(MARK) == running["started"]:
            self.visitor.remove_file(MARK)
            self.visitor.stop()

    def start(self, profile):
        if not self.offered:
            raise Skip("needs profile menu")
        if profile.get("groups") and profile["name"] not in self.offered:
            raise Skip(f"only for {', '.join(profile['groups'])}")
        self.began = time.monotonic()
        try:
            messages = self.visitor.start(profile["name"], self.settings["start_timeout"])
            self.visitor.put_file(MARK, self.visitor.running()["started"])
        except ServerRunning:  # somebody else's, by now: not to be touched
            raise
        except VisitorError:
            with contextlib.suppress(VisitorError):  # ours: do not leave it half started
                self.visitor.stop()
            raise
        return messages[-1] if messages else "ready"

    def cell(self, _profile):
        output = self.visitor.execute("print(6 * 7)")
        if output.error or output.text.split() != ["42"]:
            raise Broken(f"print(6 * 7) gave {output.text!r}, {output.error or 'no error'}.")
        return "output came over the websocket"

    def limits(self, profile):
        """What the server is told, and what the kernel enforces, are what was declared."""
        output = self.visitor.execute(PROBE.read_text())
        if output.error:
            raise Broken(f"The limits cannot be asked for: {output.error}.")
        seen = json.loads(output.text)
        for what, name in (("memory", "MEM_LIMIT"), ("cpu", "CPU_LIMIT")):
            told, kernel = seen["told"][what], seen["kernel"][what]
            if told is None or float(told) != profile[what]:
                raise Broken(f"{name} is {told or 'not set'}, declared is {profile[what]}.")
            if kernel is not None and not math.isclose(kernel, profile[what], rel_tol=0.01):  # pages, periods
                limit = "no limit" if math.isinf(kernel) else f"{kernel:.12g}"
                raise Broken(f"For {what} the kernel enforces {limit}, declared is {profile[what]}.")
        visible = None not in seen["kernel"].values()
        enforced = "enforced by the kernel" if visible else "what the kernel enforces is not visible"
        return f"{profile['memory'] / 2**30:.4g}G, {profile['cpu']:g} CPU; {enforced}"

    def idle(self, profile):
        """The server counts down the profile's idle life, from its last activity, which was just now."""
        left, life = self.visitor.idle()["idle"], profile["idle"]
        if not life:
            if left is not None:
                raise Broken(f"The server will stop in {left:.0f} s, but this profile has no idle life.")
            return "never stopped for idleness, as declared"
        if left is None:
            raise Broken(f"The server says that it is never stopped; declared is an idle life of {life} s.")
        if not life - (time.monotonic() - self.began) - SLACK <= left <= life + SLACK:
            raise Broken(f"The server says it has {left:.0f} s left; declared is an idle life of {life} s.")
        return f"{left:.0f} s left of {life} s"

    def files(self, profile, last):
        """The same home whatever the profile: written in the first, there in the next, removed in the last."""
        if self.content is None:
            if last:
                raise Skip("no earlier server wrote a file")
            content = uuid.uuid4().hex
            self.visitor.put_file(FILE, content)
            self.content, self.wrote = content, profile["name"]
            return f"{FILE} written"
        found, self.content, expected = self.visitor.get_file(FILE), None if last else self.content, self.content
        if found != expected:
            raise Broken(
                f"{FILE}, written in {self.wrote}, is {'lost' if found is None else 'another one'} in "
                f"{profile['name']}: do both have the same home?"
            )
        if not last:
            return f"{FILE} of {self.wrote} is there"
        self.visitor.remove_file(FILE)
        return f"{FILE} of {self.wrote} is there, and removed"

    def stop(self, _profile):
        with contextlib.suppress(VisitorError):  # a mark that is lost does not keep the server running
            self.visitor.remove_file(MARK)
        self.visitor.stop()
        return "stopped"
