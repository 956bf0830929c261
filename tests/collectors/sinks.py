"""A sink that keeps pages in memory, sources that do as they are told, and a runner over both."""

import asyncio
from datetime import timedelta

from collectors.ledger import Ledger
from collectors.rounds import Watch
from collectors.runner import Runner
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
