"""Checks with test accounts: what a member can do, and that an outsider is denied access."""

import contextlib
import json
import math
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit

from visitor.errors import ServerRunning, SignInDenied, VisitorError
from visitor.public_checks import CheckFailed, CheckSkipped
from visitor.user import Visitor

TEST_FILE = "openstack-hub-verify.txt"  # always the same name, so that the next run removes what a killed one left
# Contains when the server started: tells a server that a killed run left from one that somebody works in.
MARKER_FILE = "openstack-hub-verify-server.txt"
PROBE = Path(__file__).with_name("limits_probe.py")
TOLERANCE = 15  # seconds between the idle timeout that a server reports and the expected one


def outsider_denied(settings):
    """An account in none of the allowed groups is denied access, and the page names the groups."""
    account = settings["outsider"]
    if not account:
        raise CheckSkipped("set verify_outsider to an account in no allowed group")
    person = account["username"]
    try:
        name = Visitor(settings["url"], settings["ca_file"]).sign_in(person, account["password"])
    except SignInDenied as e:
        missing = [group for group in settings["allowed_groups"] if group not in e.page]
        if missing:
            raise CheckFailed(f"The page that denies {person} access does not name {', '.join(missing)}.") from None
        return f"{person} is denied access, and the page names the groups"
    raise CheckFailed(f"{person} was signed in as {name}, but should be denied access: see hub_allowed_groups.")


class MemberChecks:
    """The checks with the test member's account, as methods in the order in which they run."""

    def __init__(self, settings):
        self.settings, self.visitor, self.offered = settings, None, {}
        self.start_time, self.content, self.writer = 0.0, None, None

    def sign_in(self):
        account = self.settings["member"]
        if not account:
            raise CheckSkipped("set verify_member to an account in an allowed group")
        self.visitor = Visitor(self.settings["url"], self.settings["ca_file"])
        return f"as {self.visitor.sign_in(account['username'], account['password'])}"

    def cookies(self):
        """All cookies of the hub are Secure."""
        if not self.settings["url"].startswith("https://"):
            raise CheckSkipped(f"{self.settings['url']} is not https")
        host = urlsplit(self.settings["url"]).hostname
        cookies = [c for c in self.visitor.session.cookies if host in (c.domain, c.domain.lstrip("."))]
        insecure = sorted({cookie.name for cookie in cookies if not cookie.secure})
        if not cookies:
            raise CheckFailed("The hub has set no cookies.")
        if insecure:
            raise CheckFailed(
                f"Cookies without Secure: {', '.join(insecure)}; does the hub know that it is behind https "
                "(X-Scheme, X-Forwarded-Proto)?"
            )
        return f"all {len(cookies)} are Secure"

    def profile_list(self):
        self._stop_remaining_server()
        self.offered = self.visitor.profiles()
        names = ", ".join(self.offered) or "nothing"
        general = [p["name"] for p in self.settings["profiles"] if not p.get("groups")]
        missing = [name for name in general if name not in self.offered]
        if missing:
            raise CheckFailed(f"The profile list does not offer {', '.join(missing)}, only: {names}.")
        return f"offers {names}"

    def _stop_remaining_server(self):
        """Stop the server that a killed run has left; never one that somebody works in."""
        running = self.visitor.running()
        if running and running["ready"] and self.visitor.get_file(MARKER_FILE) == running["started"]:
            self.visitor.remove_file(MARKER_FILE)
            self.visitor.stop()

    def start(self, profile):
        if not self.offered:
            raise CheckSkipped("needs profile list")
        if profile.get("groups") and profile["name"] not in self.offered:
            raise CheckSkipped(f"only for {', '.join(profile['groups'])}")
        self.start_time = time.monotonic()
        try:
            messages = self.visitor.start(profile["name"], self.settings["start_timeout"])
            self.visitor.put_file(MARKER_FILE, self.visitor.running()["started"])
        except ServerRunning:  # somebody else has started it
            raise
        except VisitorError:
            with contextlib.suppress(VisitorError):  # do not leave a server of this run behind
                self.visitor.stop()
            raise
        return messages[-1] if messages else "ready"

    def cell(self, _profile):
        output = self.visitor.execute("print(6 * 7)")
        if output.error or output.text.split() != ["42"]:
            raise CheckFailed(f"print(6 * 7) gave {output.text!r}, {output.error or 'no error'}.")
        return "output received over the websocket"

    def limits(self, profile):
        """The limits in the server's environment, and those that the kernel enforces, are the declared ones."""
        output = self.visitor.execute(PROBE.read_text())
        if output.error:
            raise CheckFailed(f"The limits cannot be read: {output.error}.")
        limits = json.loads(output.text)
        for resource, name in (("memory", "MEM_LIMIT"), ("cpu", "CPU_LIMIT")):
            variable, kernel = limits["environment"][resource], limits["kernel"][resource]
            if variable is None or float(variable) != profile[resource]:
                raise CheckFailed(f"{name} is {variable or 'not set'}, declared is {profile[resource]}.")
            if kernel is not None and not math.isclose(kernel, profile[resource], rel_tol=0.01):  # pages, periods
                limit = "no limit" if math.isinf(kernel) else f"{kernel:.12g}"
                raise CheckFailed(f"For {resource} the kernel enforces {limit}, declared is {profile[resource]}.")
        visible = None not in limits["kernel"].values()
        enforced = "enforced by the kernel" if visible else "what the kernel enforces is not visible"
        return f"{profile['memory'] / 2**30:.4g}G, {profile['cpu']:g} CPU; {enforced}"

    def idle_timeout(self, profile):
        """The server counts down the profile's idle timeout from its last activity, which was just now."""
        remaining, timeout = self.visitor.idle()["idle"], profile["idle"]
        if not timeout:
            if remaining is not None:
                raise CheckFailed(f"The server will stop in {remaining:.0f} s, but this profile has no idle timeout.")
            return "never stopped for idleness, as declared"
        if remaining is None:
            raise CheckFailed(f"The server reports no idle timeout; declared are {timeout} s.")
        if not timeout - (time.monotonic() - self.start_time) - TOLERANCE <= remaining <= timeout + TOLERANCE:
            raise CheckFailed(f"The server reports {remaining:.0f} s left; the declared idle timeout is {timeout} s.")
        return f"{remaining:.0f} s left of {timeout} s"

    def files(self, profile, last):
        """The home is the same for every profile: written in the first, read in the others, removed in the last."""
        if self.content is None:
            if last:
                raise CheckSkipped("no earlier server wrote a file")
            content = uuid.uuid4().hex
            self.visitor.put_file(TEST_FILE, content)
            self.content, self.writer = content, profile["name"]
            return f"{TEST_FILE} written"
        content, expected = self.visitor.get_file(TEST_FILE), self.content
        if content != expected:
            raise CheckFailed(
                f"{TEST_FILE}, written in {self.writer}, {'is missing' if content is None else 'has other content'} "
                f"in {profile['name']}: do both have the same home?"
            )
        if not last:
            return f"{TEST_FILE} of {self.writer} is there"
        self.visitor.remove_file(TEST_FILE)
        return f"{TEST_FILE} of {self.writer} is there, and removed"

    def stop(self, _profile):
        with contextlib.suppress(VisitorError):  # the server must stop even if the marker cannot be removed
            self.visitor.remove_file(MARKER_FILE)
        self.visitor.stop()
        return "stopped"
