"""X: what it costs, what it says, and what is looked at again."""

import asyncio
import json

import pytest

from collectors.x import X
from groundswell.errors import Malformed
from groundswell.types import Kind
from tests.collectors.walks import gone, ids


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
            source = spender(site, time)(http)
            _ = [page async for page in source.pages({})]
            return [[page async for page in source.recheck(known)] for _ in range(2)]

    first, second = asyncio.run(main())
    assert [len(ids(looks)) for looks in (first, second)] == [150, 50], "a fifth of a thousand reads"
    assert second[-1].gap.startswith("100 known posts were not looked at again")
    assert gone([*first, *second]) == []


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
