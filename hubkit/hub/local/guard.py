"""Limits on guessing passwords, around any way of checking one."""

import hashlib
import math
import os
import time

from . import attempts
from .database import transaction
from .refusals import SignInRefused
from .workload import AT_ONCE, Workload

WRONG = "Invalid user name or password."


class Guard:
    """Counts attempts in the SQLite file PATH; AT_ONCE passwords are checked. CLOCK returns seconds since 1970."""

    def __init__(self, path, clock=time.time, at_once=AT_ONCE):
        self.path, self.clock, self.workload, self.key = path, clock, Workload(at_once), os.urandom(32)

    async def check(self, name, known, address, browser, is_right):
        """Raise SignInRefused, whose message is for the sign-in page, unless IS_RIGHT(), which runs in a thread.

        NAME: what was typed. KNOWN: the account of this name, '' for none. ADDRESS: where the attempt comes from.
        BROWSER: an ID of a browser that is known to have signed in to this account before, else empty.
        """
        # What nobody is called may be a password, typed into the wrong field, and is not written.
        tried = known or hashlib.blake2b(name.encode(errors="replace"), key=self.key).hexdigest()
        with self.workload.place(address, browser):
            with transaction(self.path) as db:
                wait = attempts.begin(db, tried, address, browser, self.clock())
            if wait:
                raise SignInRefused(f"Too many failed attempts. Try again in {_duration(wait)}.")
            if not await self.workload.run(is_right):
                raise SignInRefused(WRONG)
        with transaction(self.path) as db:
            attempts.succeed(db, known, address, browser, self.clock())


def _duration(seconds):
    seconds = math.ceil(seconds)
    return f"{seconds} seconds" if seconds < 100 else f"{math.ceil(seconds / 60)} minutes"
