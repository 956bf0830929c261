"""`requests_per_day`: every request of a source is booked before it leaves, whatever kind it is, and for the day."""

import asyncio
import json
from contextlib import suppress
from datetime import timedelta

import pytest

from collectors.budget import Budget, requests_of
from collectors.reddit import Reddit
from collectors.rounds import Outcome, Watch
from collectors.runner import Runner
from collectors.youtube import YouTube
from groundswell.clock import now
from groundswell.errors import Exhausted, Unreachable
from groundswell.types import Page
from storage.store import open_store
from tests.collectors.paid import Fuse, Till, comments
from tests.collectors.test_reddit import AS_JSON, TOKEN, Subreddit, thing


class Lists:
    """A source that asks for /0, /1, … behind its cursor, a page each."""

    name, limit, terms = "lists", (10, 1.0), "none"

    def __init__(self, http, url):
        self.http, self.url = http, url

    async def pages(self, cursor):
        for number in range(cursor.get("n", 0), 9):
            await self.http.get(f"{self.url}/{number}")
            yield Page(posts=(), cursor={"n": number + 1})


def spent(path, day, name="s"):
    store = open_store(path, now)
    try:
        return store.spent(requests_of(name), day)
    finally:
        store.close()


def process(site, door, time, path, make, per_day):
    """One process that gives the source a round. Returns its state."""

    async def main():
        till, budget = Till(path, time.clock, Fuse()), Budget(time.clock, "s", per_day)
        async with door(site) as http:
            watch = Watch(source="s", collector=make(http.counted(budget)), requests=budget)
            try:
                return (await Runner([watch], till, time.clock, sleep=time.sleep).once())["s"]
            finally:
                till.store.close()

    return main()


def rounds(site, door, time, path, make, per_day, count):
    async def main():
        async with site:
            return [await process(site, door, time, path, make, per_day) for _ in range(count)]

    return asyncio.run(main())


def test_a_restart_goes_on_with_what_is_left_of_the_day(site, door, time, tmp_path, reply):
    for number in range(9):
        site.play(f"/{number}", reply("x"))
    today = time.clock().date()

    def make(http):
        return Lists(http, site.url())

    first, second = rounds(site, door, time, tmp_path / "s.db", make, 4, 2)
    assert (first.outcome, first.pages) == (Outcome.FAILED, 4)
    assert (second.outcome, second.pages) == (Outcome.FAILED, 0)
    assert "at most 4 a day" in second.error
    assert second.next_at.isoformat() == "2026-11-21T00:00:00+00:00"
    assert [request.path for request in site.asked] == ["/0", "/1", "/2", "/3"]
    time.clock.at += timedelta(days=1)
    rounds(site, door, time, tmp_path / "s.db", make, 4, 1)
    assert [request.path for request in site.asked][4:] == ["/4", "/5", "/6", "/7"]
    assert (spent(tmp_path / "s.db", today), spent(tmp_path / "s.db", time.clock().date())) == (4, 4)


def test_tries_that_failed_and_redirects_count_too(site, door, time, tmp_path, reply):
    site.play("/0", reply(status=301, headers={"Location": "/there"}))
    site.play("/there", reply(status=503), reply("x"))
    site.play("/1", reply(status=404))
    rounds(site, door, time, tmp_path / "s.db", lambda http: Lists(http, site.url()), 99, 1)
    assert len(site.asked) == spent(tmp_path / "s.db", time.clock().date()) == 5  # /0 and /there, both again, /1


def test_what_praw_asks_counts(site, door, time, tmp_path, reply):
    sub = Subreddit(reply)
    sub.things = [thing(number) for number in range(1, 351)]
    site.play("/api/v1/access_token", reply(TOKEN, headers=AS_JSON))
    site.play("/r/kitchen/new", sub)

    def make(http):
        return Reddit(
            http, time.clock, client_id="id", client_secret="the-secret", user_agent="test:groundswell:1",
            subreddits=["kitchen"], comments=False, reddit_url=site.url(), oauth_url=site.url(),
        )  # fmt: skip

    (state,) = rounds(site, door, time, tmp_path / "s.db", make, 3, 1)
    assert [request.path for request in site.asked] == ["/api/v1/access_token", *["/r/kitchen/new"] * 2]
    assert "at most 3 a day" in state.error


def test_a_request_that_another_budget_refuses_is_not_booked(site, door, time, tmp_path, reply):
    site.play("/youtube/v3/commentThreads", lambda request: comments(request, reply)[0])

    def make(http):
        return YouTube(http, time.clock, key="the-key", videos=["a"], units_per_day=2, base=site.url())

    states = rounds(site, door, time, tmp_path / "s.db", make, 9, 3)
    assert all("at most 2 a day" in state.error for state in states)
    assert len(site.asked) == spent(tmp_path / "s.db", time.clock().date()) == 2


@pytest.mark.parametrize("way", ["get", "post", "listen", "vet"])
def test_every_way_out_is_counted(site, door, time, reply, way):
    site.play("/0", reply(json.dumps({})))

    async def main():
        async with site, door(site) as http:
            counted = http.counted(Budget(time.clock, "s", 1))
            ways = {
                "get": lambda: counted.get(site.url("/0")), "post": lambda: counted.post(site.url("/0"), {}),
                "listen": lambda: anext(counted.listen(site.url("/0"), idle_s=1), None),
                "vet": lambda: counted.vet(*site.host.split(":")),
            }  # fmt: skip
            with suppress(Unreachable):  # /0 is no websocket
                await ways[way]()
            with pytest.raises(Exhausted):
                await ways[way]()
            await http.get(site.url("/0"))  # other sources have doors of their own

    asyncio.run(main())
    assert len(site.asked) == {"vet": 1}.get(way, 2)
