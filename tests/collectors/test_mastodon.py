"""Mastodon: timelines, search, the stream, and who is left out."""

import asyncio
import json

from aiohttp import web
from aiohttp.test_utils import TestServer

from collectors.http import Http
from collectors.mastodon import Mastodon
from groundswell.types import Kind
from tests.collectors.walks import drive, ids, last


def status(number, **fields):
    return {"id": str(number), "created_at": "2026-11-19T00:00:00Z", "content": f"<p>s{number}</p>",
            "account": {"acct": "a"}, **fields}  # fmt: skip


def test_mastodon_walks_forward_by_min_id(site, door, time, reply):
    known = list(range(100, 130))

    def timeline(request):
        after = int(request.query.get("min_id", 0))
        found = [n for n in known if n > after][:10] if after else known[-10:]
        return reply(json.dumps([status(n) for n in reversed(found)]))

    site.play("/api/v1/timelines/tag/halvero", timeline)

    def grown(walks):
        known.extend(range(130, 165))
        return last(walks)

    first, second = drive(
        site, door, lambda http: Mastodon(http, time.clock, instance=site.url(), hashtags=["#halvero"]), {}, grown
    )
    assert ids(first) == [str(n) for n in range(129, 119, -1)]
    assert sorted(ids(second)) == [str(n) for n in range(130, 165)]


def test_mastodon_searches_forward_by_min_id(site, door, time, reply):
    def answer(request):
        assert (request.query["q"], request.query["type"]) == ("halvero", "statuses")
        after = int(request.query.get("min_id", 0))
        return reply(json.dumps({"statuses": [status(n) for n in (9, 8, 7) if n > after], "accounts": []}))

    site.play("/api/v2/search", answer)

    def made(http):
        return Mastodon(http, time.clock, instance=site.url(), queries=["halvero"], token="t")

    first, second = drive(site, door, made, {}, last)
    assert (ids(first), ids(second)) == (["9", "8", "7"], [])


def test_mastodon_streams_edits_and_deletions_behind_its_timelines(time):
    said = []

    async def stream(request):
        assert request.query["access_token"] == "t"
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        said.append(json.loads(await socket.receive_str()))
        edited = json.dumps(status(2, edited_at="2026-11-19T01:00:00Z", content="<p>better</p>"))
        for kind, payload in (("status.update", edited), ("delete", "1"), ("filters_changed", "")):
            await socket.send_str(json.dumps({"stream": ["hashtag", "lid"], "event": kind, "payload": payload}))
        await socket.close()
        return socket

    async def play(request):
        if request.path == "/api/v2/instance":
            return web.json_response({"configuration": {"urls": {"streaming": str(request.url.origin())}}})
        after = int(request.query.get("min_id", 0))
        return web.json_response([status(n) for n in (2, 1) if n > after])

    async def main():
        app = web.Application()
        app.router.add_get("/api/v1/streaming", stream)
        app.router.add_get("/{tail:.*}", play)
        async with TestServer(app) as server:
            host = f"127.0.0.1:{server.port}"
            async with Http(time.clock, allow=(host,), sleep=time.sleep) as http:
                source = Mastodon(
                    http, time.clock, instance=f"http://{host}", hashtags=["lid"], stream_s=2.0, token="t"
                )
                return [page async for page in source.pages({})]

    pages = asyncio.run(main())
    assert said == [{"type": "subscribe", "stream": "hashtag", "tag": "lid"}]
    assert [(post.external_id, post.text) for page in pages for post in page.posts][-1] == ("2", "better")
    assert [name for page in pages for name in page.gone] == ["1"]
    assert all(page.cursor == {"tag/lid": {"after": "2"}} for page in pages[1:])


def test_mastodon_reads_the_recorded_frames_of_a_stream():
    frames = [{"event": "update", "payload": json.dumps(status(n))} for n in (1, 2)]
    frames.append({"event": "delete", "payload": "1"})
    (page,) = Mastodon.parse("\n".join(json.dumps(f) for f in frames).encode(), "x")
    assert ([post.external_id for post in page.posts], list(page.gone)) == (["2"], ["1"])


def test_mastodon_wraps_reposts_and_leaves_out_who_opted_out(recording):
    (page,) = Mastodon.parse(recording("mastodon.json"), "x")
    post, again, original = page.posts
    assert post.text == "My #halvero kettle leaks"
    assert (again.kind, again.parent, again.text) == (Kind.REPOST, original.external_id, "Look & see")
    assert original.kind is Kind.COMMENT
