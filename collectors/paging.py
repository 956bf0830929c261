"""Four ways to walk a source so that a crash or a budget cut at any page loses nothing.

Every walk yields Pages whose cursor, committed with the page, says where to go on. A page seen twice is harmless
(the store upserts), a page skipped is lost; so each walk moves its mark only over what was handed out.
"""

from asyncio import sleep
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self, TypeVar

from collectors.items import Harvest
from collectors.lanes import aside
from groundswell.errors import SourceError, Throttled, Unreachable
from groundswell.types import Cursor, Page, Post


class Expired(Exception):
    """Raised by a fetch whose position the source no longer knows: a stored one makes the sweep start over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One answer of a source on the way.

    `newest` and `oldest` are the sort keys (unix seconds or growing ids) of all items the answer held, None when it
    held none. `next` is the JSON-serialisable position of the following answer, None when there is none. `cut` says
    why the source stops here although older items may exist (a depth limit). `gap` is anything else not seen.
    """

    posts: Sequence[Post] = ()
    newest: int | None = None
    oldest: int | None = None
    next: object = None
    gone: Sequence[str] = field(default=())
    cut: str | None = None
    gap: str | None = None

    @classmethod
    def of(
        cls, found: Harvest, following: object = None, *, keys: Iterable[int] | None = None, cut: str | None = None
    ) -> Self:
        """What an answer came to; its sort keys are the times its posts were written at unless `keys` says others."""
        sorted_by = [unix(post.created_at) for post in found.posts] if keys is None else list(keys)
        return cls(
            posts=found.posts, newest=max(sorted_by, default=None), oldest=min(sorted_by, default=None),
            next=following, gone=found.gone, cut=cut, gap=found.gap,
        )  # fmt: skip


def unix(at: datetime, *, days_before: float = 0.0) -> int:
    """Whole unix seconds of a moment, or of one so many days before it."""
    return int((at - timedelta(days=days_before)).timestamp())


Fetch = Callable[[object], Awaitable[Batch]]
"""Takes the `next` of the batch before, None for the beginning."""


async def newest_first(
    cursor: Cursor, fetch: Fetch, *, overlap: int = 0, floor: int | None = None
) -> AsyncIterator[Page]:
    """Walk a listing that shows the newest first, downwards to what a finished sweep already covered.

    The cursor is {done, top, at}: everything up to `done` was covered by a finished sweep; `top` is the newest key of
    the running sweep and `at` where it stands. A sweep cut short resumes downwards before a new one starts at the
    top. `overlap` (in key units) is re-read below `done` for items indexed late; `floor` ends the very first sweep.
    """
    done, top, at = _integer(cursor.get("done")), _integer(cursor.get("top")), cursor.get("at")
    done = floor if done is None else done
    resumed, seen, lowest = at is not None, [at], None
    while True:
        try:
            batch = await fetch(at)
        except Expired:
            if resumed and len(seen) == 1:
                resumed, at, seen = False, None, [None]
                continue
            raise Unreachable("the source lost its place in the listing", "the next round starts it again") from None
        top, lowest = _largest(top, batch.newest), batch.oldest or lowest
        if _is_finished(batch, seen, done, overlap):
            is_short = batch.cut is not None and done is not None and (batch.oldest is None or batch.oldest > done)
            gap = f"{batch.cut}{_span(done, batch.oldest or lowest)}" if is_short else None
            done = _largest(done, top)
            yield _page(batch, {"done": done}, gap)
            if not resumed:
                return
            resumed, top, at, seen = False, None, None, [None]
        else:
            at = batch.next
            seen.append(at)
            yield _page(batch, {"done": done, "top": top, "at": at}, None)


def _is_finished(batch: Batch, seen: Sequence[object], done: int | None, overlap: int) -> bool:
    if batch.next is None or batch.next in seen:  # the end, or a source that repeats its token for ever
        return True
    return done is not None and batch.oldest is not None and batch.oldest < done - overlap


async def token(cursor: Cursor, fetch: Fetch, *, overlap: int = 0, floor: int | None = None) -> AsyncIterator[Page]:
    """As `newest_first`, for opaque tokens that die silently: a stored token answered by nothing starts over."""
    stored = cursor.get("at")

    async def careful(at: object) -> Batch:
        batch = await fetch(at)
        if at is not None and at == stored and batch.newest is None and not batch.gone:
            raise Expired
        return batch

    async for page in newest_first(cursor, careful, overlap=overlap, floor=floor):
        yield page


async def forward(cursor: Cursor, fetch: Fetch) -> AsyncIterator[Page]:
    """Walk a source that shows the oldest first. The cursor is {after}: the `next` of the last batch.

    Here `next` is the position behind the batch; None or an unchanged one means "nothing newer yet".
    """
    after = cursor.get("after")
    seen = [after]
    while True:
        batch = await fetch(after)
        ended = batch.next is None or batch.next in seen
        after = after if batch.next is None else batch.next
        seen.append(after)
        yield _page(batch, {"after": after} if after is not None else {}, batch.cut)
        if ended:
            return


K = TypeVar("K", int, str)


def position(after: object, start: K) -> tuple[K, int]:
    """For `forward` over a list asked by key, oldest first: the key to ask from, and which page of what follows it."""
    if isinstance(after, list) and len(after) == 2 and type(after[0]) is type(start) and isinstance(after[1], int):
        return after[0], after[1]
    return start, 1


def behind(since: K, page: int, keys: Sequence[K], is_full: bool) -> list[object] | None:
    """The position behind a page with these keys: the largest one, or the next page where all share the key asked."""
    last = max(keys, default=None)
    if is_full:
        return [last, 1] if last is not None and last > since else [since, page + 1]
    return None if last is None else [last, 1]


_TURN = 50  # events taken off a stream between two turns of the event loop

Listen = Callable[[int | None], AsyncIterator[tuple[int, object]]]
"""Takes the position to begin at, None for now; yields (position, event) in order, at least once each."""


async def follow(
    cursor: Cursor,
    listen: Listen,
    read: Callable[[Sequence[object]], Batch],
    *,
    rewind: int = 0,
    size: int = 500,
    until: int | None = None,
    lost: Callable[[int, int], str | None] = lambda _last, _first: None,
) -> AsyncIterator[Page]:
    """Walk a stream of events until it ends or reaches `until`. The cursor is {at}: the last position handed out.

    A taken-up stream begins `rewind` before that, for events that arrive late. `lost` tells, from the last position
    known and the first one given, which span the source has forgotten. `read` runs in a worker thread.
    """
    last, gap, events, is_first = _integer(cursor.get("at")), None, list[object](), True
    async for position, event in listen(None if last is None else last - rewind):
        gap = lost(last, position) if is_first and last is not None else gap
        is_first, last = False, _largest(last, position)
        events.append(event)
        if len(events) % _TURN == 0:
            await sleep(0)  # a stream that has much to say must not keep the others from their turn
        has_caught_up = until is not None and position >= until
        if len(events) >= size or has_caught_up:
            yield _page(await aside(read, events), {"at": last}, gap)
            gap, events = None, []
            if has_caught_up:
                return
    last = until if last is None else last
    yield _page(await aside(read, events), {} if last is None else {"at": last}, gap)


Walk = Callable[[Cursor], AsyncIterator[Page]]


async def several(cursor: Cursor, walks: Mapping[str, Walk]) -> AsyncIterator[Page]:
    """Run several walks of one source one after another, each with its own part of the cursor.

    One part that fails does not keep the others from their turn; its error is raised at the end. Throttled is raised
    at once, since the parts share a host.
    """
    parts: dict[str, object] = {name: cursor[name] for name in walks if name in cursor}
    failed: SourceError | None = None
    for name, walk in walks.items():
        part = parts.get(name)
        try:
            async for page in walk(part if isinstance(part, Mapping) else {}):
                parts = {**parts, name: dict(page.cursor)}
                yield Page(posts=page.posts, cursor=parts, gone=page.gone, gap=page.gap)
        except Throttled:
            raise
        except SourceError as error:
            failed = failed or error
    if failed is not None:
        raise failed


def _page(batch: Batch, cursor: Cursor, gap: str | None) -> Page:
    gaps = [words for words in (gap, batch.gap) if words]
    return Page(posts=batch.posts, cursor=cursor, gone=batch.gone, gap="; ".join(gaps) or None)


def _span(first: int | None, last: int | None) -> str:
    """From when to when, where keys are unix seconds; "" where they are not."""
    if first is None or last is None or not 1e9 < first <= last < 4e9:
        return ""
    from_, to = (datetime.fromtimestamp(key, UTC).isoformat() for key in (first, last))
    return f" (from {from_} to {to})"


def _largest(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else max(a, b)


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
