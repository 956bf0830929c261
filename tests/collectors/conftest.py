"""A local server that plays answers, a clock that moves when somebody sleeps, and the shared recordings."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from collectors.http import Http
from groundswell.clock import SettableClock
from tests.collectors.walks import SENT

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("GROUNDSWELL_SHARED", HERE.parents[2] / "shared")) / "fixtures"


@dataclass
class Reply:
    """One answer; `cut` breaks the connection in the middle of the body."""

    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


class Site:
    """Plays the replies of a path in order, the last one again and again; a callable makes one from the request.

    What a POST brought stands in request[SENT].
    """

    def __init__(self) -> None:
        self.routes: dict[str, list[Reply | Callable[[web.Request], Reply]]] = {}
        self.asked: list[web.Request] = []
        self._server: TestServer | None = None

    def play(self, path: str, *replies: Reply | Callable[[web.Request], Reply]) -> None:
        self.routes[path] = list(replies)

    async def __aenter__(self) -> "Site":
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._answer)
        self._server = TestServer(app)
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            await self._server.close()

    @property
    def host(self) -> str:
        assert self._server is not None
        return f"127.0.0.1:{self._server.port}"

    def url(self, path: str = "") -> str:
        return f"http://{self.host}{path}"

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        request[SENT] = await request.read()
        self.asked.append(request)
        replies = self.routes.get(request.path)
        if not replies:
            return web.Response(status=404)
        reply = replies[0] if len(replies) == 1 else replies.pop(0)
        reply = reply(request) if callable(reply) else reply
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        if not reply.cut:
            return web.Response(status=reply.status, body=body, headers=reply.headers)
        response = web.StreamResponse(status=reply.status, headers={**reply.headers, "Content-Length": str(len(body))})
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        assert request.transport is not None
        request.transport.abort()
        return response


class Time:
    """A clock and the sleep that belongs to it."""

    def __init__(self) -> None:
        self.clock = SettableClock(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
        self.naps: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.clock.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


@pytest.fixture
def door(time: Time) -> Callable[..., Http]:
    """Build a door that may ask the given site and whose waits cost no time."""

    def build(site: Site, **settings: object) -> Http:
        given = {"allow": (site.host,), "sleep": time.sleep, "jitter": lambda: 0.5, **settings}
        return Http(time.clock, **given)  # type: ignore[arg-type]

    return build


@pytest.fixture
def recording() -> Callable[[str], bytes]:
    return lambda name: (HERE / "recordings" / name).read_bytes()


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the shared recordings are not on this machine (../shared/fixtures)")
    return SHARED


def run(site, http, job):
    """Do `job` with a door (`http` builds it) while the site stands."""

    async def main():
        async with site, http(site) as door:
            return await job(door)

    return asyncio.run(main())
