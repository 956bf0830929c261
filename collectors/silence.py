"""A websocket that is closed when it has been silent for too long."""

import asyncio
from typing import Self

from aiohttp import ClientWebSocketResponse, WSMessage

_LOOKS = 10  # in the time of the silence that is borne


class Watched:
    """Closes `socket` once a message is waited for longer than `idle_s` (and up to a tenth more).

    One task looks on, instead of a timer for each message: that took a third of the time that a busy stream takes.
    What the reader does between two messages is no silence.
    """

    def __init__(self, socket: ClientWebSocketResponse, idle_s: float) -> None:
        self._socket, self._idle_s = socket, idle_s
        self._since: float | None = None
        self._now = asyncio.get_running_loop().time

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()

    async def receive(self) -> WSMessage:
        """Return the next message; one that is no text when the stream has ended or was silent."""
        self._since = self._now()
        message = await self._socket.receive()
        self._since = None
        return message

    async def _watch(self) -> None:
        while self._since is None or self._now() - self._since < self._idle_s:  # noqa: ASYNC110  nothing happens
            await asyncio.sleep(self._idle_s / _LOOKS)
        await self._socket.close()
