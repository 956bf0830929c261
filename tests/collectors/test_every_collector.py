"""Every source in the table passes the published checks, over a local server that plays our own recordings."""

import asyncio
import functools
import importlib
import json
import re
import threading
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from collectors.runner import Runner, Watch
from groundswell import checks, plugins
from groundswell.errors import GroundswellError
from groundswell.types import Post

SOURCES = plugins.BUILT_IN["groundswell.collectors"]

RECORDINGS = {
    **{name: f"{name}.json" for name in SOURCES},
    "bluesky": "bluesky.jsonl", "feeds": "feeds.xml", "files": "files.csv", "mail": "mail.mbox",
    "imap": "imap.mbox", "mediacrawler": "mediacrawler.jsonl", "reddit_atom": "reddit_atom.xml",
    "review_pages": "review_pages.html", "weibosearch": "weibosearch.csv", "zeeschuimer": "zeeschuimer.ndjson",
}  # fmt: skip
FROM_FILE = ("files", "mail", "weibo", "bilibili", "mediacrawler", "weibosearch", "zeeschuimer")
ORIGINS = {"github_discussions": {"github"},
           "reddit_atom": {"reddit"}, "weibo_api": {"weibo"}, "weibosearch": {"weibo"},
           "zeeschuimer": {"xiaohongshu", "douyin", "x"}}  # fmt: skip
"""Sources whose posts are those of another source, so that the same post is the same post."""
OTHERWISE = ("bluesky", "imap", "webhook")  # walked in their own tests: they do not ask by HTTP


def load(name):
    module, _, attribute = SOURCES[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


@functools.cache
def private_key(kind):
    made = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    shape = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return made.private_bytes(serialization.Encoding.PEM, *shape).decode()


def apple_key(tmp_path):
    (tmp_path / "AuthKey.p8").write_text(private_key("ec"))
    return str(tmp_path / "AuthKey.p8")


def google_key(tmp_path, url):
    key = {"client_email": "a@b.example", "private_key": private_key("rsa"), "token_uri": f"{url}/token"}
    (tmp_path / "key.json").write_text(json.dumps(key))
    return str(tmp_path / "key.json")


def options(name, site, tmp_path, raw):
    """What a collector needs to read the local site, or a file."""
    if name in FROM_FILE:
        path = tmp_path / RECORDINGS[name]
        path.write_bytes(raw)
        return {"path": str(path), **({"platform": "xhs"} if name == "mediacrawler" else {})}
    secret, url = "secret-value", site.url()
    return {
        "appstore": {"app": 1, "base": url}, "bluesky": {"endpoint": f"{url}/subscribe", "idle_s": 0.2},
        "appstoreconnect": {"apps": [1], "issuer": "i", "key_id": "k", "key_file": apple_key(tmp_path), "base": url},
        "github_discussions": {"repositories": ["a/b"], "token": secret, "base": url},
        "googlebusiness": {"locations": ["accounts/1/locations/2"], "client_id": "i", "client_secret": secret,
                           "refresh_token": secret, "base": url, "token_url": f"{url}/token"},
        "googleplay": {"package": "a.b", "key_file": google_key(tmp_path, url), "base": url},
        "imap": {"host": "127.0.0.1", "user": "u", "password": secret},
        "reddit_atom": {"subreddits": ["kitchen"], "base": url},
        "review_pages": {"urls": [site.url("/reviews")]},
        "slack": {"token": secret, "channels": ["C1"], "base": url},
        "trustpilot": {"business_unit": "b1", "key": secret, "base": url},
        "webhook": {"secret": "secret-value-of-16"}, "weibo_api": {"token": secret, "base": url, "comments": False},
        "discourse": {"url": url, "key": secret}, "feeds": {"url": site.url("/feed")},
        "github": {"repositories": ["a/b"], "comments": False, "token": secret, "base": url},
        "hackernews": {"base": url, "firebase": url},
        "lemmy": {"instance": url, "comments": False}, "mastodon": {"instance": url, "token": secret},
        "reddit": {"client_id": "id", "client_secret": secret, "user_agent": "test:groundswell:1",
                   "subreddits": ["kitchen"], "reddit_url": url, "oauth_url": url},
        "stackexchange": {"key": secret, "base": url}, "steam": {"apps": [1], "base": url},
        "telegram": {"token": secret, "base": url},
        "x": {"token": secret, "query": "q", "dollars_per_day": 5, "base": url},
        "youtube": {"key": secret, "videos": ["vid1"], "base": url},
        "zendesk": {"url": url, "email": "a@b.example", "token": secret},
    }[name]  # fmt: skip


PLAYED = {
    "appstore": ["/us/rss/customerreviews/page=1/id=1/sortby=mostrecent/json"], "bluesky": ["/subscribe"],
    "discourse": ["/posts.json"], "feeds": ["/feed"], "github": ["/repos/a/b/issues"],
    "hackernews": ["/api/v1/search_by_date"], "lemmy": ["/api/v3/post/list"],
    "mastodon": ["/api/v1/timelines/public"], "reddit": ["/r/kitchen/new", "/r/kitchen/comments"],
    "stackexchange": ["/2.3/search/advanced"], "steam": ["/appreviews/1"],
    "telegram": ["/botsecret-value/getUpdates"], "x": ["/2/tweets/search/recent"],
    "appstoreconnect": ["/v1/apps/1/customerReviews"],
    "github_discussions": ["/graphql"],
    "googlebusiness": ["/v4/accounts/1/locations/2/reviews"],
    "googleplay": ["/androidpublisher/v3/applications/a.b/reviews"], "reddit_atom": ["/r/kitchen/new/.rss"],
    "review_pages": ["/reviews"], "slack": ["/api/conversations.history"],
    "trustpilot": ["/v1/business-units/b1/reviews"], "weibo_api": ["/2/statuses/mentions.json"],
    "youtube": ["/youtube/v3/commentThreads"], "zendesk": ["/api/v2/incremental/tickets/cursor.json"],
}  # fmt: skip
PAGED = {
    "appstore": b'{"feed": {}}',
    "lemmy": b'{"posts": []}',
    "weibo_api": b'{"statuses": []}',
}  # asked for further pages until one is empty
TOKEN = json.dumps({"access_token": "t", "token_type": "bearer", "expires_in": 3600, "scope": "*"})


def play(name, site, *replies, reply):
    site.play("/api/v1/access_token", reply(TOKEN, headers={"Content-Type": "application/json"}))
    site.play("/token", reply(TOKEN, headers={"Content-Type": "application/json"}))
    for path in PLAYED.get(name, ()):
        site.play(path, *replies)


@pytest.mark.parametrize("name", SOURCES)
def test_the_class_says_what_it_is(name):
    checks.check_class(load(name))


@pytest.mark.parametrize("name", SOURCES)
def test_a_recording_gives_good_posts(name, recording):
    pages = checks.check_parse(load(name), recording(RECORDINGS[name]), RECORDINGS[name])
    assert sum(len(page.posts) for page in pages) >= 3
    assert {post.source for page in pages for post in page.posts} == ORIGINS.get(name, {name})
    assert all(post.gated is False for page in pages for post in page.posts)


@pytest.mark.parametrize("name", SOURCES)
def test_damaged_input_is_malformed_and_nothing_else(name, recording):
    checks.check_malformed(load(name), recording(RECORDINGS[name]), cuts=25)


@pytest.mark.parametrize("name", [name for name in SOURCES if RECORDINGS[name].rpartition(".")[2].startswith("json")])
def test_dropped_renamed_and_retyped_fields_are_malformed_and_nothing_else(name, recording):
    assert checks.check_retyped(load(name), recording(RECORDINGS[name])) > 100


@pytest.mark.parametrize("name", [name for name in SOURCES if name not in OTHERWISE])
def test_going_on_from_any_page_loses_nothing(name, site, door, reply, recording, tmp_path):
    raw = recording(RECORDINGS[name])

    async def main():
        async with site:
            play(name, site, answering(name, raw, reply), reply=reply)
            async with door(site) as http:
                cls, made = load(name), []

                def make():
                    made.append(cls(http, time_of(http), **options(name, site, tmp_path, raw)))
                    return made[-1]

                found = await checks.check_pages(make)
                for collector in made:
                    if hasattr(collector, "close"):
                        await collector.close()
                return found

    if name == "appstore":
        site.play("/us/rss/customerreviews/page=2/id=1/sortby=mostrecent/json", reply(PAGED[name]))
    pages = asyncio.run(main())
    parsed = {post.external_id for page in load(name).parse(raw, "x") for post in page.posts}
    walked = {post.external_id for page in pages for post in page.posts}
    if name == "slack":  # an answer does not name its channel, the walk does
        parsed = {f"C1:{native}" for native in parsed}
    assert walked == parsed, "pages() and parse() must agree"


def answering(name, raw, reply):
    """Play the recording on the first page and nothing on later ones, as the source would."""

    def answer(request):
        is_later = request.query.get("page", "1") != "1" or "max_id" in request.query
        return reply(PAGED[name] if is_later and name in PAGED else raw, headers={"Content-Type": "application/json"})

    return answer


def time_of(http):
    return http._clock  # the test's own clock, which the door already holds


FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"  # one picture of seven code points, joined


@pytest.mark.parametrize("name", SOURCES)
def test_a_megabyte_of_joined_emoji_is_one_post_like_others(name, recording):
    raw = recording(RECORDINGS[name])
    before = [post for page in load(name).parse(raw, "x") for post in page.posts]
    some = re.compile(r"(?=\b([A-Za-z]{3,} [a-z]{2,}|[\u4e00-\u9fff]{4}))")
    words = next(pair for post in before for pair in map(str.encode, some.findall(post.text)) if pair in raw)
    joined = FAMILY * (18_000 if RECORDINGS[name].endswith("csv") else 36_000)  # 900,000 bytes; a cell may have half
    long = raw.replace(words, words + b" " + joined.encode())
    pages = list(load(name).parse(long, "x"))
    checks.check_values(pages, name)
    after = [post for page in pages for post in page.posts]
    assert len(after) == len(before)
    assert any(joined in post.text for post in after), "neither cut nor taken apart"


@pytest.mark.parametrize("name", ["files", "mediacrawler", "weibosearch"])
def test_exports_in_gb18030_are_those_in_utf8(name, recording):
    raw = recording(RECORDINGS[name])
    plain = [post for page in load(name).parse(raw, "x", at) for post in page.posts]
    chinese = [post for page in load(name).parse(raw.decode().encode("gb18030"), "x", at) for post in page.posts]
    assert chinese == plain


def at():
    return datetime(2026, 11, 20, tzinfo=UTC)


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
                        assert name in ("reddit", "github_discussions")
                if hasattr(collector, "close"):
                    await collector.close()
                return found

    if name == "appstore":
        site.play("/us/rss/customerreviews/page=2/id=1/sortby=mostrecent/json", reply(PAGED[name]))
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

    if name == "appstore":
        site.play("/us/rss/customerreviews/page=2/id=1/sortby=mostrecent/json", reply(PAGED[name]))
    asyncio.run(main())
    assert sink.posts >= 3
    assert made
    assert threading.get_ident() not in made | sink.threads
