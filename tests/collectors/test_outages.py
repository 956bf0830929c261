"""Every source in the table when its place is away, refuses, or answers at length: nothing is lost or invented."""

import asyncio
import json
import threading

import pytest

from collectors.rounds import Watch
from collectors.runner import Runner
from groundswell import checks
from groundswell.errors import GroundswellError
from groundswell.types import Post
from tests.collectors.every import (
    OTHERWISE,
    PLAYED,
    RECORDINGS,
    SOURCES,
    answering,
    load,
    options,
    play,
    time_of,
)

FAULTS = {
    "429": lambda reply: reply(status=429, headers={"Retry-After": "7200"}),
    "429 until a date": lambda reply: reply(status=429, headers={"Retry-After": "Fri, 20 Nov 2026 15:00:00 GMT"}),
    "429 without a word": lambda reply: reply(status=429),
    "503": lambda reply: reply(status=503),
    "403": lambda reply: reply("{}", status=403, headers={"Content-Type": "application/json"}),
    "404": lambda reply: reply("{}", status=404, headers={"Content-Type": "application/json"}),
    "cut": lambda reply: reply(b'{"hits": [' + b" " * 4000, cut=True),
    "half": lambda reply: reply('{"hits": [{"objectID": "1', headers={"Content-Type": "application/json"}),
    "login": lambda reply: reply("<html><title>Log in</title><form><input type='password'></form></html>"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", [name for name in SOURCES if PLAYED.get(name)])
def test_an_outage_is_never_an_empty_result(name, fault, site, door, reply, tmp_path, monkeypatch):
    if name == "reddit":
        monkeypatch.setattr("time.sleep", lambda seconds: None)  # prawcore's own retries sleep

    async def main():
        async with site:
            play(name, site, FAULTS[fault](reply), reply=reply)
            async with door(site) as http:
                collector = load(name)(http, time_of(http), **options(name, site, tmp_path, b""))
                error = await checks.check_failure(lambda: collector)
                if hasattr(collector, "close"):
                    await collector.close()
                return error

    error = asyncio.run(main())
    assert isinstance(error, GroundswellError)
    assert "secret-value" not in str(error)


WALKED = [name for name in SOURCES if PLAYED.get(name) and name not in OTHERWISE]


@pytest.mark.parametrize("name", WALKED)
def test_a_source_that_was_away_for_a_moment_loses_nothing(name, site, door, reply, recording, tmp_path, monkeypatch):
    if name == "reddit":
        monkeypatch.setattr("time.sleep", lambda seconds: None)
    raw = recording(RECORDINGS[name])

    async def main():
        async with site:
            away = reply(status=503), reply(status=429, headers={"Retry-After": "1"})
            play(name, site, *away, answering(name, raw, reply), reply=reply)
            async with door(site) as http:
                collector = load(name)(http, time_of(http), **options(name, site, tmp_path, raw))
                found = set()
                for _ in range(3):  # praw waits for no 429 and a POST is sent once: the next round asks again
                    try:
                        async for page in collector.pages({}):
                            found |= {post.external_id.removeprefix("C1:") for post in page.posts}
                    except GroundswellError:
                        assert name in ("reddit", "github_discussions", "intercom")
                if hasattr(collector, "close"):
                    await collector.close()
                return found

    assert asyncio.run(main()) == {post.external_id for page in load(name).parse(raw, "x") for post in page.posts}


class ThreadSink:
    """Takes pages and notes in which threads."""

    def __init__(self):
        self.threads, self.posts = set(), 0

    def commit_page(self, source, page):
        self.threads.add(threading.get_ident())
        self.posts += len(page.posts)

    def cursor(self, source):
        self.threads.add(threading.get_ident())
        return {}

    def source_failed(self, source, error, retry_at):
        raise AssertionError(error)

    def throttled_until(self, source):
        return None

    def due(self, source, spans, limit):
        return []

    def spent(self, source, day):
        self.threads.add(threading.get_ident())
        return 0

    def book(self, source, day, units, most):
        self.threads.add(threading.get_ident())
        return True

    def inbox_depth(self):
        self.threads.add(threading.get_ident())
        return 0


@pytest.mark.parametrize("name", [name for name in SOURCES if name not in OTHERWISE])
def test_neither_reading_nor_storing_holds_up_the_event_loop(name, site, door, reply, recording, tmp_path, monkeypatch):
    raw, made = recording(RECORDINGS[name]), set()
    check = Post.__post_init__
    monkeypatch.setattr(Post, "__post_init__", lambda post: (made.add(threading.get_ident()), check(post))[1])
    sink = ThreadSink()

    async def main():
        async with site:
            play(name, site, answering(name, raw, reply), reply=reply)
            async with door(site) as http:
                collector = load(name)(http, time_of(http), **options(name, site, tmp_path, raw))
                await Runner([Watch(source=name, collector=collector)], sink, time_of(http)).once()

    asyncio.run(main())
    assert sink.posts >= 3
    assert made
    assert threading.get_ident() not in made | sink.threads


@pytest.mark.parametrize("name", [name for name in WALKED if RECORDINGS[name].endswith("json")])
def test_an_odd_item_in_a_list_costs_only_itself(name, site, door, reply, recording, tmp_path):
    data = json.loads(recording(RECORDINGS[name]))
    assert mixed(data, [None, "x", 7, [], {"id": None}]), "there is a list of items"
    raw = json.dumps(data).encode()

    async def main():
        async with site:
            play(name, site, answering(name, raw, reply), reply=reply)
            async with door(site) as http:
                collector = load(name)(http, time_of(http), **options(name, site, tmp_path, raw))
                pages = [page async for page in collector.pages({})]
                if hasattr(collector, "close"):
                    await collector.close()
                return {post.external_id.removeprefix("C1:") for page in pages for post in page.posts}

    good = {post.external_id for page in load(name).parse(recording(RECORDINGS[name]), "x") for post in page.posts}
    assert asyncio.run(main()) == good


def mixed(data, odd):
    """Put odd items into the first list of several objects; False where there is none."""
    waiting = [data]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, list) and len(value) > 1 and all(isinstance(part, dict) for part in value):
            value[1:1] = odd
            return True
        waiting += list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return False
