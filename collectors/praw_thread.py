"""Reddit's interface through praw, in one thread of its own: praw is not thread-safe, and it sleeps inside a call."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, TypeVar

import praw
from prawcore import exceptions as refusals

from collectors.limits import instant
from groundswell.clock import Clock
from groundswell.errors import AuthNeeded, Gone, Malformed, SourceError, Throttled, Unreachable

T = TypeVar("T")


class PrawThread:
    """One praw and its thread, made at the first use. `settings` are praw's; `redact` keeps secrets out of errors."""

    def __init__(self, settings: dict[str, Any], clock: Clock, redact: Callable[[str], str]) -> None:
        self._settings, self._clock, self._redact = settings, clock, redact
        self._thread: ThreadPoolExecutor | None = None
        self._reddit: praw.Reddit | None = None

    async def run(self, job: Callable[[], T]) -> T:
        """Do `job` in the thread."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="praw")
        return await asyncio.get_running_loop().run_in_executor(self._thread, job)

    def ask(self, path: str, params: dict[str, str]) -> Any:
        """One request, inside a job; its refusals become ours. Raises SourceError."""
        if self._reddit is None:
            self._reddit = praw.Reddit(**self._settings, check_for_updates=False, timeout=30)
        try:
            return self._reddit.request(method="GET", path=path, params=dict(params))
        except KeyError:  # prawcore meets a 401 without a www-authenticate header
            raise AuthNeeded(f"reddit {path}: HTTP 401", "check client_id and client_secret") from None
        except (refusals.PrawcoreException, ValueError) as error:  # ValueError: a Retry-After that is a date
            raise self._refusal(error, path) from None

    def _refusal(self, error: Exception, path: str) -> SourceError:
        what = self._redact(f"reddit {path}: {error}")
        table: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[], SourceError]], ...] = (
            (refusals.TooManyRequests, lambda: Throttled("oauth.reddit.com", self._until(error))),
            (refusals.RequestException, lambda: Unreachable(what, "check the network")),
            (refusals.ServerError, lambda: Unreachable(what, "Reddit has trouble; it is asked again")),
            ((refusals.NotFound, refusals.Redirect, refusals.UnavailableForLegalReasons),
             lambda: Gone(what, "no such subreddit, or it is banned")),
            ((refusals.OAuthException, refusals.InvalidToken, refusals.Forbidden, refusals.InsufficientScope),
             lambda: AuthNeeded(what, "check client_id and client_secret; is the app approved, the subreddit public?")),
            (ValueError, lambda: Throttled("oauth.reddit.com", self._until(error))),
        )  # fmt: skip
        for kinds, make in table:
            if isinstance(error, kinds):
                return make()
        status = getattr(getattr(error, "response", None), "status_code", None)
        if status == 401:
            return AuthNeeded(what, "check client_id and client_secret")
        return Malformed(f"reddit {path}", what, "Reddit changed its answer")

    def _until(self, error: Exception) -> datetime:
        asked = getattr(error, "retry_after", None)
        return (instant(str(asked), self._clock()) if asked else None) or self._clock() + timedelta(seconds=60)

    async def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._thread = self._reddit = None
