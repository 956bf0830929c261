"""The oracle: whatever a schedule of crashes, failures and cuts does, the store ends up with every post."""

import asyncio
import json
import random
from datetime import UTC, datetime

import pytest

from collectors.paging import Batch, Expired, forward, newest_first, several, token
from groundswell.errors import AuthNeeded, Throttled, Unreachable
from groundswell.types import Page, Post

AT = datetime(2026, 1, 1, tzinfo=UTC)
SCHEDULES = 2000


def post(number):
    return Post(source="s", external_id=str(number), text=f"post {number}", created_at=AT)


class Source:
    """A timeline of keys that grows by itself, may refuse a request, and pages in one of three styles."""

    def __init__(self, dice):
        self.dice, self.items, self.key = dice, [], 0
        self.size = dice.randint(3, 7)
        self.generation, self.is_silent = 0, False
        self.fails, self.is_calm = dice.choice((0.0, 0.1, 0.3)), False
        self.grow(dice.randint(0, 40))

    def grow(self, count):
        for _ in range(count):
            self.key += self.dice.choice((0, 1, 1, 2)) if self._ties() < 2 else 1
            self.items.append((self.key, len(self.items)))

    def _ties(self):
        return sum(key == self.key for key, _ in self.items[-3:])

    def _trouble(self):
        if self.dice.random() < 0.3:
            self.grow(self.dice.randint(0, 4))
        if self.dice.random() < self.fails:
            raise Unreachable("down")

    def _batch(self, found, following):
        keys = [key for key, _ in found]
        return Batch(
            posts=[post(number) for _, number in found], newest=max(keys, default=None), oldest=min(keys, default=None),
            next=following,
        )  # fmt: skip

    async def by_key(self, at):
        """Everything up to `at`, newest first; ties share a key, so the next page begins at the last key again."""
        self._trouble()
        below = [item for item in reversed(self.items) if at is None or item[0] <= at]
        found = below[: self.size]
        if len(below) <= self.size:
            return self._batch(found, None)
        oldest = found[-1][0]
        return self._batch(found, oldest - 1 if oldest == at else oldest)

    async def by_token(self, at):
        """Opaque tokens name a position in a frozen listing and die when the source restarts."""
        self._trouble()
        if not self.is_calm and self.dice.random() < 0.03:
            self.restart(is_silent=False)
        if at is None:
            start = len(self.items)
        else:
            generation, start = (int(part) for part in at.split(":"))
            if generation != self.generation:
                if not self.is_silent:
                    raise Expired
                return Batch()
        found = self.items[max(start - self.size, 0) : start][::-1]
        following = f"{self.generation}:{start - self.size}" if start > self.size else None
        return self._batch(found, following)

    def restart(self, is_silent):
        """All tokens given out so far die: with an error, or (between two looks) by answering nothing."""
        self.generation, self.is_silent = self.generation + 1, is_silent

    async def ascending(self, after):
        self._trouble()
        start = 0 if after is None else int(after)
        found = self.items[start : start + self.size]
        return self._batch(found, str(start + len(found)) if found else None)


async def live(walk, source, dice, most_rounds=40):
    """Rounds with page budgets and crashes before and after the commit, then calm ones to the end."""
    store, cursor = set(), {}
    for number in range(most_rounds):
        calm = number >= most_rounds - 3
        if calm:
            source.fails, source.is_calm = 0.0, True
        budget = 10_000 if calm else dice.randint(1, 4)
        pages = walk(json.loads(json.dumps(cursor)), source)
        try:
            async for page in pages:
                crash = None if calm else dice.choice((None,) * 8 + ("before", "after"))
                if crash == "before":
                    break
                store |= {item.external_id for item in page.posts}
                cursor = dict(page.cursor)
                budget -= 1
                if crash == "after" or budget <= 0:
                    break
        except Unreachable:
            pass
        finally:
            await pages.aclose()
        if not calm:
            source.grow(dice.randint(0, 3))
            if dice.random() < 0.2:
                source.restart(is_silent=True)
    return store


STYLES = {
    "newest_first": lambda cursor, source: newest_first(cursor, source.by_key),
    "token": lambda cursor, source: token(cursor, source.by_token),
    "forward": lambda cursor, source: forward(cursor, source.ascending),
}


@pytest.mark.parametrize("style", STYLES)
def test_no_schedule_loses_a_post(style):
    async def main():
        lost = {}
        for seed in range(SCHEDULES):
            dice = random.Random(seed)
            source = Source(dice)
            before_last = await live(STYLES[style], source, dice, most_rounds=10)
            missing = {str(number) for _, number in source.items} - before_last
            newest = {str(number) for _, number in source.items[-20:]}  # may have come after the last look
            if missing - newest:
                lost[seed] = sorted(missing - newest)
        return lost

    assert asyncio.run(main()) == {}


def test_the_naive_cursor_does_lose_posts_under_the_same_schedules():
    async def naive(cursor, source):
        done, at = cursor.get("done"), None
        while True:
            batch = await source.by_key(at)
            done_now = max(filter(None, (done, cursor.get("done"), batch.newest)), default=None)
            yield Page(posts=batch.posts, cursor={"done": done_now})
            done = done_now
            if batch.next is None or (cursor.get("done") and batch.oldest < cursor["done"]):
                return
            at = batch.next

    async def main():
        lost = 0
        for seed in range(200):
            dice = random.Random(seed)
            source = Source(dice)
            stored = await live(naive, source, dice, most_rounds=12)
            lost += bool({str(n) for _, n in source.items[:-20]} - stored)
        return lost

    assert asyncio.run(main()) > 20, "the oracle must be able to see a loss"


def gather(pages):
    async def main():
        return [page async for page in pages]

    return asyncio.run(main())


def test_a_finished_sweep_stops_at_what_it_knows():
    asked = []

    async def fetch(at):
        asked.append(at)
        top = 100 if at is None else at
        keys = range(top, top - 10, -1)
        return Batch(posts=[post(key) for key in keys], newest=top, oldest=top - 9, next=top - 10)

    pages = gather(newest_first({"done": 85}, fetch))
    assert asked == [None, 90]
    assert pages[-1].cursor == {"done": 100}


def test_overlap_reads_below_the_mark_again_for_late_items():
    async def fetch(at):
        top = 100 if at is None else at
        return Batch(posts=[post(top)], newest=top, oldest=top, next=top - 1)

    seen = {int(p.external_id) for page in gather(newest_first({"done": 98}, fetch, overlap=5)) for p in page.posts}
    assert {93, 94, 95} <= seen


def test_a_source_that_ends_too_early_is_told_as_a_gap():
    async def fetch(at):
        return Batch(posts=[post(100)], newest=100, oldest=100, cut="only 1,000 are listed")

    assert gather(newest_first({"done": 50}, fetch))[0].gap == "only 1,000 are listed"
    assert gather(newest_first({"done": 100}, fetch))[0].gap is None


@pytest.mark.parametrize("walk", [newest_first, token, forward])
def test_a_repeated_token_ends_the_walk(walk):
    async def fetch(at):
        return Batch(posts=[post(1)], newest=1, oldest=1, next="same")

    assert len(gather(walk({}, fetch))) == 2


def test_an_empty_page_with_a_further_cursor_is_no_end():
    async def fetch(at):
        return {None: Batch(next="a"), "a": Batch(posts=[post(1)], next="b"), "b": Batch()}[at]

    pages = gather(forward({}, fetch))
    assert [len(page.posts) for page in pages] == [0, 1, 0]
    assert pages[-1].cursor == {"after": "b"}


def test_one_failing_part_does_not_cost_the_others_their_turn():
    async def bad(cursor):
        raise AuthNeeded("private")
        yield

    async def good(cursor):
        yield Page(posts=[post(1)], cursor={"n": 1})

    async def main():
        walk = several({"old": 1}, {"bad": bad, "good": good})
        pages = [await anext(walk)]
        with pytest.raises(AuthNeeded):
            await anext(walk)
        return pages

    pages = asyncio.run(main())
    assert [dict(page.cursor) for page in pages] == [{"good": {"n": 1}}]


def test_a_throttled_host_ends_the_round_for_all_parts():
    asked = []

    async def slow(cursor):
        raise Throttled("h", AT)
        yield

    async def other(cursor):
        asked.append(1)
        yield Page(posts=(), cursor={})

    async def main():
        with pytest.raises(Throttled):
            await anext(several({}, {"slow": slow, "other": other}))

    asyncio.run(main())
    assert asked == []
