"""Read the objects of an answer by type: what must be there raises Malformed, what may be missing is None."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self, TypeVar

from collectors.markup import clean
from groundswell.errors import Malformed
from groundswell.types import Post

_LARGEST = 2**53
K = TypeVar("K", int, str)


class Item:
    """A JSON object; keys may be dotted ("author.name"). Several keys mean: the first that is filled."""

    __slots__ = ("data", "where")

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, dict):
            raise Malformed(where, f"wanted an object, found {type(data).__name__}", "the source changed its answer")
        self.data, self.where = data, where

    def get(self, key: str) -> object:
        """Return whatever stands there, None when nothing does."""
        if "." not in key:
            return self.data.get(key)
        value: object = self.data
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def id(self, *keys: str) -> str:
        """Return a native id, text or number. Raises Malformed when missing."""
        for key in keys:
            value = self.get(key)
            if isinstance(value, int) and not isinstance(value, bool):
                return str(value)
            if isinstance(value, str) and value.strip():
                return clean(value)
        raise Malformed(f"{self.where}: {keys[0]}", "the id is missing", "the source changed its answer")

    def reference(self, *keys: str) -> str | None:
        """Return the id of something else, None when none stands there."""
        try:
            return self.id(*keys) if keys else None
        except Malformed:
            return None

    def text(self, *keys: str) -> str:
        """Return the first text that is not empty, trimmed; "" when there is none."""
        for key in keys:
            value = self.get(key)
            if isinstance(value, str) and value.strip():
                return clean(value)
        return ""

    def count(self, *keys: str) -> int | None:
        """Return a whole number, also when written as text; None when absent or no number."""
        value = self.number(*keys)
        return int(value) if value is not None and abs(value) < _LARGEST else None

    def number(self, *keys: str) -> float | None:
        """Return a finite number, also when written as text; None when absent or no number."""
        for key in keys:
            value = self.get(key)
            if isinstance(value, bool) or not isinstance(value, int | float | str):
                continue
            try:
                number = float(value)
            except (ValueError, OverflowError):
                continue
            if math.isfinite(number):
                return number
        return None

    def stars(self, *keys: str) -> float | None:
        """Return a rating of one to five; None when absent or outside of that."""
        value = self.number(*keys)
        return value if value is not None and 1 <= value <= 5 else None

    def flag(self, key: str) -> bool:
        """Whether true stands there; anything else is false."""
        return self.get(key) is True

    def time(self, *keys: str) -> datetime:
        """Return an aware UTC time from unix seconds or ISO 8601 (no zone: UTC). Raises Malformed when missing."""
        for key in keys:
            found = moment(self.get(key))
            if found is not None:
                return found
        raise Malformed(f"{self.where}: {keys[0]}", "no usable time", "the source changed its answer")

    def child(self, key: str) -> Self | None:
        """Return the object that stands there, None when none does."""
        value = self.get(key)
        return type(self)(value, f"{self.where}: {key}") if isinstance(value, dict) else None

    def list(self, key: str) -> list[object]:
        """Return a list. Raises Malformed when it is anything else."""
        value = self.get(key)
        if not isinstance(value, list):
            message = f"wanted a list, found {type(value).__name__}"
            raise Malformed(f"{self.where}: {key}", message, "another kind of answer than expected")
        return value


def moment(value: object) -> datetime | None:
    """Unix seconds or ISO 8601 as aware UTC; None for anything else or before 1980 or after 2100."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(value))
        elif isinstance(value, str) and len(value) >= 10:
            found = datetime.fromisoformat(value.strip())
        else:
            return None
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if 1980 <= found.year < 2100 else None


def paragraphs(*parts: str) -> str:
    """Join what is not empty, as a title and a body."""
    return "\n\n".join(part for part in parts if part)


def web(url: str) -> str | None:
    """Return the address when it is one of the web (http or https), None for anything else a source may say."""
    return url if url.startswith(("http://", "https://")) else None


def keys_of(listed: Iterable[object], read: Callable[[Item], K | None]) -> list[K]:
    """The sort keys of a list's objects. One that has none is left out: harvest() tells of it, no walk ends for it."""
    keys = list[K]()
    for data in listed:
        try:
            key = read(Item(data, "key"))
        except Malformed:
            continue
        keys += [] if key is None else [key]
    return keys


@dataclass(slots=True)
class Harvest:
    """What the items of one answer came to."""

    posts: list[Post] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    bad: list[Malformed] = field(default_factory=list)

    @property
    def gap(self) -> str | None:
        """Items that could not be read, as words; None when all could."""
        return f"{len(self.bad)} items could not be read, the first: {self.bad[0]}" if self.bad else None


@dataclass(frozen=True, slots=True)
class Deleted:
    """An item the source says exists no more; an id that ends in "/" means everything whose id begins so."""

    external_id: str


def harvest(items: Iterable[object], read: Callable[[Item], Post | Deleted | None], where: str) -> Harvest:
    """Turn every item into a Post, a deletion, or nothing; a bad item does not cost the good ones.

    Raises Malformed when there were items and none could be read: then the source changed, not the item.
    """
    result, total = Harvest(), 0
    for number, data in enumerate(items):
        total += 1
        try:
            found = read(Item(data, f"{where}: item {number}"))
        except Malformed as error:
            result.bad.append(error)
            continue
        if isinstance(found, Deleted):
            result.gone.append(found.external_id)
        elif found is not None:
            result.posts.append(found if found.parent != found.external_id else replace(found, parent=None))
    if result.bad and len(result.bad) == total:
        raise result.bad[0]
    return result


def replayed(events: Iterable[object], read: Callable[[Item], Post | Deleted | None], where: str) -> Harvest:
    """As `harvest`, for a stream: what came last of an id holds, and a deletion takes what stood before it."""
    posts, gone = dict[str, Post](), dict[str, None]()

    def note(item: Item) -> Post | Deleted | None:
        found = read(item)
        if isinstance(found, Deleted):
            prefix = found.external_id
            for known in [prefix] if not prefix.endswith("/") else [key for key in posts if key.startswith(prefix)]:
                posts.pop(known, None)
            gone[prefix] = None
        elif found is not None:
            gone.pop(found.external_id, None)
            posts[found.external_id] = found
        return found

    bad = harvest(events, note, where).bad
    return Harvest(posts=list(posts.values()), gone=list(gone), bad=bad)
