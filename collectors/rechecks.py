"""Look at known posts again: what their counts are now, and which are gone.

An outage raises and deletes nothing. A refusal costs the look and is told as a gap: the source goes on, whose walk has
just shown that it can be read.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from collectors.items import Harvest
from groundswell.errors import AuthNeeded, Gone, Malformed
from groundswell.types import Page

_PAGE = 50
_SPAN_S = 180.0
_PATIENCE = 3  # refusals in a row after which asking again is rude

Many = Callable[[list[str]], Awaitable[Harvest]]
One = Callable[[str], Awaitable[Harvest]]
"""Ask a source for posts by their external ids. Raises as `Http.get`."""


def groups(ids: Sequence[str], size: int) -> list[list[str]]:
    """The ids in their order, `size` together."""
    return [list(ids[start : start + size]) for start in range(0, len(ids), size)]


async def by_many(asked: Sequence[list[str]], ask: Many, pace: tuple[int, float]) -> AsyncIterator[Page]:
    """Ask for groups of posts, a page each. Those that a wholly read answer does not hold are gone."""
    most = _most(pace)
    for number, group in enumerate(asked[:most]):
        try:
            found = await ask(group)
        except (AuthNeeded, Gone, Malformed) as error:
            yield Page(posts=(), cursor={}, gap=_unasked(sum(map(len, asked[number:])), str(error)))
            return
        yield _page(found, [] if found.bad else group)
    if left := sum(map(len, asked[most:])):
        yield Page(posts=(), cursor={}, gap=_unasked(left, f"the pace allows {most} requests in a round"))


async def one_by_one(ids: Sequence[str], ask: One, pace: tuple[int, float]) -> AsyncIterator[Page]:
    """One request a post, fifty posts a page. A post is gone when `ask` raises Gone or finds it no more."""
    most, refusals = _most(pace), 0
    for group in groups(ids[:most], _PAGE):
        found, told = Harvest(), list[str]()
        for native in group:
            one, refusal = await _answered(ask, native)
            found = Harvest(posts=found.posts + one.posts, gone=found.gone + one.gone, bad=found.bad + one.bad)
            told += [] if one.bad else [native]
            refusals = refusals + 1 if refusal else 0
            if refusal is not None and refusals == _PATIENCE:
                yield _page(found, told)
                yield Page(posts=(), cursor={}, gap=_unasked(len(ids) - ids.index(native) - 1, str(refusal)))
                return
        yield _page(found, told)
    if len(ids) > most:
        yield Page(posts=(), cursor={}, gap=_unasked(len(ids) - most, f"the pace allows {most} requests in a round"))


def _most(pace: tuple[int, float]) -> int:
    """How many requests `pace` (requests, seconds) allows in three minutes: the walk for new posts waits meanwhile."""
    return max(int(_SPAN_S * pace[0] / pace[1]), 1)


async def _answered(ask: One, native: str) -> tuple[Harvest, AuthNeeded | None]:
    try:
        return await ask(native), None
    except Gone:
        return Harvest(), None
    except Malformed as error:
        return Harvest(bad=[error]), None
    except AuthNeeded as error:
        return Harvest(bad=[Malformed(native, str(error), error.hint)]), error


def _page(found: Harvest, told: Sequence[str]) -> Page:
    """What a look found; of `told` the source said all it knows, so what it did not show is gone."""
    alive = {post.external_id for post in found.posts}
    gone = dict.fromkeys([*(native for native in told if native not in alive), *found.gone])
    return Page(posts=found.posts, cursor={}, gone=list(gone), gap=found.gap)


def _unasked(count: int, why: str) -> str:
    return f"{count} known posts were not looked at again: {why}"
