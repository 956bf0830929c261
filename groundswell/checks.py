"""The published checks every source must pass; run them over your own source as tests/collectors does over ours.

    from groundswell import checks
    checks.check_class(MySource)
    checks.check_parse(MySource, raw, "recorded.json")
    checks.check_malformed(MySource, raw)
    checks.check_retyped(MySource, raw)
    await checks.check_pages(lambda: MySource(http, clock, url=...))

Each raises CheckFailed saying what does not hold. They check values, not that keys are there.
"""

import inspect
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from types import GenericAlias, UnionType
from typing import Any, get_origin

from groundswell.clock import Clock, SettableClock
from groundswell.errors import GroundswellError, Malformed
from groundswell.types import Page, Post
from groundswell.variants import variants

_TAG = re.compile(r"</?(?:p|div|br|span|a|b|i|em|strong|ul|li|img|script|style|table)\b[^<>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#\d+|#x[0-9a-f]+);", re.IGNORECASE)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_NOISE = (
    b"", b"\x00", b"null", b"[]x", b"{", b'{"a":', b"[[[[", b"<html><title>Log in</title></html>", b"\xff\xfe\xfd",
    b"\x1f\x8b\x08\x00broken", b'"text"', b"[1, {}]", b"NaN", b"[" * 100_000, b"interactions:\n- 1\n- {request: 2}",
)  # fmt: skip
_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class CheckFailed(AssertionError):
    """A source does not keep the contract of collectors/contract.py."""


def _require(holds: object, problem: str) -> None:
    if not holds:
        raise CheckFailed(problem)


def check_class(cls: type) -> None:
    """Name, pace, terms, plain keyword options with annotations, a docstring that explains each of them."""
    name = getattr(cls, "name", None)
    _require(isinstance(name, str) and _NAME.fullmatch(name), f"{cls.__name__}.name: a short lower-case word")
    limit = getattr(cls, "limit", None)
    _require(isinstance(limit, tuple) and len(limit) == 2 and all(part > 0 for part in limit), f"{name}.limit: (n, s)")
    terms = getattr(cls, "terms", None)
    _require(isinstance(terms, str) and len(terms) > 10, f"{name}.terms: one sentence for the user")
    for parameter in _options(cls):
        _require(_is_plain(parameter.annotation), f"{name}: option {parameter.name} is no plain annotated value")
        documented = f"`{parameter.name}`" in (cls.__doc__ or "")
        _require(documented, f"{name}: option {parameter.name} is not explained in the class docstring")


def _options(cls: type) -> Iterator[inspect.Parameter]:
    for parameter in inspect.signature(cls, eval_str=True).parameters.values():
        _require(parameter.kind is not inspect.Parameter.VAR_KEYWORD, f"{cls.__name__}: no **options")
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            yield parameter


def _is_plain(annotation: Any) -> bool:
    if isinstance(annotation, UnionType | GenericAlias) or get_origin(annotation) is not None:
        return True
    return annotation in (str, int, float, bool)


def check_parse(cls: Any, raw: bytes, where: str) -> list[Page]:
    """Require that a recorded answer gives good posts, twice the same. Returns the pages for further checks."""
    clock: Clock = SettableClock(_AT)
    pages = list(cls.parse(raw, where, clock))
    check_values(pages, cls.name)
    again = list(cls.parse(raw, where, clock))
    _require(_ids(pages) == _ids(again), f"{cls.name}: parsing twice gives other ids")
    later = list(cls.parse(raw, "elsewhere", SettableClock(_AT + timedelta(days=1))))
    _require(_ids(pages) == _ids(later), f"{cls.name}: ids depend on the time or the name of the recording")
    return pages


def _ids(pages: Iterable[Page]) -> list[str]:
    return [post.external_id for page in pages for post in page.posts]


def check_values(pages: Iterable[Page], name: str, *, is_plain: bool = True, has_own_ids: bool = True) -> None:
    """Require unique ids on a page, UTC times, words and no HTML, a small JSON cursor, no post both there and gone.

    `is_plain` False allows tags in the text: where people talk about code, they are words. `has_own_ids` False allows
    one id for two posts, for recordings whose ids were changed.
    """
    for page in pages:
        encoded = json.dumps(dict(page.cursor), allow_nan=False)
        _require(json.loads(encoded) == dict(page.cursor), f"{name}: the cursor does not survive JSON")
        _require(len(encoded) < 200_000, f"{name}: a cursor of {len(encoded)} characters is not small")
        ids = [post.external_id for post in page.posts]
        _require(not has_own_ids or len(ids) == len(set(ids)), f"{name}: the same id twice on one page")
        _require(not set(ids) & set(page.gone), f"{name}: a post is both there and gone")
        _require(all(isinstance(i, str) and i for i in page.gone), f"{name}: gone holds something that is no id")
        _require(page.gap is None or page.gap.strip(), f"{name}: a gap without words")
        for post in page.posts:
            _check_post(post, f"{name}: {post.external_id}", is_plain)


def _check_post(post: Post, where: str, is_plain: bool) -> None:
    _require(post.source and post.external_id and post.external_id == post.external_id.strip(), f"{where}: bad id")
    _require(len(post.external_id) <= 600, f"{where}: an id of {len(post.external_id)} characters")
    _require(post.created_at.utcoffset() == timedelta(0), f"{where}: created_at is not UTC")
    _require(1990 <= post.created_at.year <= 2100, f"{where}: created_at {post.created_at.isoformat()}")
    _require(not is_plain or not _TAG.search(post.text), f"{where}: HTML tags are left in the text")
    _require(not is_plain or not _ENTITY.search(post.text), f"{where}: HTML entities are left in the text")
    _require(post.text == post.text.strip() and "\x00" not in post.text, f"{where}: text is not clean")
    post.text.encode()
    _require(post.parent != post.external_id, f"{where}: its own parent")
    _require(post.author is None or post.author.strip(), f"{where}: an empty author is None")
    _require(post.url is None or post.url.startswith(("http://", "https://")), f"{where}: url {post.url!r}")
    _require(post.brand == "" and not post.gated, f"{where}: brand and gated are the gate's to set")
    counts = (post.engagement.likes, post.engagement.replies, post.engagement.shares, post.engagement.views)
    _require(all(count is None or type(count) is int for count in counts), f"{where}: counts are whole or None")


def check_malformed(cls: Any, raw: bytes, *, cuts: int = 40) -> None:
    """Noise, cut-off and damaged copies of `raw` give pages or Malformed with a place, and no other exception."""
    step = max(len(raw) // cuts, 1)
    flipped = (raw[:i] + bytes([raw[i] ^ 0x5A]) + raw[i + 1 :] for i in range(0, len(raw), step))
    for sample in (*_NOISE, *(raw[:i] for i in range(0, len(raw), step)), *flipped):
        try:
            check_values(cls.parse(sample, "damaged", SettableClock(_AT)), cls.name)
        except Malformed as error:
            _require(error.where and str(error), f"{cls.name}: Malformed without a place")
        except CheckFailed:
            pass  # damaged words are still words
        except Exception as error:
            raise CheckFailed(f"{cls.name}: {type(error).__name__} for damaged input: {error}") from error


def check_retyped(cls: Any, raw: bytes) -> int:
    """Every field of a recording dropped, renamed and given other types: pages or Malformed, nothing else.

    Fields are those of JSON, elements and attributes of XML and HTML, headers of letters, columns of CSV
    (groundswell/variants.py). Returns how many copies were tried; 0 for a recording of another shape.
    """
    tried = 0
    for place, copy in variants(raw):
        tried += 1
        try:
            found = cls.parse(copy, "changed", SettableClock(_AT))
            check_values(found, cls.name, is_plain=False, has_own_ids=False)
        except Malformed as error:
            _require(error.where and str(error), f"{cls.name}: Malformed without a place")
        except Exception as error:
            raise CheckFailed(f"{cls.name}: {type(error).__name__} when {place} changes: {error}") from error
    return tried


async def check_pages(make: Callable[[], Any], *, most: int = 50) -> list[Page]:
    """Every page is good, and a walk taken up again from any page's cursor brings whatever that page did not.

    `make` builds a fresh collector over a source that stands still. Returns the pages of the whole walk.
    """
    whole = await _walk(make().pages({}), most)
    _require(whole, "no page at all: even a source with nothing new yields one page or raises")
    check_values(whole, getattr(make(), "name", "source"))
    everything = set(_ids(whole))
    seen: set[str] = set()
    for number, page in enumerate(whole):
        seen |= set(_ids([page]))
        cursor = json.loads(json.dumps(dict(page.cursor)))
        rest = await _walk(make().pages(cursor), most)
        lost = everything - seen - set(_ids(rest))
        _require(not lost, f"going on after page {number} loses {len(lost)} posts, e.g. {sorted(lost)[:3]}")
    return whole


async def _walk(pages: AsyncIterator[Page], most: int) -> list[Page]:
    found = []
    async for page in pages:
        found.append(page)
        _require(len(found) <= most, f"more than {most} pages: does the walk end?")
    return found


async def check_failure(make: Callable[[], Any]) -> GroundswellError:
    """Over a broken source a walk raises one of our errors, never ends as if there were nothing. Returns it."""
    try:
        pages = await _walk(make().pages({}), 50)
    except GroundswellError as error:
        return error
    raise CheckFailed(f"an outage became {len(pages)} pages")
