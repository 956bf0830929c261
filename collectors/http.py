"""The one door out: polite, bounded, guarded; a source never sees aiohttp."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, Self

import aiohttp
from yarl import URL

from collectors.answer import Answer, judge
from collectors.budget import Budget, Charge, Charges
from collectors.guard import Guard, GuardedResolver, guarded_session
from collectors.limits import Limits, Sleep
from collectors.recordings import exchange
from collectors.redact import Redactor
from collectors.request import Request, conditions, read_body, web_address
from collectors.robots import Robots
from collectors.silence import Watched
from groundswell.clock import Clock
from groundswell.errors import Malformed, Throttled, Unreachable

log = logging.getLogger(__name__)

USER_AGENT = "groundswell/0.1 (self-hosted brand monitor)"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


class Http:
    """Fetches for all sources. Use as ``async with Http(clock) as http``.

    `allow` names local servers ("127.0.0.1:8080") that may be asked although their address is not public.
    `attempts` bounds tries for network trouble and 5xx; waits longer than `patience_s` raise Throttled instead.
    `interval_s` is the least spacing per host; sources and answers can only widen it. `max_bytes` bounds the
    decompressed body. `sleep` and `jitter` (0–1) are handed in by tests.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        user_agent: str = USER_AGENT,
        allow: Collection[str] = (),
        attempts: int = 4,
        patience_s: float = 60.0,
        timeout_s: float = 60.0,
        interval_s: float = 0.1,
        max_bytes: int = 20 * 1024 * 1024,
        max_redirects: int = 5,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._agent, self._attempts, self._timeout_s = user_agent, attempts, timeout_s
        self._max_bytes, self._max_redirects = max_bytes, max_redirects
        self._sleep, self._jitter = sleep, jitter
        self._guard = Guard(allow)
        self._limits = Limits(clock, sleep, patience_s=patience_s, interval_s=interval_s)
        self._patience_s, self._clock = patience_s, clock
        self._robots = Robots(self.get, clock, user_agent)
        self._redact = Redactor()
        self._session: aiohttp.ClientSession | None = None
        self._tape: list[dict[str, object]] | None = None
        self._budget: Budget | None = None

    def counted(self, budget: Budget) -> Self:
        """Return this door for one source, whose requests of any kind, tries and redirects are booked in `budget`."""
        door = copy(self)
        door._budget = budget
        return door

    def _priced(self, charge: Charge | None) -> Charges:
        return Charges([self._budget.charge()] if self._budget else [], [charge] if charge else [])

    async def __aenter__(self) -> Self:
        self._session = guarded_session(self._guard, self._agent, self._timeout_s)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def hide(self, secret: str) -> None:
        """Never show this value in an error or a log line."""
        self._redact.hide(secret)

    def record(self) -> list[dict[str, object]]:
        """From now on, keep every exchange in the list returned, without secrets (collectors/recordings.py)."""
        self._tape = []
        return self._tape

    def redact(self, text: str) -> str:
        """`text` without secrets."""
        return self._redact(text)

    def hold(self, url: str, seconds: float) -> None:
        """Leave the host of `url` alone for so long: for sources that say so inside their answers."""
        self._limits.hold(URL(url).host or "", seconds)

    async def listen(self, url: str, *, idle_s: float, say: Sequence[str] = ()) -> AsyncIterator[str]:
        """Send `say`, then yield a websocket's messages until it closes or is silent for `idle_s`. Raises as `get`."""
        target = web_address(url, None)
        self._guard.check(target)
        await self._limits.wait(target.host or "")
        await self._priced(None).book()
        try:
            async with self._opened.ws_connect(target, heartbeat=30, max_msg_size=self._max_bytes) as socket:
                for words in say:
                    await socket.send_str(words)
                async with Watched(socket, idle_s) as watched:
                    while (message := await watched.receive()).type is aiohttp.WSMsgType.TEXT:
                        yield str(message.data)
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(f"{self._shown(target)}: {self._redact(str(error))}", "it is asked again") from None

    @property
    def _opened(self) -> aiohttp.ClientSession:
        if self._session is not None:
            return self._session
        raise RuntimeError("open the door first: async with Http(clock) as http")

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        limit: tuple[int, float] | None = None,
        validators: Mapping[str, object] | None = None,
        page: bool = False,
        charge: Charge | None = None,
        expects: Collection[int] = (),
    ) -> Answer:
        """Fetch `url` and return a good answer (2xx, 304 when `validators` were sent, or a status it `expects`).

        `limit` is the source's pace (requests, seconds) for this host. `page` marks a web page made for people:
        robots.txt is obeyed for it. `charge` is booked before every try. Raises Throttled, Unreachable, AuthNeeded,
        Gone, Malformed, Refused, Disallowed.
        """
        target = web_address(url, params)
        self._guard.check(target)
        if limit is not None:
            self._limits.space(target.host or "", *limit)
        if page and (pace := await self._robots.permit(target)):
            self._limits.space(target.host or "", *pace)
        sent = {**(headers or {}), **conditions(validators or {})}
        asked = Request(target, {"headers": sent}, self._priced(charge), page=page, expects=expects)
        return await self._persist(asked)

    async def post(
        self,
        url: str,
        form: Mapping[str, str] | None = None,
        *,
        json: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        limit: tuple[int, float] | None = None,
    ) -> Answer:
        """Send a form or JSON, once: what is sent may be secret, so redirects are refused. Raises as `get` does."""
        target = web_address(url, None)
        self._guard.check(target)
        if limit is not None:
            self._limits.space(target.host or "", *limit)
        body: dict[str, Any] = {"json": json} if form is None else {"data": form}
        asked = Request(target, {"headers": headers or {}, **body}, self._priced(None), method="POST")
        answer, _ = await self._ask(asked)
        judge(answer)
        return answer

    async def vet(self, host: str, port: int) -> None:
        """For other protocols than HTTP. Raises Refused for a private address that is not allowed, Unreachable."""
        await self._priced(None).book()
        try:
            await GuardedResolver(self._guard).resolve(host, port)
        except OSError as error:
            raise Unreachable(f"{host}: {error.strerror or error}", "check the name and the network") from None

    def quotas(self) -> dict[str, dict[str, str]]:
        """What each host last said of its limits, by header."""
        return self._limits.told

    async def _persist(self, request: Request) -> Answer:
        for attempt in range(1, self._attempts + 1):
            is_last = attempt == self._attempts
            try:
                return await self._follow(request)
            except Unreachable:
                if is_last:
                    raise
                await self._sleep(min(2.0 ** (attempt - 1), 30.0) * (0.5 + self._jitter()))
            except Throttled as error:
                if is_last or (error.until - self._clock()).total_seconds() > self._patience_s:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def _follow(self, request: Request) -> Answer:
        """Ask, following redirects by hand: every hop is guarded and paced, and secrets stay with their site."""
        moved: str | None = None
        is_permanent = True
        for _ in range(self._max_redirects + 1):
            answer, onward = await self._ask(request)
            if answer.status in request.expects:
                return answer
            if onward is None:
                if answer.speaks_of_a_quota:
                    host = request.target.host or ""
                    raise Throttled(host, self._limits.throttle(host))
                judge(answer)
                return replace(answer, moved=moved)
            self._guard.check(onward)
            if request.page:
                await self._robots.permit(onward)
            is_permanent = is_permanent and answer.status in _PERMANENT
            moved = str(onward) if is_permanent else moved
            request = request.moved(onward)
        raise Malformed(self._shown(request.target), f"more than {self._max_redirects} redirects", "correct it")

    async def _ask(self, request: Request) -> tuple[Answer, URL | None]:
        """One request. Returns the answer and, for a redirect, where it points."""
        host, shown, charge = request.target.host or "", self._shown(request.target), request.charge
        await self._limits.wait(host)
        await charge.book()
        try:
            how = {"allow_redirects": False, **request.sent}
            async with self._opened.request(request.method, request.target, **how) as response:
                until = self._limits.learn(host, response.status, response.headers)
                log.debug("fetched url=%s status=%d", shown, response.status)
                if response.status >= 300:
                    await charge.refused()
                if until is not None:
                    raise Throttled(host, until)
                body = await read_body(response, shown, self._max_bytes)
                if self._tape is not None:
                    self._tape.append(exchange(request.method, shown, response, body, self._redact))
                answer = Answer(url=shown, status=response.status, headers=response.headers.copy(), body=body)
                location = response.headers.get("Location", "")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if isinstance(error, aiohttp.ClientConnectorError):
                await charge.refused()
            what = f"{shown}: {self._redact(str(error)) or type(error).__name__}"
            raise Unreachable(what, "check the network and the address; it is asked again") from None
        is_moved = answer.status in _REDIRECTS and location
        return answer, request.target.join(web_address(location, None)) if is_moved else None

    def _shown(self, url: URL) -> str:
        return self._redact(str(url))
