import asyncio
import threading
from datetime import timedelta

import pytest

from collectors.ledger import STEPS, Ledger
from collectors.runner import Outcome, Runner, Watch
from groundswell.errors import AuthNeeded, Gone, Malformed, StorageError, Throttled, Unreachable
from groundswell.types import Engagement, Page, Post


class Memory:
    """A sink that keeps pages, and can be slow, full or broken."""

    def __init__(self):
        self.pages, self.cursors, self.failures = [], {}, []
        self.depth, self.on_commit = 0, None
        self.asked_due, self.aged, self.throttled = [], [], None

    def known(self, source="s0"):
        """What the source itself left in its cursor."""
        return Ledger.split(self.cursors[source])[0]

    def gaps(self):
        return [page.gap for _, page in self.pages if page.gap]

    def commit_page(self, source, page):
        if self.on_commit:
            self.on_commit(source, page)
        self.pages.append((source, page))
        self.cursors[source] = dict(page.cursor)

    def cursor(self, source):
        return self.cursors.get(source, {})

    def source_failed(self, source, error, retry_at):
        self.failures.append((source, error, retry_at))

    def throttled_until(self, source):
        return self.throttled

    def due(self, source, spans, limit):
        self.asked_due.append(spans)
        return self.aged

    def inbox_depth(self):
        return self.depth


class Counting:
    """Yields posts counted up from the cursor; raises what it is told to."""

    name, limit, terms = "counting", (1, 1.0), "none"

    def __init__(self, time, pages=3, error=None):
        self.time, self.count, self.error, self.rounds, self.closed = time, pages, error, 0, 0

    async def pages(self, cursor):
        self.rounds += 1
        number = cursor.get("n", 0)
        for _ in range(self.count):
            number += 1
            found = Post(source="counting", external_id=str(number), text="x", created_at=self.time.clock())
            yield Page(posts=[found], cursor={"n": number})
        if self.error:
            raise self.error

    async def close(self):
        self.closed += 1


def runner(time, sink, *collectors, **settings):
    watches = [
        Watch(source=f"s{n}", collector=c, interval_s=settings.pop("interval_s", 100.0), pages_per_round=50)
        for n, c in enumerate(collectors)
    ]
    return Runner(watches, sink, time.clock, sleep=time.sleep, **settings)


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
    assert stored.startswith("ValueError in test_runner.py:")
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


class Scripted:
    """Gives each round the posts it is told: a number, or (number, likes)."""

    name, limit, terms = "scripted", (1, 1.0), "none"

    def __init__(self, time, rounds):
        self.time, self.rounds, self.made, self.rechecked = time, iter(rounds), 0, []

    async def pages(self, cursor):
        assert set(cursor) <= {"n"}, "the runner's own memory is not the source's"
        said = next(self.rounds)
        count, likes = said if isinstance(said, tuple) else (said, 1)
        found = [
            Post(source="s0", external_id=str(self.made + n), text="x", created_at=self.time.clock(), author="a",
                 engagement=Engagement(likes=likes))
            for n in range(count)
        ]  # fmt: skip
        self.made += count
        yield Page(posts=found, cursor={"n": self.made})

    async def recheck(self, ids):
        self.rechecked.append(list(ids))
        yield Page(posts=(), cursor={}, gone=ids if len(ids) > 2 else ids[:1])


def rounds(time, sink, source, count):
    async def main():
        for _ in range(count):
            await runner(time, sink, source).once()  # a new runner each time: what it knows survives a restart
            time.clock.at += timedelta(minutes=15)

    asyncio.run(main())


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
