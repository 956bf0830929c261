"""praw's way out: a session in the shape of `requests`, whose every request goes through the one door."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from aiohttp import BasicAuth

from collectors.answer import Answer
from collectors.http import Http
from collectors.lanes import LANES

_ITS_OWN = (301, 302, 401)
"""Statuses that prawcore acts on: Reddit redirects to a search what it does not know, and a token may have ended."""


class Reply:
    """What prawcore reads of an answer. It is told of no quota: the door keeps the pace, and prawcore would sleep."""

    def __init__(self, answer: Answer) -> None:
        self._answer, self.status_code = answer, answer.status
        headers = {name.lower(): value for name, value in answer.headers.items()}
        self.headers = {name: value for name, value in headers.items() if not name.startswith("x-ratelimit")}

    @property
    def text(self) -> str:
        """The body as text."""
        return self._answer.text()

    def json(self) -> object:
        """The body as JSON. Raises SourceError."""
        with LANES:
            return self._answer.json()


class DoorSession:
    """Asks from praw's thread what the door, on the loop that `loop` tells, is to fetch at the pace `limit`."""

    def __init__(self, http: Http, loop: Callable[[], asyncio.AbstractEventLoop], limit: tuple[int, float]) -> None:
        self._http, self._loop, self._limit = http, loop, limit
        self._asked: Future[Answer] | None = None
        self.headers: dict[str, str] = {}

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, Any] | None = None,
        data: Sequence[tuple[str, str]] | None = None,
        auth: tuple[str, str] | None = None,
        **_: object,
    ) -> Reply:
        """Ask and wait for it; whatever else `requests` takes is the door's to decide. Raises SourceError."""
        sent = {**self.headers, **{name: value for name, value in headers.items() if name != "Connection"}}
        if auth is not None:
            sent["Authorization"] = BasicAuth(*auth).encode()
        if method.upper() == "GET":
            asking = self._http.get(url, params=params, headers=sent, limit=self._limit, expects=_ITS_OWN)
        else:
            asking = self._http.post(url, dict(data or ()), headers=sent, limit=self._limit)
        self._asked = asyncio.run_coroutine_threadsafe(asking, self._loop())
        return Reply(self._asked.result())

    def close(self) -> None:
        """Give up what is being asked, so that the thread that waits for it can end."""
        if self._asked is not None:
            self._asked.cancel()
