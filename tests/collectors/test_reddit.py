import asyncio
import json
import threading
from datetime import UTC, datetime

import pytest

from collectors.praw_thread import PrawThread
from collectors.reddit import Reddit
from groundswell.errors import AuthNeeded, Gone, Malformed, Throttled

START = int(datetime(2026, 11, 19, tzinfo=UTC).timestamp())
TOKEN = json.dumps({"access_token": "t", "token_type": "bearer", "expires_in": 3600, "scope": "*"})
AS_JSON = {"Content-Type": "application/json"}


def thing(number, at=None, **fields):
    data = {"name": f"t3_{number}", "title": f"Post {number}", "selftext": "", "author": "someone",
            "created_utc": float(START + number if at is None else at), "score": number, **fields}  # fmt: skip
    return {"kind": "t3", "data": data}


class Subreddit:
    """/new in small: a hundred per page, `after` a fullname; behind a deleted anchor there is nothing."""

    def __init__(self, reply):
        self.things, self.reply, self.asked = [], reply, []

    def __call__(self, request):
        self.asked.append(dict(request.query))
        listed = self.things[::-1]
        names = [t["data"]["name"] for t in listed]
        after = request.query.get("after")
        if after is not None and after not in names:
            return self.answer([], None)
        start = names.index(after) + 1 if after else 0
        found = listed[start : start + 100]
        return self.answer(found, names[start + 99] if start + 100 < len(names) else None)

    def answer(self, found, after):
        headers = {**AS_JSON, "x-ratelimit-remaining": "590", "x-ratelimit-used": "1", "x-ratelimit-reset": "1"}
        return self.reply(json.dumps({"kind": "Listing", "data": {"after": after, "children": found}}), headers=headers)


def drive(site, door, time, reply, routes, job, **settings):
    async def main():
        async with site, door(site) as http:
            site.play("/api/v1/access_token", reply(TOKEN, headers=AS_JSON))
            for path, answer in routes.items():
                site.play(path, answer)
            given = {"subreddits": ["r/kitchen"], "comments": False, **settings}
            source = Reddit(
                http, time.clock, client_id="id", client_secret="the-secret", user_agent="test:groundswell:1",
                reddit_url=site.url(), oauth_url=site.url(), **given,
            )  # fmt: skip
            try:
                return await job(source)
            finally:
                await source.close()

    return asyncio.run(main())


async def walk(source, cursor, most=99):
    pages = []
    async for page in source.pages(cursor):
        pages.append(page)
        if len(pages) >= most:
            break
    return pages


def ids(pages):
    return {post.external_id for page in pages for post in page.posts}


def test_listings_are_walked_page_by_page_and_then_only_the_new(site, door, time, reply):
    sub = Subreddit(reply)
    sub.things = [thing(n) for n in range(1, 351)]

    async def job(source):
        first = await walk(source, {})
        sub.things += [thing(n) for n in range(1000, 1010)]
        sub.asked.clear()
        return first, await walk(source, first[-1].cursor)

    first, second = drive(site, door, time, reply, {"/r/kitchen/new": sub}, job)
    assert [len(page.posts) for page in first] == [100, 100, 100, 50]
    assert {f"t3_{n}" for n in range(1000, 1010)} <= ids(second)


def test_a_cut_sweep_survives_the_deletion_of_its_anchor(site, door, time, reply):
    sub = Subreddit(reply)
    sub.things = [thing(n) for n in range(1, 301)]

    async def job(source):
        first = await walk(source, {}, most=1)
        stored = json.loads(json.dumps(dict(first[-1].cursor)))
        sub.things = [t for t in sub.things if t["data"]["name"] not in ("t3_201", "t3_202")]
        return first, await walk(source, stored)

    first, second = drive(site, door, time, reply, {"/r/kitchen/new": sub}, job)
    assert ids(first) | ids(second) >= {f"t3_{n}" for n in range(1, 301)}


def test_when_all_anchors_are_gone_the_sweep_starts_over(site, door, time, reply):
    sub = Subreddit(reply)
    sub.things = [thing(n) for n in range(1, 301)]

    async def job(source):
        first = await walk(source, {}, most=1)
        sub.things = [t for t in sub.things if not 200 < int(t["data"]["name"][3:]) < 210]
        return first, await walk(source, dict(first[-1].cursor))

    first, second = drive(site, door, time, reply, {"/r/kitchen/new": sub}, job)
    assert ids(first) | ids(second) == {f"t3_{n}" for n in range(1, 301)}


def test_the_depth_of_a_listing_is_told_as_a_gap(site, door, time, reply):
    sub = Subreddit(reply)
    sub.things = [thing(n) for n in range(1, 1001)]
    pages = drive(site, door, time, reply, {"/r/kitchen/new": sub}, lambda s: walk(s, {"r/kitchen/new": {"done": 5}}))
    assert "1,000" in pages[-1].gap


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (403, {}, AuthNeeded), (404, {}, Gone), (401, {}, AuthNeeded), (302, {"Location": "/subreddits/search"}, Gone),
        (429, {"Retry-After": "600"}, Throttled), (429, {"Retry-After": "Fri, 20 Nov 2026 13:00:00 GMT"}, Throttled),
    ],
)  # fmt: skip
def test_refusals_become_ours(site, door, time, reply, status, headers, kind):
    answer = reply("{}", status=status, headers={**AS_JSON, **headers})
    with pytest.raises(kind) as caught:
        drive(site, door, time, reply, {"/r/kitchen/new": answer}, lambda source: walk(source, {}))
    assert "the-secret" not in str(caught.value)


def test_praw_works_in_one_thread_that_is_not_the_loops(site, door, time, reply, monkeypatch):
    threads = []
    ask = PrawThread.ask
    monkeypatch.setattr(PrawThread, "ask", lambda *a: (threads.append(threading.current_thread().name), ask(*a))[1])
    sub = Subreddit(reply)
    sub.things = [thing(n) for n in range(1, 250)]
    drive(site, door, time, reply, {"/r/kitchen/new": sub}, lambda source: walk(source, {}))
    assert len(threads) == 3
    assert {name.partition("_")[0] for name in threads} == {"praw"}


def test_a_recheck_tells_what_is_gone(site, door, time, reply):
    listing = {"kind": "Listing", "data": {"after": None, "children": [
        thing(1, score=77), thing(2, selftext="[removed]", removed_by_category="moderator")]}}  # fmt: skip
    routes = {"/api/info": reply(json.dumps(listing), headers=AS_JSON)}

    async def job(source):
        return [page async for page in source.recheck(["t3_1", "t3_2", "t3_3"])]

    (page,) = drive(site, door, time, reply, routes, job)
    assert page.posts[0].engagement.likes == 77
    assert page.gone == ["t3_2", "t3_3"]


def test_fields_are_mapped_and_erased_ones_are_gone(recording):
    (page,) = Reddit.parse(recording("reddit.json"), "x")
    post, comment, reply_ = page.posts
    assert post.text == "Crisp air fryer smells of burning plastic\n\nThird day. **Is this safe?**"
    assert (post.engagement.likes, post.engagement.replies, post.engagement.shares) == (12, 4, 1)
    assert (comment.author, comment.parent) == (None, "t3_zz0003")
    assert (reply_.parent, reply_.engagement.likes) == ("t1_yy0001", None)
    assert page.gone == ["t3_zz0002"]


def test_a_cassette_is_read_and_its_refusals_are_told(recording):
    def exchange(path, status, body):
        request = {"uri": f"https://oauth.reddit.com/{path}"}
        return {"request": request, "response": {"status": {"code": status}, "body": {"string": body}}}

    answers = [
        exchange("api/v1/access_token", 200, "{}"),
        exchange("r/a/new", 200, recording("reddit.json").decode()),
        exchange("r/b/new", 403, "{}"),
    ]
    listed, refused = Reddit.parse(json.dumps({"http_interactions": answers}).encode(), "cassette")
    assert len(listed.posts) == 3
    assert "HTTP 403" in refused.gap
    with pytest.raises(Malformed):
        list(Reddit.parse(b'{"kind": "t9"}', "x"))
