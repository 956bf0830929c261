"""Bluesky: the stream read on from where it stopped, its gaps, deletions and second looks."""

import asyncio
import json
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.test_utils import TestServer

from collectors.bluesky import Bluesky
from collectors.http import Http
from tests.collectors.walks import ids, look_again


def event(number, at_us, **fields):
    record = {"text": f"post {number}", "createdAt": "2026-11-01T00:00:00Z"}
    commit = {
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": f"r{number}",
        "record": record,
        **fields,
    }
    return json.dumps({"did": "did:plc:a", "time_us": at_us, "kind": "commit", "commit": commit})


class Jetstream:
    """Replays events from the cursor on, forgetting what is older than its lookback; may hang up early."""

    def __init__(self, events, lookback_from=0, hang_up_after=10**9):
        self.events, self.first, self.hang_up_after = events, lookback_from, hang_up_after

    async def handle(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        start = max(int(request.query.get("cursor", 0)), self.first)
        sent = [text for at, text in self.events if at >= start][: self.hang_up_after]
        for text in sent:
            await socket.send_str(text)
        await socket.close()
        return socket


def listen(time, stream, *cursors):
    async def main():
        app = web.Application()
        app.router.add_get("/subscribe", stream.handle)
        async with TestServer(app) as server:
            host = f"127.0.0.1:{server.port}"
            async with Http(time.clock, allow=(host,), sleep=time.sleep) as http:
                source, walks, cursor = (
                    Bluesky(http, time.clock, endpoint=f"http://{host}/subscribe", idle_s=2.0),
                    [],
                    {},
                )
                for given in cursors or ({},):
                    cursor = given if given is not None else cursor
                    walks.append([page async for page in source.pages(cursor)])
                    cursor = dict(walks[-1][-1].cursor)
                return walks

    return asyncio.run(main())


def test_bluesky_reads_on_from_its_cursor_and_loses_nothing_when_cut_off(time):
    base = int(time.clock().timestamp() * 1e6) - 3_600_000_000
    events = [(base + n * 1_000_000, event(n, base + n * 1_000_000)) for n in range(1200)]
    stream = Jetstream(events, hang_up_after=500)
    walks = listen(time, stream, {}, None, None)
    found = {name for walk in walks for name in ids(walk)}
    assert found == {f"at://did:plc:a/app.bsky.feed.post/r{n}" for n in range(1200)}
    assert all(page.gap is None for walk in walks for page in walk)


def test_bluesky_tells_the_span_that_the_server_forgot(time):
    base = int(time.clock().timestamp() * 1e6) - 3_600_000_000
    events = [(base + 2_000_000_000, event(1, base + 2_000_000_000))]
    (pages,) = listen(time, Jetstream(events), {"at": base})
    assert "were lost" in pages[0].gap


def test_bluesky_times_are_not_in_the_future_and_deletions_are_told(recording):
    (page,) = Bluesky.parse(recording("bluesky.jsonl"), "x")
    assert page.posts[1].created_at == datetime(2026, 11, 18, 11, 6, 41, tzinfo=UTC)
    assert page.posts[1].parent == page.posts[0].external_id
    assert page.gone == ["at://did:plc:eee/app.bsky.feed.post/r9", "at://did:plc:fff/"]


def test_bluesky_is_asked_for_counts_25_at_a_time(site, door, time, reply):
    names = [f"at://did:plc:a/app.bsky.feed.post/{n}" for n in range(30)]

    def view(uri):
        record = {"text": "leaks", "createdAt": "2026-11-18T09:00:00Z"}
        return {"uri": uri, "author": {"did": "did:plc:a"}, "record": record, "likeCount": 4,
                "indexedAt": "2026-11-18T09:00:00Z"}  # fmt: skip

    def answer(request):
        asked = request.query.getall("uris")
        return reply(json.dumps({"posts": [view(uri) for uri in asked if uri != names[3]]}))

    site.play("/xrpc/app.bsky.feed.getPosts", answer)
    pages = look_again(site, door, lambda http: Bluesky(http, time.clock, appview=site.url()), names)
    assert [len(page.posts) for page in pages] == [24, 5]
    assert pages[0].gone == [names[3]]
    assert pages[0].posts[0].engagement.likes == 4


def test_in_a_stream_the_last_word_on_a_post_holds_and_an_account_takes_its_own(time):
    def line(number, **fields):
        return event(number, int(time.clock().timestamp() * 1e6), **fields)

    gone = json.dumps({"did": "did:plc:a", "time_us": int(time.clock().timestamp() * 1e6), "kind": "account",
                       "account": {"active": False, "status": "deleted"}})  # fmt: skip
    again = [line(1), line(1, operation="delete"), line(1)]
    (page,) = Bluesky.parse("\n".join(again).encode(), "x")
    assert (len(page.posts), page.gone) == (1, [])
    (page,) = Bluesky.parse("\n".join([line(1), line(2), gone]).encode(), "x")
    assert (page.posts, page.gone) == ([], ["at://did:plc:a/"])
