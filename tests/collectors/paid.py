"""Sources that cost, a store to book in, and places for a process to die at."""

import json

from collectors.rounds import Watch
from collectors.runner import Runner
from collectors.weibo_api import WeiboApi
from collectors.x import X
from collectors.youtube import YouTube
from groundswell.clock import now
from groundswell.privacy import gate
from groundswell.types import Page
from storage.store import open_store

SECRET = "the-token"


class Crash(BaseException):
    """Stands for a process that is no more: nobody handles it."""


class Fuse:
    """Crashes at the place of its number; `places` lists those that were passed."""

    def __init__(self, number=10**9):
        self.number, self.places = number, []

    def pass_(self, place):
        self.places.append(place)
        if len(self.places) == self.number:
            raise Crash(place)


class Till:
    """The gate and a real store, with places to crash at around each of its transactions."""

    def __init__(self, path, clock, fuse):
        self.store, self.fuse = open_store(path, clock), fuse

    def commit_page(self, source, page):
        self.fuse.pass_("before the commit")
        gated = [gate(post, "Acme", b"key") for post in page.posts]
        self.store.commit_page(source, Page(posts=gated, cursor=page.cursor, gone=page.gone, gap=page.gap))
        self.fuse.pass_("behind the commit")

    def book(self, source, day, units, most):
        what = "booking" if units > 0 else "giving back"
        self.fuse.pass_(f"before {what}")
        done = self.store.book(source, day, units, most)
        self.fuse.pass_(f"behind {what}")
        return done

    def __getattr__(self, name):
        return {"due": lambda *_: [], "inbox_depth": lambda: 0}.get(name) or getattr(self.store, name)


def tweets(request, reply):
    start, size = int(request.query.get("next_token", 0)), min(int(request.query["max_results"]), 60)
    numbers = range(1_900_000_000_000_000_000 - start, 1_900_000_000_000_000_000 - start - size, -1)
    data = [{"id": str(n), "text": "t", "author_id": "1"} for n in numbers]
    return reply(json.dumps({"data": data, "meta": {"next_token": str(start + size)}})), size


def comments(request, reply):
    at = int(request.query.get("pageToken", 0))
    snippet = {"textOriginal": "t", "publishedAt": f"2026-11-20T11:{50 - at:02}:00Z"}
    item = {"id": f"{request.query['videoId']}-{at}", "snippet": {"topLevelComment": {
        "id": f"{request.query['videoId']}-{at}", "snippet": snippet}}}  # fmt: skip
    return reply(json.dumps({"items": [item], **({"nextPageToken": str(at + 1)} if at < 9 else {})})), 1


def statuses(request, reply):
    top = int(request.query.get("max_id", 1000))
    made = [{"id": n, "text": "t", "created_at": "Wed Nov 18 17:46:55 +0800 2026"} for n in range(top, top - 3, -1)]
    return reply(json.dumps({"statuses": made})), 1


KINDS = {
    "money": (
        lambda http, time, url: X(http, time.clock, token=SECRET, query="q", dollars_per_day=1.25, base=url),
        "/2/tweets/search/recent", tweets, 250, 100,
    ),
    "units": (
        lambda http, time, url: YouTube(http, time.clock, key=SECRET, videos=["a"], units_per_day=5, base=url),
        "/youtube/v3/commentThreads", comments, 5, 1,
    ),
    "calls": (
        lambda http, time, url: WeiboApi(http, time.clock, token=SECRET, comments=False, calls_per_day=5, base=url),
        "/2/statuses/mentions.json", statuses, 5, 1,
    ),
}  # fmt: skip


async def process(kind, site, door, time, path, fuse):
    """One process: read until the budget ends, the walk does, or it dies. Returns the state of its round."""
    make, *_ = KINDS[kind]
    till, state = Till(path, time.clock, fuse), None
    try:
        async with door(site) as http:
            get = http.get

            async def fetch(*given, **more):
                answer = await get(*given, **more)
                fuse.pass_("behind the answer")
                return answer

            http.get = fetch
            watch = Watch(source="s", collector=make(http, time, site.url()))
            state = (await Runner([watch], till, time.clock, sleep=time.sleep).once())["s"]
    except* Crash:
        pass
    finally:
        till.store.close()
    return state


def booked(path):
    store = open_store(path, now)
    with store._file.read() as connection:
        found = connection.exec_driver_sql("SELECT sum(units) FROM spending").scalar() or 0
    store.close()
    return found
