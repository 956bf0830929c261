"""Posts that others push: a small server that takes signed requests and answers 200 only for what was committed.

Longer than other sources because it is the one that listens: signature, replay window and answers belong together.
"""

import asyncio
import hashlib
import hmac
import io
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from aiohttp import web

from collectors.batches import PAGE, read
from collectors.http import Http
from collectors.lanes import aside
from groundswell.clock import Clock, now
from groundswell.errors import InputError, Malformed, Unreachable
from groundswell.types import Cursor, Page, Post

TIMESTAMP, SIGNATURE, KEY = "X-Groundswell-Timestamp", "X-Groundswell-Signature", "Idempotency-Key"
WINDOW_S = 300.0
_REMEMBERED = 2000
_WAITING = 64
_COMMIT_S = 20.0
_SHORTEST_SECRET = 16


@dataclass(slots=True)
class _Delivery:
    key: str
    posts: list[Post]
    gap: str | None
    done: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Webhook:
    """Signed deliveries of JSON: an object, a list, or one object a line, with columns as in `files`.

    Each carries X-Groundswell-Timestamp (unix seconds), X-Groundswell-Signature ("sha256=" and the hex HMAC-SHA256
    of timestamp, full stop and body under `secret`) and an Idempotency-Key; what is older than five minutes is
    refused, a key seen before is answered 200 and not stored again. `host` and `port`: where to listen (behind your
    own TLS proxy). `listen_s`: how long a round waits for more. `fields` and `source`: as in `files`.
    """

    name: ClassVar[str] = "webhook"
    limit: ClassVar[tuple[int, float]] = (1000, 1.0)
    terms: ClassVar[str] = "Your own data: make sure that you may process it."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        secret: str,
        host: str = "127.0.0.1",
        port: int = 8601,
        listen_s: float = 5.0,
        fields: Mapping[str, str] | None = None,
        source: str = "webhook",
    ) -> None:
        if len(secret) < _SHORTEST_SECRET:
            hint = "make one with: openssl rand -hex 32"
            raise InputError("secret", f"shorter than {_SHORTEST_SECRET} characters", hint)
        http.hide(secret)
        self._clock, self._secret, self._host, self._port = clock, secret.encode(), host, port
        self._listen_s, self._fields, self._source = listen_s, dict(fields or {}), source
        self._waiting: asyncio.Queue[_Delivery] = asyncio.Queue(_WAITING)
        self._known: dict[str, None] = {}
        self._runner: web.AppRunner | None = None

    async def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """One page per delivery, until none has come for `listen_s`; the sender hears 200 when it is committed."""
        known = cursor.get("known")
        self._known = dict.fromkeys(key for key in known if isinstance(key, str)) if isinstance(known, list) else {}
        await self._start()
        while True:
            try:
                delivery = await asyncio.wait_for(self._waiting.get(), self._listen_s)
            except TimeoutError:
                yield Page(posts=(), cursor={"known": list(self._known)})
                return
            if delivery.done.done() or delivery.key in self._known:
                _settle(delivery)
                continue
            keys = [*self._known, delivery.key][-_REMEMBERED:]
            try:
                yield Page(posts=delivery.posts, cursor={"known": keys}, gap=delivery.gap)
            except GeneratorExit:
                if not delivery.done.done():
                    delivery.done.set_result(False)  # perhaps committed, perhaps not: sending it again is harmless
                raise
            self._known = dict.fromkeys(keys)
            _settle(delivery)

    async def _start(self) -> None:
        if self._runner is not None:
            return
        app = web.Application(client_max_size=PAGE * 16_384)
        app.router.add_post("/", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self.close()
            raise Unreachable(f"{self._host}:{self._port}: {error.strerror}", "choose a free port") from None

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        problem = self._problem(request.headers, body)
        if problem:
            return web.json_response({"error": problem}, status=401)
        key = request.headers.get(KEY, "")[:200]
        if not key:
            return web.json_response({"error": f"no {KEY}"}, status=400)
        if key in self._known:
            return web.json_response({"stored": False, "known": True})
        try:
            posts, gap = await aside(self._read, body)
        except Malformed as error:
            return web.json_response({"error": str(error)}, status=422)
        return await self._commit(_Delivery(key, posts, gap))

    async def _commit(self, delivery: _Delivery) -> web.Response:
        """Hand it to the round that listens; 503 asks the sender to send the same again later."""
        again = web.json_response({"error": "not stored yet, send it again"}, status=503, headers={"Retry-After": "10"})
        try:
            self._waiting.put_nowait(delivery)
            is_stored = await asyncio.wait_for(asyncio.shield(delivery.done), _COMMIT_S)
        except (asyncio.QueueFull, TimeoutError):
            return again
        return web.json_response({"stored": True, "posts": len(delivery.posts)}) if is_stored else again

    def _problem(self, headers: Mapping[str, str], body: bytes) -> str:
        """Why this is not a fresh message of somebody who has the secret; "" when it is."""
        stamp = headers.get(TIMESTAMP, "")
        if not re.fullmatch(r"[0-9]{1,12}", stamp):
            return f"{TIMESTAMP} is not a whole number of seconds"
        wanted = "sha256=" + hmac.new(self._secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted.encode(), headers.get(SIGNATURE, "").encode("utf-8", "replace")):
            return f"{SIGNATURE} does not match"
        if abs(self._clock().timestamp() - int(stamp)) > WINDOW_S:
            return f"{TIMESTAMP} is more than {WINDOW_S:g} s away from now"
        return ""

    def _read(self, body: bytes) -> tuple[list[Post], str | None]:
        found = read(io.BytesIO(body), "delivery", self._clock, fields=self._fields, source=self._source)
        pages = list(found)
        return [post for page in pages for post in page.posts], "; ".join(p.gap for p in pages if p.gap) or None

    async def close(self) -> None:
        """Stop listening."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @classmethod
    def parse(cls, raw: bytes, where: str, clock: Clock = now, /) -> Iterator[Page]:
        """Read the body of a delivery."""
        yield from read(raw, where, clock, source=cls.name)


def _settle(delivery: _Delivery) -> None:
    if not delivery.done.done():
        delivery.done.set_result(True)
