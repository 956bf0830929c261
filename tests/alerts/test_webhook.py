"""The webhook against a real server on this machine."""

import asyncio
import json
import logging
import traceback
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from alerts.reader import Reader
from alerts.receivers import TryLater
from alerts.receivers.webhook import Webhook, header_key, retry_after_s
from alerts.signing import verify
from groundswell.errors import DeliveryError, InputError

SECRET = "s3cret-s3cret-s3cret-s3cret"
TOKEN = "tok3n-in-the-path"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def deliver(notification, answer: Answer, t0, **options):
    """Send one notification to a server that answers with `answer`."""

    async def run() -> None:
        app = web.Application()
        app.router.add_post(f"/{TOKEN}", answer)
        app.router.add_route("*", "/elsewhere", answer)
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        hook = Webhook(Reader(), lambda: t0, url=f"http://127.0.0.1:{port}/{TOKEN}", secret=SECRET, **options)
        try:
            await hook.send(notification)
        finally:
            await runner.cleanup()

    asyncio.run(run())


def saying(status: int, **headers: str) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=status, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return answer


def test_the_other_side_can_verify_and_read_it(make_notification, t0):
    got = []

    async def answer(request: web.Request) -> web.Response:
        got.append((dict(request.headers), await request.read()))
        return web.Response(status=204)

    notification = make_notification(title="<script>水壶\r\nX: y")
    deliver(notification, answer, t0)
    headers, body = got[0]
    verify(SECRET, headers["X-Groundswell-Timestamp"], headers["X-Groundswell-Signature"], body, at=t0)
    assert headers["Idempotency-Key"] == notification.key == json.loads(body)["key"]
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["title"] == "<script>水壶\r\nX: y"


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 410, 413, 422])
def test_our_mistakes_are_permanent(status, make_notification, t0):
    with pytest.raises(DeliveryError) as caught:
        deliver(make_notification(), saying(status, Location="/elsewhere"), t0)
    assert caught.value.permanent
    assert str(status) in str(caught.value)


@pytest.mark.parametrize("status", [408, 421, 425, 429, 500, 502, 503, 504])
def test_their_troubles_pass(status, make_notification, t0):
    with pytest.raises(DeliveryError) as caught:
        deliver(make_notification(), saying(status), t0)
    assert caught.value.retry
    assert not isinstance(caught.value, TryLater)


def test_retry_after_is_heard(make_notification, t0):
    with pytest.raises(TryLater) as caught:
        deliver(make_notification(), saying(429, Retry_After="120"), t0)
    assert caught.value.after_s == 120
    assert caught.value.retry


def test_retry_after_in_both_spellings(t0):
    assert retry_after_s("7", t0) == 7
    assert retry_after_s(format_datetime(t0 + timedelta(seconds=90), usegmt=True), t0) == 90
    assert retry_after_s(format_datetime(t0 - timedelta(seconds=90), usegmt=True), t0) == 0
    for nonsense in ("", "soon", "-5", "1.5", "٣", "Fri, 99 Zzz 2026 00:00:00 GMT"):
        assert retry_after_s(nonsense, t0) is None


def test_a_redirect_takes_the_signature_nowhere(make_notification, t0):
    visited = []

    async def answer(request: web.Request) -> web.Response:
        visited.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    with pytest.raises(DeliveryError):
        deliver(make_notification(), answer, t0)
    assert visited == [f"/{TOKEN}"]


def test_a_dead_host_and_a_hanging_one_are_tried_again(make_notification, t0):
    dead = Webhook(Reader(), lambda: t0, url=f"http://127.0.0.1:1/{TOKEN}", secret=SECRET)
    with pytest.raises(DeliveryError) as caught:
        asyncio.run(dead.send(make_notification()))
    assert caught.value.retry

    async def hang(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(DeliveryError, match="Timeout") as caught:
        deliver(make_notification(), hang, t0, timeout_s=0.05)
    assert caught.value.retry


def test_secrets_are_nowhere(make_notification, t0, caplog):
    caplog.set_level(logging.DEBUG)
    hook = Webhook(Reader(), lambda: t0, url=f"http://127.0.0.1:1/{TOKEN}", secret=SECRET)
    with pytest.raises(DeliveryError) as caught:
        asyncio.run(hook.send(make_notification()))
    with pytest.raises(DeliveryError) as refused:
        deliver(make_notification(), saying(401), t0)
    said = f"{hook!r} {hook} {caplog.text}"
    for error in (caught.value, refused.value):
        said += "".join(traceback.format_exception(error)) + error.hint
    assert "ClientConnectorError" in said
    assert SECRET not in said
    assert TOKEN not in said


@pytest.mark.parametrize("url", ["", "ftp://h/x", "example.com/hook", "https://", "http://intranet/hook", "file:///x"])
def test_unsafe_addresses_are_refused(url, t0):
    with pytest.raises(InputError):
        Webhook(Reader(), lambda: t0, url=url, secret=SECRET)


def test_plain_http_is_a_choice(t0):
    Webhook(Reader(), lambda: t0, url="http://intranet/hook", secret=SECRET, allow_plain_http=True)
    Webhook(Reader(), lambda: t0, url="https://example.com/hook", secret=SECRET)


def test_keys_of_chinese_receivers_fit_into_a_header(make_notification, t0):
    assert header_key("i1:2:press") == "i1:2:press"
    assert header_key("i1:1:公关\r\nX: y").isascii()
    assert "\r" not in header_key("i1:1:公关\r\nX: y")
    deliver(make_notification(receiver="公关\r\nX: y"), saying(200), t0)
