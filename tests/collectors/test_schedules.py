"""The oracle: whatever a schedule of crashes, failures, cuts, edits and deletions does, the store ends as the source.

Each style is walked 2,000 times over a source that changes by itself. A page is kept in memory as the real store
keeps it: posts upserted by id, then deletions, then the cursor, all or nothing.
"""

import asyncio
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from collectors.items import Deleted, replayed
from collectors.paging import Batch, Expired, follow, forward, newest_first, token
from groundswell.errors import Unreachable
from groundswell.types import Page, Post

AT = datetime(2026, 1, 1, tzinfo=UTC)
SCHEDULES, BLOCKS = 2000, 4
ROUNDS, CALM = 8, 3


def post(native, version):
    return Post(source="s", external_id=str(native), text=f"version {version}", created_at=AT)


@dataclass
class World:
    """What a source holds. Every change has a growing key; several changes may share one (the same second)."""

    dice: random.Random
    alive: dict[int, tuple[int, int]] = field(default_factory=dict)  # id → (key of the last change, version)
    log: list[tuple[int, int, int | None]] = field(default_factory=list)  # (key, id, version or None: deleted)
    key: int = 0
    born: int = 0
    is_silent: bool = False
    listings: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)
    is_calm: bool = False

    def __post_init__(self):
        self.size, self.fails = self.dice.randint(3, 6), self.dice.choice((0.0, 0.1, 0.3))
        self.change(self.dice.randint(0, 30))

    def change(self, count):
        for _ in range(count):
            ties = sum(key == self.key for key, _ in self.alive.values())
            self.key += self.dice.choice((0, 1, 2)) if ties < 2 else 1  # more ties than a page no listing can show
            what = self.dice.random()
            if what < 0.7 or not self.alive:
                self.born += 1
                self._set(self.born, 0)
            elif what < 0.85:
                native = self.dice.choice(list(self.alive))
                self._set(native, self.alive[native][1] + 1)
            else:
                native = self.dice.choice(list(self.alive))
                del self.alive[native]
                self.log.append((self.key, native, None))

    def _set(self, native, version):
        self.alive[native] = (self.key, version)
        self.log.append((self.key, native, version))

    def trouble(self):
        if self.is_calm:
            return
        if self.dice.random() < 0.3:
            self.change(self.dice.randint(0, 3))
        if self.dice.random() < self.fails:
            raise Unreachable("down")

    def newest(self):
        return sorted(((key, native, version) for native, (key, version) in self.alive.items()), reverse=True)

    def restart(self, *, is_silent):
        """All tokens given out so far die: with an error, or, between two looks, by answering nothing."""
        self.is_silent, self.listings = is_silent, {}


def batch(rows, following):
    keys = [key for key, _, _ in rows]
    return Batch(
        posts=[post(native, version) for _, native, version in rows], newest=max(keys, default=None),
        oldest=min(keys, default=None), next=following,
    )  # fmt: skip


def by_key(world):
    """Newest first, everything up to a key; ties share a page's end, so the next page begins at that key again."""

    async def fetch(at):
        world.trouble()
        below = [row for row in world.newest() if at is None or row[0] <= at]
        rows = below[: world.size]
        if len(below) <= world.size:
            return batch(rows, None)
        return batch(rows, rows[-1][0] - 1 if rows[-1][0] == at else rows[-1][0])

    return lambda cursor: newest_first(cursor, fetch)


def by_token(world):
    """Newest first behind opaque tokens that name a place in a frozen listing, and die with an error or in silence."""

    async def fetch(at):
        world.trouble()
        if not world.is_calm and world.dice.random() < 0.03:
            world.restart(is_silent=False)
        number, start = (int(part) for part in at.split(":")) if at else (world.dice.getrandbits(40), 0)
        if at is None:
            world.listings[number] = world.newest()
        elif number not in world.listings:
            if not world.is_silent:
                raise Expired
            return Batch()
        listing = world.listings[number]
        rows = listing[start : start + world.size]
        return batch(rows, f"{number}:{start + world.size}" if start + world.size < len(listing) else None)

    return lambda cursor: token(cursor, fetch)


def ascending(world):
    """Oldest change first behind a position in the log; what changed again is listed where it changed last."""

    async def fetch(after):
        world.trouble()
        start = int(after or 0)
        last = {native: place for place, (_, native, _) in enumerate(world.log)}
        places = [place for place in sorted(last.values()) if place >= start][: world.size]
        rows = [world.log[place] for place in places]
        return Batch(
            posts=[post(native, version) for _, native, version in rows if version is not None],
            gone=[str(native) for _, native, version in rows if version is None],
            next=str(places[-1] + 1) if places else None,
        )  # fmt: skip

    return lambda cursor: forward(cursor, fetch)


def stream(world):
    """Every change as an event, from a position a little before the last one; the line may drop at any event."""

    async def listen(start):
        for place in range(max(start or 0, 0), len(world.log)):
            if not world.is_calm and world.dice.random() < 0.1:
                world.trouble()
                return
            _, native, version = world.log[place]
            yield place, {"id": native, "version": version}

    def read(item):
        if item.get("version") is None:
            return Deleted(item.id("id"))
        return post(item.id("id"), item.get("version"))

    def gather(events):
        found = replayed(events, read, "stream")
        return Batch(posts=found.posts, gone=found.gone)

    rewind = world.dice.randint(0, 5)
    return lambda cursor: follow(cursor, listen, gather, rewind=rewind, size=world.size)


STYLES = {"newest_first": by_key, "token": by_token, "forward": ascending, "stream": stream}
TELLS_DELETIONS = ("forward", "stream")


@dataclass
class Store:
    posts: dict[str, str] = field(default_factory=dict)
    cursor: dict[str, object] = field(default_factory=dict)

    def commit(self, page):
        assert not {p.external_id for p in page.posts} & set(page.gone), "a post is both there and gone"
        self.posts |= {p.external_id: p.text for p in page.posts}
        for native in page.gone:
            self.posts.pop(native, None)
        self.cursor = json.loads(json.dumps(dict(page.cursor)))


async def round_(walk, store, dice, budget, is_calm):
    """One round: it may crash before or behind a commit, run out of budget, or meet an outage."""
    pages = walk(store.cursor)
    try:
        async for page in pages:
            crash = None if is_calm else dice.choice((None,) * 8 + ("before", "behind"))
            if crash == "before":
                return
            store.commit(page)
            budget -= 1
            if crash == "behind" or budget <= 0:
                return
    except Unreachable:
        return
    finally:
        await pages.aclose()


async def schedule(style, seed):
    dice = random.Random(seed)
    world, store = World(dice), Store()
    walk = STYLES[style](world)
    for _ in range(ROUNDS):
        await round_(walk, store, dice, dice.randint(1, 4), is_calm=False)
        world.change(dice.randint(0, 3))
        if dice.random() < 0.2:
            world.restart(is_silent=True)
    world.is_calm = True
    for _ in range(CALM):
        await round_(walk, store, dice, 10_000, is_calm=True)
    return world, store


def recheck(world, store):
    """What looking at every known post again does, for listings that tell no deletions."""
    known = [int(native) for native in store.posts]
    found = [post(n, world.alive[n][1]) for n in known if n in world.alive]
    store.commit(Page(posts=found, cursor=store.cursor, gone=[str(n) for n in known if n not in world.alive]))


@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.parametrize("style", STYLES)
def test_the_store_ends_as_the_source(style, block):
    async def main():
        wrong = {}
        for seed in range(block, SCHEDULES, BLOCKS):
            world, store = await schedule(style, seed)
            wanted = {str(n): f"version {version}" for n, (_, version) in world.alive.items()}
            kept = {native: text for native, text in store.posts.items() if native in wanted}
            if kept != wanted:
                wrong[seed] = sorted(set(wanted.items()) ^ set(kept.items()))[:3]
            if style not in TELLS_DELETIONS:
                recheck(world, store)
            if store.posts != wanted:
                wrong.setdefault(seed, sorted(set(store.posts) ^ set(wanted))[:3])
        return wrong

    assert asyncio.run(main()) == {}


def test_the_oracle_sees_the_loss_of_a_cursor_that_jumps_to_the_newest(monkeypatch):
    async def naive(cursor, fetch):
        done, at = cursor.get("done"), None
        top = done
        while True:
            found = await fetch(at)
            top = max(filter(None, (top, found.newest)), default=None)
            yield Page(posts=found.posts, cursor={"done": top})
            if found.next is None or (done is not None and found.oldest is not None and found.oldest < done):
                return
            at = found.next

    monkeypatch.setattr(f"{__name__}.newest_first", naive)

    async def main():
        lost = 0
        for seed in range(200):
            world, store = await schedule("newest_first", seed)
            lost += bool({str(native) for native in world.alive} - set(store.posts))
        return lost

    assert asyncio.run(main()) > 20
