"""A local server that plays large answers of seven sources, for benchmarks/collect_lag.py."""

import asyncio
import gzip
import json
import multiprocessing.connection
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

BRAND = "Halvero"
WORDS = (
    *("kettle", "lid", "leaks", "again", "support", "refund", "parcel", "late", "&amp;", "<b>hot</b>"),
    *("水壶", "漏水", "客服", "不理人"),
)
STOCK = " ".join(random.Random(5).choices(WORDS, k=100_000))
LONGEST = 60_000  # characters
AT = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
SHARE = 0.1  # of the posts name the brand: the rest is read, matched and dropped


def words(dice: random.Random, size: int) -> str:
    """Some text of about `size` characters."""
    start = dice.randrange(len(STOCK) - LONGEST)
    name = BRAND if dice.random() < SHARE else "Kettle"
    return f"{name} {STOCK[start : start + size].rpartition(' ')[0].partition(' ')[2]}"


def reddit(dice: random.Random, page: int) -> Any:
    """A hundred submissions of 20,000 characters, as a listing."""
    things = [
        {"kind": "t3", "data": {
            "name": f"t3_{page:03}{n:03}", "id": f"{page:03}{n:03}", "title": words(dice, 60),
            "selftext": words(dice, 20_000), "author": f"u{n}", "score": n, "num_comments": 3,
            "created_utc": (AT - timedelta(seconds=page * 100 + n)).timestamp(),
            "permalink": f"/r/a/comments/{page:03}{n:03}/x/",
        }}
        for n in range(100)
    ]  # fmt: skip
    return {"kind": "Listing", "data": {"children": things, "after": f"t3_{page:03}099"}}


def hackernews(dice: random.Random, page: int) -> Any:
    """A thousand comments with HTML, as Algolia answers."""
    hits = [
        {"objectID": str(10**6 + page * 1000 + n), "comment_text": f"<p>{words(dice, 1500)}</p>", "author": f"u{n}",
         "created_at_i": int((AT - timedelta(seconds=page * 1000 + n)).timestamp()), "points": None, "parent_id": 5,
         "_tags": ["comment"]}
        for n in range(1000)
    ]  # fmt: skip
    return {"hits": hits}


def github(dice: random.Random, page: int) -> Any:
    """A hundred issues of 30,000 characters."""
    return [
        {"id": page * 100 + n, "number": page * 100 + n, "title": words(dice, 60), "body": words(dice, 30_000),
         "html_url": f"https://github.com/a/b/issues/{page * 100 + n}",
         "user": {"login": f"u{n}"}, "comments": 1, "state": "open",
         "created_at": _iso(page * 100 + n), "updated_at": _iso(page * 100 + n)}
        for n in range(100)
    ]  # fmt: skip


def zendesk(dice: random.Random, page: int) -> Any:
    """A thousand tickets of 3,000 characters."""
    tickets = [
        {"id": page * 1000 + n, "subject": words(dice, 60), "description": words(dice, 3000), "status": "open",
         "created_at": _iso(n), "updated_at": _iso(n), "requester_id": n}
        for n in range(1000)
    ]  # fmt: skip
    return {"tickets": tickets, "after_cursor": f"c{page + 1}"}


def _iso(seconds: int) -> str:
    return (AT + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def feed(dice: random.Random, _page: int) -> str:
    """Five hundred entries as RSS."""
    items = "".join(
        f"<item><guid>f{n}</guid><title>{BRAND} {n}</title><link>https://news.example/{n}</link>"
        f"<description><![CDATA[<p>{words(dice, 2000)}</p>]]></description>"
        "<pubDate>Sat, 21 Nov 2026 10:00:00 GMT</pubDate></item>"
        for n in range(500)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{items}</channel></rss>'


def reviews(dice: random.Random, _page: int) -> str:
    """Five hundred reviews as JSON-LD on one page."""
    found = [
        {"@type": "Review", "reviewBody": words(dice, 1500), "datePublished": "2026-11-20", "author": f"u{n}",
         "reviewRating": {"ratingValue": 2}}
        for n in range(500)
    ]  # fmt: skip
    data = json.dumps({"@context": "https://schema.org", "@type": "Product", "name": BRAND, "review": found})
    return f'<html><head><script type="application/ld+json">{data}</script></head><body><p>x</p></body></html>'


def event(dice: random.Random, number: int) -> str:
    """One Jetstream event of the last minutes."""
    at = int((AT + timedelta(milliseconds=number)).timestamp() * 1e6)
    record = {"text": words(dice, 200), "createdAt": AT.isoformat(), "langs": ["en"]}
    commit = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": f"r{number}", "record": record}
    return json.dumps({"did": f"did:plc:{number % 999}", "time_us": at, "kind": "commit", "commit": commit})


Make = Callable[[random.Random, int], Any]


def serve(pipe: multiprocessing.connection.Connection, count: int) -> None:
    """Prepare `count` answers of each source, listen on one port of 127.0.0.2 to 127.0.0.8, tell it through `pipe`."""
    dice = random.Random(11)
    pages: dict[str, list[bytes]] = {}
    for name, make, number in (
        ("reddit", reddit, count), ("hackernews", hackernews, count), ("github", github, count),
        ("zendesk", zendesk, count), ("feed", feed, 1), ("reviews", reviews, 1),
    ):  # fmt: skip
        made = (make(dice, page) for page in range(number))  # type: ignore[operator]
        pages[name] = [gzip.compress((m if isinstance(m, str) else json.dumps(m)).encode(), 1) for m in made]
    events = [event(dice, number) for number in range(1000 * count)]
    asyncio.run(_listen(pages, events, pipe))


async def _listen(
    pages: dict[str, list[bytes]], events: list[str], pipe: multiprocessing.connection.Connection
) -> None:
    runner = web.AppRunner(_site(pages, events))
    await runner.setup()
    first = web.TCPSite(runner, "127.0.0.2", 0)
    await first.start()
    port = runner.addresses[0][1]
    for number in range(3, 9):
        await web.TCPSite(runner, f"127.0.0.{number}", port).start()
    pipe.send(port)
    await asyncio.Event().wait()


def _site(pages: dict[str, list[bytes]], events: list[str]) -> web.Application:
    def answer(name: str, page: int, kind: str) -> web.Response:
        made = pages[name]
        return web.Response(body=made[page % len(made)], headers={"Content-Encoding": "gzip", "Content-Type": kind})

    async def token(_: web.Request) -> web.Response:
        return web.json_response({"access_token": "t", "token_type": "bearer", "expires_in": 3600, "scope": "*"})

    async def play(request: web.Request) -> web.StreamResponse:
        query = request.query
        numbers = {
            "/r/a/new": ("reddit", int(query.get("after", "t3_-01")[3:6]) + 1),
            "/r/a/comments": ("reddit", 0),
            "/api/v1/search_by_date": ("hackernews", turns["hackernews"]),
            "/repos/a/b/issues": ("github", turns["github"]),
            "/api/v2/incremental/tickets/cursor.json": ("zendesk", int(query.get("cursor", "c0")[1:])),
            "/feed": ("feed", 0), "/reviews": ("reviews", 0),
        }  # fmt: skip
        if request.path not in numbers:
            return web.Response(status=404)
        name, page = numbers[request.path]
        turns[name] = page + 1
        kind = {"feed": "application/rss+xml", "reviews": "text/html; charset=utf-8"}.get(name, "application/json")
        return answer(name, page, kind)

    async def subscribe(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for line in events:
            await socket.send_str(line)
        await socket.close()
        return socket

    turns = {"hackernews": 0, "github": 0}
    app = web.Application()
    app.router.add_post("/api/v1/access_token", token)
    app.router.add_get("/subscribe", subscribe)
    app.router.add_get("/{tail:.*}", play)
    return app
