import asyncio
import threading
from datetime import timedelta

import pytest

from collectors.rounds import Outcome
from groundswell.errors import AuthNeeded, Gone, Malformed, StorageError, Throttled, Unreachable
from tests.collectors.sinks import Counting, Memory, runner


def test_one_round_commits_every_page_with_its_cursor(time):
    sink, source = Memory(), Counting(time)
    states = asyncio.run(runner(time, sink, source).once())
    assert [page.cursor["n"] for _, page in sink.pages if page.posts] == [1, 2, 3]
    assert states["s0"].outcome is Outcome.DONE
    assert (states["s0"].pages, states["s0"].posts, source.closed) == (3, 3, 1)


def test_a_failing_source_does_not_silence_its_neighbours(time):
    sink = Memory()
    states = asyncio.run(runner(time, sink, Counting(time, 1, ValueError("a bug")), Counting(time, 2)).once())
    assert states["s0"].outcome is Outcome.FAILED
    assert states["s1"].outcome is Outcome.DONE
    assert sum(len(page.posts) for _, page in sink.pages) == 3, "the page before the bug stays"
    assert sink.failures[0][0] == "s0"


def test_the_words_of_a_bug_are_neither_logged_nor_stored_but_its_place_is(time, caplog):
    sink, secret = Memory(), "https://a.example/botSECRET/ My kettle leaks"
    asyncio.run(runner(time, sink, Counting(time, 1, ValueError(secret))).once())
    ((_, stored, _),) = sink.failures
    assert stored.startswith("ValueError in sinks.py:")
    said = stored + caplog.text
    assert "SECRET" not in said
    assert "kettle" not in said
    assert "raise self.error" in caplog.text, "the frames are there to be reported"


@pytest.mark.parametrize("kind", [AuthNeeded, Gone])
def test_three_refusals_in_a_row_open_the_circuit(time, kind):
    sink, source = Memory(), Counting(time, 0, kind("no"))
    stop = asyncio.Event()

    async def main():
        run = runner(time, sink, source)
        task = asyncio.create_task(run.run(stop))
        while len(sink.failures) < 3:  # noqa: ASYNC110  the fake sleep gives no event to wait for
            await asyncio.sleep(0)
        for _ in range(200):
            await asyncio.sleep(0)
        stop.set()
        await task
        return run.states()["s0"]

    state = asyncio.run(main())
    assert source.rounds == 3
    assert state.outcome is Outcome.STOPPED
    assert sink.failures[-1][2] is None
    assert "stopped after 3" in sink.failures[-1][1]


def test_throttled_waits_until_the_time_that_was_asked_for(time):
    until = time.clock() + timedelta(hours=2)
    states = asyncio.run(runner(time, Memory(), Counting(time, 0, Throttled("h", until))).once())
    assert states["s0"].next_at == until
    assert states["s0"].refusals == 0


def test_what_a_source_asked_of_a_process_that_is_no_more_is_kept(time):
    sink, source = Memory(), Counting(time)
    sink.throttled = time.clock() + timedelta(minutes=10)
    state = asyncio.run(runner(time, sink, source).once())["s0"]
    assert (source.rounds, state.next_at) == (0, sink.throttled), "it is not even asked"
    time.clock.at = sink.throttled
    assert asyncio.run(runner(time, sink, source).once())["s0"].outcome is Outcome.DONE


def test_trouble_backs_off_and_malformed_backs_off_slower(time):
    async def delays(error):
        run = runner(time, Memory(), Counting(time, 0, error))
        found = []
        for _ in range(4):
            await run.once()
            found.append((run.states()["s0"].next_at - time.clock()).total_seconds())
        return found

    assert asyncio.run(delays(Unreachable("down"))) == [30, 60, 120, 240]
    assert asyncio.run(delays(Malformed("x", "changed"))) == [100, 200, 400, 800]


def test_a_full_inbox_pauses_one_round_without_asking(time):
    sink, source = Memory(), Counting(time)
    sink.depth = 10
    states = asyncio.run(runner(time, sink, source, inbox_bound=5).once())
    assert states["s0"].outcome is Outcome.PAUSED
    assert sink.pages == []


def test_a_running_source_goes_on_when_the_inbox_is_worked_off(time):
    sink, source = Memory(), Counting(time)
    sink.on_commit = lambda *_: setattr(sink, "depth", 10)

    async def main():
        stop = asyncio.Event()
        task = asyncio.create_task(runner(time, sink, source, inbox_bound=5, interval_s=10_000.0).run(stop))
        while len(sink.pages) < 3:
            await asyncio.sleep(0)
            if time.naps and time.naps[-1] == 1.0:
                sink.depth = 0
        stop.set()
        await task

    asyncio.run(main())
    assert 1.0 in time.naps


def test_a_cancelled_run_finishes_the_commit_it_is_in(time):
    sink, source = Memory(), Counting(time, 10)
    entered, release = threading.Event(), threading.Event()

    def slow(*_):
        entered.set()
        release.wait(5)

    sink.on_commit = slow

    async def main():
        task = asyncio.create_task(runner(time, sink, source).run(asyncio.Event()))
        await asyncio.to_thread(entered.wait, 5)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
        release.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert sink.known() == {"n": 1}, "exactly the page in work was committed"


def test_stop_ends_behind_the_page_in_work(time):
    sink, source = Memory(), Counting(time, 10)

    async def main():
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        sink.on_commit = lambda *_: loop.call_soon_threadsafe(stop.set)
        await runner(time, sink, source).run(stop)

    asyncio.run(main())
    assert 1 <= len(sink.pages) < 10


def test_a_broken_store_ends_the_run_loudly(time):
    sink = Memory()

    def broken(*_):
        raise StorageError("disk full", "make room")

    sink.on_commit = broken
    with pytest.raises(StorageError, match="disk full"):
        asyncio.run(runner(time, sink, Counting(time)).once())
    assert sink.failures == [], "the source is not to blame"
