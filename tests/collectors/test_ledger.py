"""What the runner remembers of a source: what is usual there, and when known posts were looked at."""

import asyncio
from datetime import timedelta

from collectors.ledger import STEPS, Ledger
from groundswell.types import Page
from tests.collectors.sinks import Memory, Scripted, rounds, runner


def test_a_field_that_used_to_be_filled_and_goes_empty_is_told(time):
    sink = Memory()
    rounds(time, sink, Scripted(time, [40, 40, 40, (10, None), (30, None)]), 5)
    assert sink.gaps() == ["s0: fields likes are empty now"]


def test_a_field_that_was_never_filled_is_no_drift(time):
    sink = Memory()
    rounds(time, sink, Scripted(time, [(40, None)] * 6), 6)
    assert sink.gaps() == []


def test_a_field_that_comes_back_is_not_told_again(time):
    sink = Memory()
    rounds(time, sink, Scripted(time, [60, 60, (25, None), 60, 60]), 5)
    assert len(sink.gaps()) == 1


def test_nothing_where_there_used_to_be_much_is_told_once(time):
    sink = Memory()
    rounds(time, sink, Scripted(time, [12] * 8 + [0] * 6 + [12]), 15)
    assert len(sink.gaps()) == 1
    assert "rounds in a row brought nothing" in sink.gaps()[0]


def test_a_source_that_is_often_silent_raises_no_alarm(time):
    sink = Memory()
    rounds(time, sink, Scripted(time, ([12] + [0] * 5) * 6), 36)
    assert sink.gaps() == []


def test_known_posts_are_looked_at_again_by_age_and_their_deletion_told(time):
    sink, source = Memory(), Scripted(time, [1, 1, 0])
    rounds(time, sink, source, 1)
    assert sink.asked_due == [[]], "nothing is of age at the first look"
    sink.aged = ["7", "8"]
    rounds(time, sink, source, 1)
    at = time.clock() - timedelta(minutes=15)
    assert sink.asked_due[1] == [(at - timedelta(minutes=15) - step, at - step) for step in STEPS]
    assert source.rechecked == [["7", "8"]]
    assert [page.gone for _, page in sink.pages if page.gone] == [["7"]]
    assert sink.known() == {"n": 2}, "a recheck leaves the source's own cursor alone"


def test_a_damaged_memory_is_begun_anew():
    own, ledger = Ledger.split({"n": 1, "_runner": {"seen": 5, "unknown": 1}})
    assert (own, ledger.seen) == ({"n": 1}, 5)
    assert Ledger.split({"_runner": "nonsense"})[1].seen == 0


def test_a_second_look_that_finds_nothing_at_all_deletes_nothing(time):
    sink, source = Memory(), Scripted(time, [1, 1])
    sink.aged = [str(n) for n in range(30)]
    rounds(time, sink, source, 2)
    assert source.rechecked, "it did look"
    assert not any(page.gone for _, page in sink.pages)
    assert "none of 30 known posts" in sink.gaps()[0]


def test_stop_ends_a_second_look_behind_the_page_in_work(time):
    sink, source = Memory(), Scripted(time, [1, 1, 1])
    rounds(time, sink, source, 1)
    sink.aged, before = ["7"], Ledger.split(sink.cursors["s0"])[1].looked_at

    async def slowly(ids):
        for name in range(50):
            source.rechecked.append([name])
            yield Page(posts=(), cursor={}, gone=[str(name)])

    source.recheck = slowly

    async def main():
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        sink.on_commit = lambda _, page: loop.call_soon_threadsafe(stop.set) if page.gone else None
        await runner(time, sink, source).run(stop)

    asyncio.run(main())
    assert 1 <= len(source.rechecked) < 50
    assert Ledger.split(sink.cursors["s0"])[1].looked_at == before, "the next start looks at what was left"
