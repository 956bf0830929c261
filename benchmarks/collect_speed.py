"""How fast posts come in: parse, privacy gate and store together, from a local server, and whether memory stays flat.

    python -m benchmarks.collect_speed --posts 20000 --runs 5
    python -m benchmarks.collect_speed --posts 1000000
    python -m benchmarks.collect_speed --posts 3000 --stages

A second process plays Bluesky's Jetstream as fast as it is read; the real collector, runner, gate and store take it in.
`--share` is the part of the posts that name the brand: the rest is parsed, matched and dropped, as most of a real
stream is. Prints posts a second, how late the event loop is, and after a tenth, a quarter, half and all of the posts
the highest resident memory so far (32 MiB of it are SQLite's cache, which fills first) and the speed since the mark
before. `--runs` repeats it with a new store and prints the median and the best, for machines with other work: the load
and the share of a core that was had stand beside each. `--stages` plays no server: it prints the processor time each
stage takes of a post, which a machine that is busy with other work changes little.
"""

import argparse
import asyncio
import json
import multiprocessing
import multiprocessing.connection
import os
import random
import resource
import secrets
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from aiohttp import web

from collectors import bluesky
from collectors.bluesky import Bluesky
from collectors.http import Http
from collectors.items import replayed
from collectors.rounds import Watch
from collectors.runner import Runner
from groundswell import clock
from groundswell.gate import Gate
from groundswell.types import Cursor, Page, Query
from storage.store import open_store

BRAND = "Halvero"
WORDS = (
    *("kettle", "lid", "leaks", "again", "support", "never", "answers", "boiled", "twice", "refund", "parcel", "late"),
    *("水壶", "漏水", "客服", "不理人", "包装", "很好"),
)
START = 1_700_000_000_000_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=50_000)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--stages", action="store_true")
    given = parser.parse_args()
    if given.stages:
        stages(given.posts, given.share)
        return
    speeds = [run(given.posts, given.share) for _ in range(given.runs)]
    if given.runs > 1:
        best, median = max(speeds), statistics.median(speeds)
        print(f"{given.runs} runs: median {median:,.0f}, best {best:,.0f} posts a second by the clock")


def run(posts: int, share: float) -> float:
    """Start the server, take everything in; returns posts a second by the clock."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(posts, share, theirs), daemon=True)
    server.start()
    try:
        return asyncio.run(measure(ours.recv(), posts))
    finally:
        server.terminate()
        server.join()


def stages(posts: int, share: float) -> None:
    """Take events through the stages one after another, in this thread, and say what each of them costs."""
    dice, spent = random.Random(7), dict.fromkeys(("parse", "gate", "store"), 0.0)
    lines = [event(number, share, dice) for number in range(posts)]
    with tempfile.TemporaryDirectory() as folder:
        sink = Sink(Path(folder) / "stages.db", posts)
        for start in range(0, posts, 500):
            at = [time.thread_time()]
            found = replayed(map(json.loads, lines[start : start + 500]), bluesky._read, "stream").posts
            at.append(time.thread_time())
            gated = sink.gate(found)
            at.append(time.thread_time())
            sink.store.commit_page("bluesky", Page(posts=gated, cursor={"at": start}))
            at.append(time.thread_time())
            for name, began, ended in zip(spent, at, at[1:], strict=False):
                spent[name] += ended - began
        sink.store.close()
    told = ", ".join(f"{name} {seconds / posts * 1e6:.0f}" for name, seconds in spent.items())
    print(f"processor time of a post in microseconds: {told}; {posts / sum(spent.values()):,.0f} posts a second of it")


async def measure(port: int, posts: int) -> float:
    """Take in the whole stream and say how long it took; returns posts a second by the clock."""
    host = f"127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        sink = Sink(Path(folder) / "speed.db", posts)
        async with Http(clock.now, allow=(host,)) as http:
            source = Bluesky(
                http, clock.now, endpoint=f"http://{host}/subscribe", idle_s=60.0, appview=f"http://{host}"
            )
            watch = Watch(source="bluesky", collector=source, pages_per_round=10**9)
            began, cpu = time.perf_counter(), time.process_time()
            waits: list[float] = []
            probe = asyncio.create_task(feel(waits))
            states = await Runner([watch], sink, clock.now).once()
            probe.cancel()
            took, used = time.perf_counter() - began, time.process_time() - cpu
        kept = sink.store.status()["posts"]["inbox"]
        sink.store.close()
    seen = states["bluesky"].posts
    print(f"{states['bluesky'].outcome}: {seen} posts read, {kept} stored, {states['bluesky'].pages} pages")
    print(
        f"{seen / took:,.0f} posts a second by the clock ({took:.1f} s), {seen / used:,.0f} a second of processor time;"
        f" had {used / took:.0%} of a core, load {os.getloadavg()[0]:.1f}"
    )
    waits.sort()
    print(f"event loop late by {waits[len(waits) // 2]:.1f} ms (median), {waits[-1]:.0f} ms (worst, the machine's too)")
    return seen / took


async def feel(waits: list[float]) -> None:
    """Note by how many milliseconds the event loop is late, again and again."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        waits.append((time.perf_counter() - began) * 1000 - 5)


class Sink:
    """As the running monitor's: the gate in front of a real store file."""

    def __init__(self, path: Path, posts: int) -> None:
        self.store = open_store(path, clock.now)
        query = Query(brand=BRAND, any_terms=(BRAND, "禾维洛"))
        self.gate = Gate([query], secrets.token_bytes(32), frozenset(), self.store)
        self._marks = [posts // 10, posts // 4, posts // 2, posts]
        self._seen, self._last = 0, (0, time.perf_counter(), time.process_time())
        self._path = path

    def commit_page(self, source: str, page: Page) -> object:
        done = self.store.commit_page(source, replace(page, posts=self.gate(page.posts)))
        self._seen += len(page.posts)
        if self._marks and self._seen >= self._marks[0]:
            self._mark()
        return done

    def _mark(self) -> None:
        del self._marks[0]
        now = self._seen, time.perf_counter(), time.process_time()
        posts, took, used = (after - before for after, before in zip(now, self._last, strict=True))
        self._last = now
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = self._path.stat().st_size / 2**20
        told = (
            f"at {self._seen:,} posts: {memory:.0f} MiB resident at most, file {size:,.0f} MiB; since the mark before"
            f" {posts / took:,.0f} posts a second by the clock, {posts / used:,.0f} of processor time"
        )
        print(told, flush=True)

    def cursor(self, source: str) -> Cursor:
        return self.store.cursor(source)

    def source_failed(self, source: str, error: str, retry_at: datetime | None) -> object:
        raise SystemExit(f"{source}: {error}, again at {retry_at}")

    def throttled_until(self, _source: str) -> datetime | None:
        return None

    def due(self, source: str, spans: Sequence[tuple[datetime, datetime]], limit: int) -> list[str]:
        return self.store.arrived(source, spans, limit)

    def spent(self, source: str, day: date) -> int:
        return self.store.spent(source, day)

    def book(self, source: str, day: date, units: int, most: int) -> bool:
        return self.store.book(source, day, units, most)

    def inbox_depth(self) -> int:
        return 0  # nobody classifies here


def serve(posts: int, share: float, pipe: multiprocessing.connection.Connection) -> None:
    """Play a stream of invented posts on a free port, which is told through `pipe`."""

    async def subscribe(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        dice = random.Random(7)
        for number in range(posts):
            await socket.send_str(event(number, share, dice))
        await socket.close()
        return socket

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/subscribe", subscribe)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


def event(number: int, share: float, dice: random.Random) -> str:
    """One Jetstream event with about 20 words."""
    names = (BRAND, "禾维洛") if dice.random() < share else ("Kettle", "水壶")
    text = " ".join([dice.choice(names), *dice.choices(WORDS, k=19), str(number)])
    at = START + number * 1000
    made = datetime.fromtimestamp(at / 1e6, UTC).isoformat()
    record = {"text": text, "createdAt": made, "langs": ["en"]}
    commit = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": f"r{number}", "record": record}
    return json.dumps({"did": f"did:plc:{dice.randrange(10**5)}", "time_us": at, "kind": "commit", "commit": commit})


if __name__ == "__main__":
    main()
