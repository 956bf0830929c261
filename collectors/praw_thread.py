"""Reddit's interface through praw, in one thread of its own: praw is not thread-safe, and it sleeps inside a call."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import praw
from prawcore import exceptions as refusals

from collectors.http import Http
from collectors.praw_door import DoorSession
from groundswell.errors import AuthNeeded, Gone, Malformed, SourceError, Unreachable

T = TypeVar("T")


class PrawThread:
    """One praw and its thread, made at the first use. `settings` are praw's; it asks through `http` alone."""

    def __init__(self, settings: dict[str, Any], http: Http, limit: tuple[int, float]) -> None:
        self._settings, self._redact = settings, http.redact
        self._session = DoorSession(http, lambda: cast(asyncio.AbstractEventLoop, self._loop), limit)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._reddit: praw.Reddit | None = None

    async def run(self, job: Callable[[], T]) -> T:
        """Do `job` in the thread."""
        self._loop = asyncio.get_running_loop()
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="praw")
        return await self._loop.run_in_executor(self._thread, job)

    def ask(self, path: str, params: dict[str, str]) -> Any:
        """One request, inside a job; its refusals become ours. Raises SourceError."""
        if self._reddit is None:
            through: dict[str, Any] = {"session": self._session}
            self._reddit = praw.Reddit(**self._settings, check_for_updates=False, requestor_kwargs=through)
        try:
            return self._reddit.request(method="GET", path=path, params=dict(params))
        except KeyError:  # prawcore meets a 401 without a www-authenticate header
            raise AuthNeeded(f"reddit {path}: HTTP 401", "check client_id and client_secret") from None
        except refusals.PrawcoreException as error:
            raise self._refusal(error, path) from None

    def _refusal(self, error: refusals.PrawcoreException, path: str) -> SourceError:
        """What prawcore made of an answer, or of what the door raised, which is ours already."""
        what = self._redact(f"reddit {path}: {error}")
        if isinstance(error, refusals.RequestException):
            said = error.original_exception
            return said if isinstance(said, SourceError) else Unreachable(what, "it is asked again")
        if isinstance(error, refusals.Redirect):
            return Gone(what, "no such subreddit, or it is banned")
        kinds = (refusals.OAuthException, refusals.InvalidToken, refusals.InsufficientScope)
        status = getattr(getattr(error, "response", None), "status_code", None)
        if isinstance(error, kinds) or status == 401:
            return AuthNeeded(what, "check client_id and client_secret; is the app approved?")
        return Malformed(f"reddit {path}", what, "Reddit changed its answer")

    async def close(self) -> None:
        """End the thread, and what it waits for."""
        self._session.close()
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._thread = self._reddit = None
