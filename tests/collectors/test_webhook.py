"""Signed pushes: who is let in, when 200 is said, and what is sent again."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import socket

import aiohttp
import pytest

from collectors.http import Http
from collectors.webhook import KEY, SIGNATURE, TIMESTAMP, Webhook
from groundswell.errors import InputError
from tests.collectors.walks import ids

SECRET = "0123456789abcdef"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def signed(time, body, *, secret=SECRET, at=0.0, key="k1"):
    stamp = str(int(time.clock().timestamp() + at))
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {TIMESTAMP: stamp, SIGNATURE: f"sha256={mac}", KEY: key}


async def answered(session, url, body, headers):
    while True:
        try:
            async with session.post(url, data=body, headers=headers) as answer:
                return answer.status, await answer.json()
        except aiohttp.ClientConnectorError:
            await asyncio.sleep(0.01)  # it does not listen yet


def pushed(time, *requests, cursor=None, commits=True):
    """Send requests one after another while a round listens; return their statuses and the pages."""
    pages, statuses, port = [], [], free_port()

    async def collect(source):
        async with contextlib.aclosing(source.pages(cursor or {})) as walk:
            async for page in walk:
                pages.append(page)
                if not commits:
                    return

    async def main():
        async with Http(time.clock) as http, aiohttp.ClientSession() as session:
            source = Webhook(http, time.clock, secret=SECRET, port=port, listen_s=600)
            round_ = asyncio.create_task(collect(source))
            for body, headers in requests:
                statuses.append(await answered(session, f"http://127.0.0.1:{port}/", body, headers))
            round_.cancel()
            await asyncio.wait([round_])
            await source.close()

    asyncio.run(main())
    return statuses, pages


def test_a_round_ends_when_nothing_comes(time):
    async def main():
        async with Http(time.clock) as http:
            source = Webhook(http, time.clock, secret=SECRET, port=free_port(), listen_s=0.01)
            found = [page async for page in source.pages({"known": ["k0"]})]
            await source.close()
            return found

    (page,) = asyncio.run(main())
    assert (page.posts, page.cursor) == ((), {"known": ["k0"]})


BODY = json.dumps({"id": "w1", "text": "leaks", "created_at": "2026-11-18T09:00:00Z"}).encode()


def test_a_signed_delivery_is_answered_when_it_is_committed_and_once(time):
    headers = signed(time, BODY)
    statuses, pages = pushed(time, (BODY, headers), (BODY, headers))
    assert statuses == [(200, {"stored": True, "posts": 1}), (200, {"stored": False, "known": True})]
    assert ids(pages) == ["w1"]
    statuses, pages = pushed(time, (BODY, headers), cursor=pages[-1].cursor)
    assert statuses[0][1] == {"stored": False, "known": True}, "a restart remembers the key"
    assert ids(pages) == []


def test_forged_stale_and_unreadable_deliveries_are_refused(time):
    statuses, pages = pushed(
        time,
        (BODY, signed(time, BODY, secret="another-secret-of-16")),
        (BODY + b" ", signed(time, BODY)),
        (BODY, signed(time, BODY, at=-400)),
        (BODY, {**signed(time, BODY), TIMESTAMP: "soon"}),
        (BODY, {k: v for k, v in signed(time, BODY).items() if k != KEY}),
        (b"{nonsense", signed(time, b"{nonsense")),
    )
    assert [status for status, _ in statuses] == [401, 401, 401, 401, 400, 422]
    assert ids(pages) == []


def test_a_delivery_that_was_not_committed_is_to_be_sent_again(time):
    statuses, _ = pushed(time, (BODY, signed(time, BODY)), commits=False)
    assert statuses[0][0] == 503


def test_a_short_secret_is_refused_before_anything_listens(time):
    with pytest.raises(InputError, match="16 characters"):
        Webhook(Http(time.clock), time.clock, secret="short")
