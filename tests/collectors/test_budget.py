"""What sources cost: never more than the day allows, and never forgotten, wherever the process dies."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest

from collectors.rounds import Outcome
from groundswell.clock import SettableClock, now
from storage.store import open_store
from tests.collectors.paid import KINDS, SECRET, Fuse, booked, process, statuses, tweets

ROOT = Path(__file__).parents[2]


def day_of_crashes(kind, site, door, time, path, reply, number):
    """A day on which the process dies at place `number`; returns (cost, booked, the places that were passed)."""
    _, route, answer, _, _ = KINDS[kind]
    cost = 0

    def play(request):
        nonlocal cost
        made, price = answer(request, reply)
        cost += price
        return made

    async def main():
        site.play(route, play)
        async with site:
            fuse = Fuse(number)
            await process(kind, site, door, time, path, fuse)
            for _ in range(3):
                last = await process(kind, site, door, time, path, Fuse())
            assert last.outcome is Outcome.FAILED, "the budget ends before the source does"
            assert "budget" in last.error
            return fuse.places

    return asyncio.run(main()), cost, booked(path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_crash_at_any_place_forgets_no_cost_and_counts_at_most_one_request_twice(
    kind, site, door, time, tmp_path, reply
):
    _, _, _, most, request = KINDS[kind]
    number, seen = 0, set()
    open_store(tmp_path / "empty.db", time.clock).close()
    while True:
        number += 1
        path = shutil.copy(tmp_path / "empty.db", tmp_path / f"{number}.db")
        places, cost, kept = day_of_crashes(kind, site, door, time, path, reply, number)
        assert cost <= most, "the cap is a cap"
        assert cost <= kept <= cost + request, places[-1]
        if len(places) < number:
            break
        seen.add(places[-1])
    wanted = {"before booking", "behind booking", "behind the answer", "before the commit", "behind the commit"}
    assert seen == wanted | ({"before giving back", "behind giving back"} if kind == "money" else set())


def test_a_new_day_begins_at_midnight_where_the_source_counts(site, door, time, tmp_path, reply):
    site.play("/2/statuses/mentions.json", lambda request: statuses(request, reply)[0])

    async def main():
        async with site:
            for _ in range(2):
                state = await process("calls", site, door, time, tmp_path / "s.db", Fuse())
            before = len(site.asked)
            assert state.next_at.isoformat() == "2026-11-20T16:00:00+00:00", "midnight in China"
            time.clock.at = state.next_at
            await process("calls", site, door, time, tmp_path / "s.db", Fuse())
            return before, len(site.asked)

    assert asyncio.run(main()) == (5, 10)


@pytest.mark.parametrize(
    ("status", "cut", "left"), [(503, False, 0), (403, False, 0), (429, False, 0), (200, True, 200)]
)
def test_an_outage_spends_no_money_unless_posts_may_have_been_read(
    site, door, time, tmp_path, reply, status, cut, left
):
    site.play("/2/tweets/search/recent", reply(b"x" * 5000, status=status, cut=cut))

    async def main():
        async with site:
            assert (await process("money", site, door, time, tmp_path / "s.db", Fuse())).error

    asyncio.run(main())
    assert booked(tmp_path / "s.db") == left, "200: of 250 two tries of 100 can be had, and both may have cost"


def test_every_try_of_a_call_counts(site, door, time, tmp_path, reply):
    site.play("/2/statuses/mentions.json", reply(status=503))

    async def main():
        async with site:
            await process("calls", site, door, time, tmp_path / "s.db", Fuse())

    asyncio.run(main())
    assert len(site.asked) == booked(tmp_path / "s.db") == 4


def test_two_processes_share_one_budget(tmp_path):
    stores = [open_store(tmp_path / "s.db", now) for _ in range(2)]
    done = []
    threads = [
        threading.Thread(target=lambda s=store: done.extend(s.book("s", date(2026, 1, 2), 1, 15) for _ in range(10)))
        for store in stores
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == stores[0].spent("s", date(2026, 1, 2)) == 15
    stores[1].book("s", date(2026, 1, 2), -100, 15)
    assert stores[0].spent("s", date(2026, 1, 2)) == 0
    assert stores[0].spent("s", date(2026, 1, 3)) == 0
    for store in stores:
        store.close()


CONFIG = """
[[brands]]
name = "Acme"
any = ["acme"]
[[sources]]
name = "paid"
type = "x"
token = "env:X_TOKEN"
query = "q"
dollars_per_day = 1.25
base = "{url}"
[http]
allow = ["{host}"]
"""


def start(command, folder):
    given = {"X_TOKEN": SECRET, "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", "groundswell", *command], cwd=folder, env=given, **quiet)


@pytest.mark.kill
def test_a_process_killed_while_it_waits_for_a_paid_answer_has_booked_it_and_a_check_books_too(site, tmp_path, reply):
    children = []

    def play(request):
        if len(children) == 1:
            os.kill(children[0].pid, signal.SIGKILL)
        return tweets(request, reply)[0]

    async def main():
        async with site:
            (tmp_path / "groundswell.toml").write_text(CONFIG.format(url=site.url(), host=site.host))
            site.play("/2/tweets/search/recent", play)
            for command in (("collect",), ("check", "paid")):
                children.append(start(command, tmp_path))
                await asyncio.to_thread(children[-1].wait, 120)
                yield children[-1].returncode, booked(tmp_path / "groundswell.db")

    async def gather():
        return [found async for found in main()]

    assert asyncio.run(gather()) == [(-signal.SIGKILL, 100), (0, 160)], "60 posts came the second time"
    assert len(site.asked) == 2


def test_what_a_source_spent_is_kept_by_day(tmp_path):
    store = open_store(tmp_path / "s.db", SettableClock(now()))
    today = date(2026, 1, 2)
    assert store.book("s", today, 3, 5)
    assert not store.book("s", today, 3, 5)
    assert store.book("s", today + timedelta(days=1), 5, 5)
    assert (store.spent("s", today), store.spent("t", today)) == (3, 0)
    store.close()
