"""What each of the further sources does beyond the common checks: its walk, its money, its deletions."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from collectors.appstore import AppStore
from collectors.bluesky import Bluesky
from collectors.discourse import Discourse
from collectors.exports import Bilibili, Weibo
from collectors.github import GitHub
from collectors.http import Http
from collectors.lemmy import Lemmy
from collectors.mail import Mail
from collectors.mastodon import Mastodon
from collectors.stackexchange import StackExchange
from collectors.steam import Steam
from collectors.telegram import Telegram
from collectors.x import X
from collectors.youtube import YouTube
from groundswell.errors import Gone, Malformed
from groundswell.types import Kind

START = int(datetime(2026, 11, 19, tzinfo=UTC).timestamp())


def drive(site, door, make, *cursors):
    """Walk once per cursor (a callable makes it from the pages so far); return the pages of each walk."""

    async def main():
        async with site, door(site) as http:
            source, walks = make(http), []
            for cursor in cursors or ({},):
                given = cursor(walks) if callable(cursor) else cursor
                walks.append([page async for page in source.pages(json.loads(json.dumps(dict(given))))])
            return walks

    return asyncio.run(main())


def last(walks):
    return walks[-1][-1].cursor


def ids(pages):
    return [post.external_id for page in pages for post in page.posts]


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
    made = lambda http: Mastodon(http, time.clock, instance=site.url(), queries=["halvero"], token="t")  # noqa: E731
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


def review(number, updated):
    return {"recommendationid": str(number), "author": {"steamid": "1"}, "review": "r", "timestamp_created": updated,
            "timestamp_updated": updated, "voted_up": False, "language": "english"}  # fmt: skip


def test_steam_follows_opaque_cursors_and_stops_at_what_it_knows(site, door, time, reply):
    reviews = [review(n, START + n * 60) for n in range(250)][::-1]

    def answer(request):
        start = int(request.query["cursor"].replace("*", "0"))
        found = reviews[start : start + 100]
        return reply(json.dumps({"success": 1, "cursor": str(start + 100), "reviews": found, "query_summary": {}}))

    site.play("/appreviews/5", answer)
    first, second = drive(site, door, lambda http: Steam(http, time.clock, apps=[5], base=site.url()), {}, last)
    assert len(set(ids(first))) == 250
    assert len(second) <= 2
    assert site.asked[0].query["filter_offtopic_activity"] == "0"


def test_steam_does_not_take_an_unknown_app_for_a_quiet_one(site, door, time, reply):
    site.play("/appreviews/5", reply(json.dumps({"success": 1, "reviews": [], "query_summary": {"total_reviews": 0}})))
    with pytest.raises(Gone):
        drive(site, door, lambda http: Steam(http, time.clock, apps=[5], base=site.url()))


def test_appstore_says_that_empty_does_not_mean_none(site, door, time, reply, recording):
    site.play("/us/rss/customerreviews/page=1/id=1/sortby=mostrecent/json", reply(b'{"feed": {}}'))
    (pages,) = drive(site, door, lambda http: AppStore(http, time.clock, app=1, base=site.url()))
    assert "does not mean" in pages[0].gap
    (page,) = AppStore.parse(recording("appstore.json"), "x")
    assert [(post.rating, post.text.partition("\n")[0]) for post in page.posts] == [
        (1.0, "Keeps logging me out"), (3.0, "还行"), (None, "Good"),
    ]  # fmt: skip
    with pytest.raises(Malformed):
        list(AppStore.parse(b"CustomerReviews RSS page depth is limited to 10", "x"))


def test_discourse_crosses_windows_without_visible_posts(site, door, time, reply):
    known = [*range(1, 40), *range(300, 320)]

    def answer(request):
        before = int(request.query.get("before", max(known)))
        found = [{"id": n, "topic_id": 1, "post_number": 1, "username": "u", "created_at": "2026-11-19T00:00:00Z",
                  "cooked": f"<p>{n}</p>"} for n in reversed(known) if before - 50 < n <= before]  # fmt: skip
        return reply(json.dumps({"latest_posts": found}))

    site.play("/posts.json", answer)

    def grown(walks):
        known.extend(range(320, 325))
        return last(walks)

    first, second = drive(site, door, lambda http: Discourse(http, time.clock, url=site.url()), {}, grown)
    assert {int(n) for n in ids(first)} == {*range(1, 40), *range(300, 320)}
    assert {320, 324} <= {int(n) for n in ids(second)}
    assert len(second) <= 3


def test_stackexchange_keeps_the_backoff_it_is_told(site, door, time, reply):
    def answer(request):
        since, page = int(request.query["min"]), int(request.query["page"])
        found = [q for q in range(START, START + 250) if q >= since][(page - 1) * 100 : page * 100]
        items = [{"question_id": q, "title": "t", "creation_date": q, "last_activity_date": q} for q in found]
        return reply(json.dumps({"items": items, "has_more": len(found) == 100, "backoff": 17}))

    site.play("/2.3/search/advanced", answer)
    (pages,) = drive(site, door, lambda http: StackExchange(http, time.clock, base=site.url(), source="so"))
    assert len(set(ids(pages))) == 250
    assert max(time.naps) >= 16
    assert {post.source for page in pages for post in page.posts} == {"so"}


def test_github_goes_on_behind_a_page_full_of_one_second(site, door, time, reply):
    issues = [{"html_url": f"https://g/{n}", "title": "t", "created_at": "2026-11-19T00:00:00Z",
               "updated_at": f"2026-11-19T00:00:0{int(n >= 150)}Z"} for n in range(160)]  # fmt: skip

    def answer(request):
        found = [i for i in issues if i["updated_at"] >= request.query["since"]]
        page = int(request.query["page"])
        return reply(json.dumps(found[(page - 1) * 100 : page * 100]))

    site.play("/repos/a/b/issues", answer)
    (pages,) = drive(
        site, door, lambda http: GitHub(http, time.clock, repositories=["a/b"], comments=False, base=site.url())
    )
    assert len(set(ids(pages))) == 160


def test_github_comments_answer_their_issue(recording):
    (page,) = GitHub.parse(recording("github.json"), "x")
    assert page.posts[1].parent == page.posts[0].external_id


def test_lemmy_comments_answer_their_post_and_deleted_ones_are_gone(recording):
    (page,) = Lemmy.parse(recording("lemmy.json"), "x")
    assert [post.parent for post in page.posts] == [
        None,
        "https://lemmy.example/post/1",
        "https://lemmy.example/post/1",
    ]
    assert page.gone == ["https://lemmy.example/post/2"]


def test_telegram_asks_behind_the_last_update_and_keeps_the_edit(site, door, time, reply, recording):
    site.play("/bottoken-1/getUpdates", lambda request: reply(
        recording("telegram.json") if "offset" not in request.query else '{"ok": true, "result": []}'))  # fmt: skip
    (pages,) = drive(site, door, lambda http: Telegram(http, time.clock, token="token-1", base=site.url()))
    assert dict(pages[-1].cursor) == {"after": 905}
    assert [post.text for post in pages[0].posts] == ["Kettle leaks badly", "Mine too", "Recall notice"]
    assert pages[0].posts[1].parent == pages[0].posts[0].external_id


def test_x_reads_times_out_of_ids_and_knows_reposts(recording):
    (page,) = X.parse(recording("x.json"), "x")
    first, again, bare = page.posts
    assert (first.text, first.author, first.audience) == ("My kettle leaks & nobody answers", "mossy", 77)
    assert (again.kind, again.parent) == (Kind.REPOST, bare.external_id)
    assert bare.created_at.year == 2025
    assert next(X.parse(b'{"meta": {"result_count": 0}}', "x")).posts == []
    with pytest.raises(Malformed, match="Unauthorized"):
        list(X.parse(b'{"title": "Unauthorized", "status": 401}', "x"))


def test_weibo_unfolds_words_counts_and_relative_times(recording, time):
    page = next(Weibo.parse(recording("weibo.json"), "x", time.clock))
    first, again, original = page.posts
    assert first.text == "水壶漏水[怒]客服不理人"
    assert (first.audience, first.engagement.shares) == (12_000, 1_000_000)
    assert first.created_at == datetime(2026, 11, 18, 9, 46, 55, tzinfo=UTC)
    assert (again.kind, again.parent) == (Kind.REPOST, original.external_id)
    assert again.created_at == time.clock() - timedelta(minutes=3)
    lines = b"\n".join(json.dumps({"data": s}).encode() for s in json.loads(recording("weibo.json"))["statuses"])
    assert len(next(Weibo.parse(lines, "x.ndjson", time.clock)).posts) == 3


def test_bilibili_reads_the_comments_and_not_the_sample_under_them(recording):
    (page,) = Bilibili.parse(recording("bilibili.json"), "x")
    assert [(post.external_id, post.parent) for post in page.posts] == [("501", None), ("502", None), ("503", "501")]


def test_mail_reads_parts_charsets_and_threads_and_reads_a_grown_file_on(recording, tmp_path, time):
    (page,) = Mail.parse(recording("mail.mbox"), "x")
    first, second, third = page.posts
    assert first.text.startswith("Kettle leaks\n\nIt leaks from the base.")
    assert second.text == "Re: Kettle leaks\n\nMine too & no refund."
    assert (second.parent, second.kind) == (first.external_id, Kind.COMMENT)
    assert third.external_id
    path = tmp_path / "list.mbox"
    path.write_bytes(recording("mail.mbox"))

    async def walk(cursor):
        return [page async for page in Mail(None, time.clock, path=str(path)).pages(cursor)]

    cursor = dict(asyncio.run(walk({}))[-1].cursor)
    headers = b"From: x@y.example\nDate: Wed, 18 Nov 2026 12:05:00 +0000\nSubject: New\n"
    letter = b"\nFrom x@y.example  Wed Nov 18 12:05:28 2026\n" + headers + b"\nnew\n"
    path.write_bytes(recording("mail.mbox") + letter)
    assert asyncio.run(walk(cursor))[-1].posts[-1].text == "New\n\nnew"


def look_again(site, door, make, ids):
    async def main():
        async with site, door(site) as http:
            return [page async for page in make(http).recheck(ids)]

    return asyncio.run(main())


def test_youtube_is_asked_for_known_comments_and_tells_what_is_gone(site, door, time, reply):
    item = {"id": "c1", "snippet": {"textOriginal": "leaks", "publishedAt": "2026-11-18T09:00:00Z", "likeCount": 9}}
    site.play("/youtube/v3/comments", reply(json.dumps({"items": [item]})))
    pages = look_again(
        site, door, lambda http: YouTube(http, time.clock, key="key-value", videos=["v"], base=site.url()), ["c1", "c2"]
    )  # fmt: skip
    assert [(p.external_id, p.engagement.likes) for p in pages[0].posts] == [("c1", 9)]
    assert pages[0].gone == ["c2"]
    assert site.asked[0].query["id"] == "c1,c2"


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
