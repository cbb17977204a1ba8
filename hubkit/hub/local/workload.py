"""How many sign-ins are handled at once, and how many may wait for it."""

import asyncio
import contextlib

from .attempts import network
from .refusals import SignInRefused

AT_ONCE = 2  # threads: the hub itself must always get a processor
MAX_WAITING, MAX_WAITING_OF_ONE = 200, 60  # in all, and from one address, where a class may be
MAX_WAITING_OF_BROWSER = 2  # beyond these, for a browser that is known


class Workload:
    def __init__(self, at_once=AT_ONCE):
        self.slots, self.waiting = asyncio.Semaphore(at_once), {}

    @contextlib.contextmanager
    def place(self, address, browser=""):
        """A place in the queue. BROWSER: the ID of one that is known, for which there is always a place.

        Raises SignInRefused if there is none.
        """
        source = f"browser {browser}" if browser else network(address)
        count = self.waiting.get(source, 0)
        full = count >= MAX_WAITING_OF_ONE or sum(self.waiting.values()) >= MAX_WAITING
        if count >= MAX_WAITING_OF_BROWSER if browser else full:
            raise SignInRefused("Very many people are signing in. Try again in a few seconds.")
        self.waiting[source] = count + 1
        try:
            yield
        finally:
            self.waiting[source] -= 1
            if not self.waiting[source]:
                del self.waiting[source]

    async def wait(self, coroutine):
        """What COROUTINE returns, when it is its turn."""
        async with self.slots:
            return await coroutine

    async def run(self, function, *args):
        """What FUNCTION returns, from a thread; the event loop continues."""
        return await self.wait(asyncio.to_thread(function, *args))
