"""Worker threads for what takes the processor, few at once: the event loop waits behind all that want Python's lock."""

from asyncio import to_thread
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

LANES = BoundedSemaphore(2)
"""Held by a thread while it reads or stores; with one for each of six sources the loop came up to 180 ms late."""


async def aside(job: Callable[P, T], *given: P.args, **more: P.kwargs) -> T:
    """Do `job` in a worker thread, when there is a lane for it."""

    def held() -> T:
        with LANES:
            return job(*given, **more)

    return await to_thread(held)
