"""How long the event loop is kept from its turn while many sources bring large answers at once.

    python -m benchmarks.collect_lag --pages 5

A second process plays seven sources with answers of 1 to 5 MB, gzip'd: Reddit (praw, in its thread), Hacker News,
GitHub, Zendesk, a feed, a page with reviews and Bluesky's stream. The real collectors, runner, gate and store take them
in side by side, while a task on the same loop asks for a turn every 5 ms. Four things are printed of its waits: by the
clock; by the clock, but no more than the processor time that all threads of this process used meanwhile (what it would
have waited had the process never been kept from a core: on a machine with other work the two differ); by the processor
time the loop's own thread used in one turn (work that should have been in another thread); and, as a control, by the
clock on the loop of a third process that does nothing else: what the machine itself is late by.
"""

import argparse
import asyncio
import multiprocessing
import multiprocessing.connection
import multiprocessing.synchronize
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import collect_plays as plays
from benchmarks.collect_speed import Sink
from collectors.bluesky import Bluesky
from collectors.feeds import Feeds
from collectors.github import GitHub
from collectors.hackernews import HackerNews
from collectors.http import Http
from collectors.reddit import Reddit
from collectors.review_pages import ReviewPages
from collectors.rounds import Watch
from collectors.runner import Runner
from collectors.zendesk import Zendesk
from groundswell import clock
from groundswell.run import share_the_lock

PROBE_S = 0.005


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=5, help="of each source")
    given = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    waits, idle_waits = multiprocessing.Pipe()
    stop = multiprocessing.Event()
    others = [
        multiprocessing.Process(target=plays.serve, args=(theirs, given.pages), daemon=True),
        multiprocessing.Process(target=idle, args=(idle_waits, stop), daemon=True),
    ]
    for other in others:
        other.start()
    try:
        port = ours.recv()
        asyncio.run(measure(port, given.pages))
        stop.set()
        show("control: an idle loop, by the clock", waits.recv())
    finally:
        for other in others:
            other.terminate()
            other.join()


def watches(port: int, pages: int, http: Http) -> list[Watch]:
    """One source per address of this machine, so that each has its own pace."""
    url = [f"http://127.0.0.{n}:{port}" for n in range(2, 9)]
    made = (
        Reddit(http, clock.now, client_id="i", client_secret="s", user_agent="bench:groundswell:1",
               subreddits=["a"], reddit_url=url[0], oauth_url=url[0]),
        HackerNews(http, clock.now, page_size=1000, base=url[1], firebase=url[1]),
        GitHub(http, clock.now, repositories=["a/b"], comments=False, token="t", base=url[2]),
        Zendesk(http, clock.now, url=url[3], email="a@b.example", token="t"),
        Feeds(http, clock.now, url=f"{url[4]}/feed"),
        ReviewPages(http, clock.now, urls=[f"{url[5]}/reviews"]),
        Bluesky(http, clock.now, endpoint=f"{url[6]}/subscribe", idle_s=5.0, appview=url[6]),
    )  # fmt: skip
    return [Watch(source=c.name, collector=c, pages_per_round=pages) for c in made]


async def measure(port: int, pages: int) -> None:
    """Collect while a probe runs; print what came and how late the probe was."""
    waits = Waits()
    with tempfile.TemporaryDirectory() as folder:
        sink = Sink(Path(folder) / "lag.db", 10**9)
        allow = [f"127.0.0.{n}:{port}" for n in range(2, 9)]
        share_the_lock()
        probe = asyncio.create_task(feel(waits))
        async with Http(clock.now, allow=allow) as http:
            states = await Runner(watches(port, pages, http), sink, clock.now).once()
        probe.cancel()
        sink.store.close()
    print("posts read:", ", ".join(f"{name} {s.posts} ({s.error or s.outcome})" for name, s in states.items()))
    show("the collecting loop, by the clock", waits.late)
    show("the same, no more than the process used of the processor", waits.held)
    show("work in one turn of the loop, processor time", waits.work)


@dataclass(slots=True)
class Waits:
    """In ms, for each turn: how late it came, how much of that was this process's doing, what the loop itself did."""

    late: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)


async def feel(waits: Waits) -> None:
    """Note how late each turn comes."""
    while True:
        began, whole, own = time.perf_counter(), time.process_time(), time.thread_time()
        await asyncio.sleep(PROBE_S)
        late = (time.perf_counter() - began - PROBE_S) * 1000
        waits.late.append(late)
        waits.held.append(min(late, (time.process_time() - whole) * 1000))
        waits.work.append((time.thread_time() - own) * 1000)


def idle(pipe: multiprocessing.connection.Connection, stop: multiprocessing.synchronize.Event) -> None:
    """The same probe where nothing else is done."""

    async def run() -> list[float]:
        waits = Waits()
        probe = asyncio.create_task(feel(waits))
        while not stop.is_set():  # noqa: ASYNC110  it is another process's event
            await asyncio.sleep(0.2)
        probe.cancel()
        return waits.late

    pipe.send(asyncio.run(run()))


def show(what: str, waits: Sequence[float]) -> None:
    """One line: how the waits are spread, in ms."""
    ordered = sorted(waits)
    at = {name: ordered[min(int(len(ordered) * share), len(ordered) - 1)] for name, share in SHARES.items()}
    over = sum(wait > 50 for wait in ordered)
    spread = ", ".join(f"{name} {value:.1f}" for name, value in at.items())
    print(f"{what}: {spread}, worst {ordered[-1]:.1f} ms; {over} of {len(ordered)} over 50 ms")


SHARES = {"median": 0.5, "99 %": 0.99, "99.9 %": 0.999}

if __name__ == "__main__":
    main()
