"""What each walk does at its edges; tests/collectors/test_schedules.py walks them at random."""

import asyncio
from datetime import UTC, datetime

import pytest

from collectors.items import Deleted, Harvest, harvest
from collectors.paging import Batch, forward, newest_first, several, token
from collectors.rechecks import by_many, groups, one_by_one
from groundswell.errors import AuthNeeded, Gone, Malformed, Throttled, Unreachable
from groundswell.types import Page, Post
from tests.collectors.walks import gone

AT = datetime(2026, 1, 1, tzinfo=UTC)


def post(number):
    return Post(source="s", external_id=str(number), text=f"post {number}", created_at=AT)


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


def test_where_keys_are_times_the_gap_tells_its_span():
    async def fetch(at):
        if at is None:
            return Batch(posts=[post(9)], newest=1_795_000_900, oldest=1_795_000_600, next="more")
        return Batch(cut="only 1,000 are listed")

    (*_, last) = gather(newest_first({"done": 1_795_000_000}, fetch))
    assert last.gap == "only 1,000 are listed (from 2026-11-18T11:06:40+00:00 to 2026-11-18T11:16:40+00:00)"


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


# known posts looked at again


QUICK = (1000, 1.0)


def found(*names):
    return harvest([{"id": n} for n in names], lambda item: Deleted(item.id("id")), "x")


def test_refusals_in_a_row_end_the_look_and_one_alone_costs_itself():
    asked = []

    async def ask(native):
        asked.append(native)
        if native in ("2", "5", "6", "7"):
            raise AuthNeeded("HTTP 403")
        raise Gone("HTTP 404")

    pages = gather(one_by_one([str(n) for n in range(1, 11)], ask, QUICK))
    assert asked == ["1", "2", "3", "4", "5", "6", "7"]
    assert gone(pages) == ["1", "3", "4"]
    assert "3 known posts were not looked at again" in pages[-1].gap


def test_posts_that_cannot_be_read_are_neither_kept_nor_gone():
    async def ask(native):
        raise Malformed(native, "another answer")

    (page,) = gather(one_by_one(["1", "2"], ask, QUICK))
    assert (list(page.posts), page.gone) == ([], [])
    assert "2 items could not be read" in page.gap


def test_an_outage_in_the_middle_keeps_what_was_found_before_it():
    pages = []

    async def ask(group):
        if group == ["3"]:
            raise Unreachable("down")
        return Harvest()

    async def main():
        walk = by_many(groups(["1", "2", "3"], 2), ask, QUICK)
        pages.append(await anext(walk))
        with pytest.raises(Unreachable):
            await anext(walk)

    asyncio.run(main())
    assert gone(pages) == ["1", "2"]


def test_a_page_of_one_by_one_is_large_enough_for_a_fault_of_the_source_to_show():
    async def ask(native):
        raise Gone("HTTP 404: the interface moved")

    assert [len(page.gone) for page in gather(one_by_one([str(n) for n in range(120)], ask, QUICK))] == [50, 50, 20]


def test_a_slow_pace_bounds_the_look_and_says_so():
    async def ask(native):
        return found(native)

    pages = gather(one_by_one([str(n) for n in range(100)], ask, (20, 60.0)))
    assert gone(pages) == [str(n) for n in range(60)]
    assert pages[-1].gap == "40 known posts were not looked at again: the pace allows 60 requests in a round"
