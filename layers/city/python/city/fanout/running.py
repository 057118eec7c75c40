"""Workers in a process that is woken for one slice at a time, and kept warm in between."""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp

from city.fanout.deliver import Again, Worker, work
from city.fanout.model import SliceMessage
from city.fanout.outgoing import session
from city.fanout.sending import Postman


class Runner:
    """One event loop, one pool of connections and one postman for the life of a process."""

    def __init__(self, postman: Callable[[aiohttp.ClientSession], Awaitable[Postman]]) -> None:
        self._loop = asyncio.new_event_loop()
        self._make = postman
        self._postman: Postman | None = None

    def work(self, worker: Callable[[Postman], Worker], message: SliceMessage) -> Again | None:
        """Do one slice; what to put back into its queue, if anything.

        Raises:
            Busy: somebody else is at it.
        """
        return self._loop.run_until_complete(self._work(worker, message))

    async def _work(
        self, worker: Callable[[Postman], Worker], message: SliceMessage
    ) -> Again | None:
        if self._postman is None:
            self._postman = await self._make(session())
        return await work(worker(self._postman), message)
