"""X: what it costs, what it says, and what is looked at again."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from collectors.x import X
from groundswell.errors import Malformed, Throttled
from groundswell.types import Kind
from tests.collectors.walks import gone, ids


def listing(request, reply, total):
    start, size = int(request.query.get("next_token", 0)), int(request.query["max_results"])
    numbers = [1_900_000_000_000_000_000 - n for n in range(start, min(start + size, total))]
    data = [{"id": str(n), "text": "t", "author_id": "1"} for n in numbers]
    more = {"next_token": str(start + size)} if start + size < total else {}
    return reply(json.dumps({"data": data, "meta": more}))


def test_x_never_spends_more_than_its_budget_also_after_a_restart(site, door, time, reply):
    site.play("/2/tweets/search/recent", lambda request: listing(request, reply, 1000))
    seen = []

    async def spend(http, cursor):
        """One new process: read until the money ends; return the last cursor and until when to wait."""
        source = X(http, time.clock, token="the-token", query="q", dollars_per_day=1.25, base=site.url())
        try:
            async for page in source.pages(cursor):
                cursor = json.loads(json.dumps(dict(page.cursor)))
                seen.extend(ids([page]))
        except Throttled as error:
            return cursor, error.until
        raise AssertionError("the budget has no end")

    async def main():
        async with site, door(site) as http:
            cursor = {}
            for _ in range(3):
                cursor, until = await spend(http, cursor)
            before = len(seen)
            time.clock.at += timedelta(days=1)
            await spend(http, cursor)
            return before, until

    before, until = asyncio.run(main())
    assert before == 250
    assert len(set(seen)) == 500, "the next day goes on where the money ended"
    assert until == datetime(2026, 11, 21, tzinfo=UTC)


def test_x_reads_times_out_of_ids_and_knows_reposts(recording):
    (page,) = X.parse(recording("x.json"), "x")
    first, again, bare = page.posts
    assert (first.text, first.author, first.audience) == ("My kettle leaks & nobody answers", "mossy", 77)
    assert (again.kind, again.parent) == (Kind.REPOST, bare.external_id)
    assert bare.created_at.year == 2025
    assert next(X.parse(b'{"meta": {"result_count": 0}}', "x")).posts == []
    with pytest.raises(Malformed, match="Unauthorized"):
        list(X.parse(b'{"title": "Unauthorized", "status": 401}', "x"))


def spender(site, time):
    return lambda http: X(http, time.clock, token="the-token", query="q", dollars_per_day=5.0, base=site.url())


def tweets(numbers):
    made = [{"id": str(n), "text": "t", "created_at": "2026-11-18T09:00:00Z"} for n in numbers]
    return json.dumps({"data": made, "meta": {}})


def test_looks_at_x_cost_at_most_a_fifth_of_the_day_and_say_what_was_left_out(site, door, time, reply):
    site.play("/2/tweets", lambda request: reply(tweets(request.query["ids"].split(","))))
    site.play("/2/tweets/search/recent", reply(tweets([1])))
    known = [str(n) for n in range(1, 151)]

    async def main():
        async with site, door(site) as http:
            source, looks = spender(site, time)(http), []
            (page,) = [page async for page in source.pages({})]
            for _ in range(3):
                looks += [page async for page in source.recheck(known)]
            again = spender(site, time)(http)  # a restart from what was stored before the looks
            _ = [page async for page in again.pages(page.cursor)]
            return page.cursor, looks, [page async for page in again.recheck(known)]

    cursor, looks, after = asyncio.run(main())
    assert len(ids(looks)) == 200, "a fifth of a thousand reads"
    assert "50 known posts" in looks[1].gap
    assert looks[-1].gap is not None
    assert (cursor["reads"], cursor["looks"]) == (101, 100), "booked ahead: nothing is stored behind a look"
    assert len(ids(after)) == 100
    assert gone([*looks, *after]) == []


def test_when_x_shows_none_of_them_all_are_gone(site, door, time, reply):
    errors = [{"resource_type": "tweet", "title": "Not Found Error", "value": n} for n in "12"]
    site.play("/2/tweets", reply(json.dumps({"errors": errors})))
    site.play("/2/tweets/search/recent", reply(tweets([1])))

    async def main():
        async with site, door(site) as http:
            source = spender(site, time)(http)
            _ = [page async for page in source.pages({})]
            return [page async for page in source.recheck(["1", "2"])]

    assert gone(asyncio.run(main())) == ["1", "2"]
