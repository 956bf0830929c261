"""Our parsers against counts and first ids that others computed; skipped where the recordings are not present."""

import importlib
import json

import pytest

from groundswell import checks, plugins
from groundswell.errors import Malformed
from groundswell.types import Kind

SOURCES = plugins.BUILT_IN["groundswell.collectors"]

FOLDERS = {
    "appstore": "appstore", "bilibili": "bilibili_import_only", "bluesky": "bluesky", "discourse": "discourse",
    "feeds": "feeds", "googleplay": "googleplay",
    "github": "github_issues", "hackernews": "hackernews", "lemmy": "lemmy_activitypub",
    "mail": "email", "mastodon": "mastodon", "reddit": "reddit", "stackexchange": "stackexchange", "steam": "steam",
    "slack": "slack", "telegram": "telegram",
    "weibo": "weibo_import_only", "x": "x_twitter", "youtube": "youtube", "zendesk": "zendesk",
}  # fmt: skip
REFUSALS = (
    "us_11.json",
    "abuse_rate_limit.json",
    "RateLimitExceeded.txt",
    "error_permission_resp.json",
    "batch-chunked.txt",
    "slack_error.json",
)
TALK_OF_CODE = ("reddit", "github", "mail")
COUNTS = ("reviews", "posts", "items", "updates", "replies", "unique_statuses")
JSON_FEED = "feeds/feed_single.json"  # counted by feedparser, which reads no JSON Feed; we do


def parse(name, path):
    module, _, attribute = SOURCES[name].partition(":")
    return list(getattr(importlib.import_module(module), attribute).parse(path.read_bytes(), path.name))


def expected(shared, folder):
    table = json.loads((shared / "EXPECTED.json").read_text(encoding="utf-8"))
    return [(shared / key, wanted) for key, wanted in table.items() if key.startswith(f"{folder}/")]


def posts_and_gone(pages):
    return [post for page in pages for post in page.posts], [name for page in pages for name in page.gone]


def test_reddit(shared):
    for path, wanted in expected(shared, "reddit"):
        pages = parse("reddit", path)
        posts, gone = posts_and_gone(pages)
        ids = {post.external_id for post in posts} | set(gone)
        assert sum(name.startswith("t3_") for name in ids) == wanted["unique_posts"], path
        assert sum(name.startswith("t1_") for name in ids) == wanted["unique_comments"], path
        first = [name for name in [post.external_id for post in posts][:2] if name not in gone]
        assert set(first) <= set(wanted["first"]) | ids, path
        if wanted["first"] and not set(wanted["first"]) & set(gone):
            assert first == wanted["first"], path
        assert ("403" in str([page.gap for page in pages])) == ("403" in wanted["statuses"]), path


def test_feeds(shared):
    for path, wanted in expected(shared, "feeds"):
        pages = parse("feeds", path)
        posts, _ = posts_and_gone(pages)
        assert len(posts) == (1 if path.match(JSON_FEED) else wanted["entries"]), path
        assert len({post.external_id for post in posts}) == len(posts), path


def test_hackernews(shared):
    for path, wanted in expected(shared, "hackernews"):
        posts, _ = posts_and_gone(parse("hackernews", path))
        if "hits" in wanted:
            assert (len(posts), posts[0].external_id) == (wanted["hits"], wanted["first"])
        elif wanted["type"] in ("story", "poll"):
            assert [post.external_id for post in posts] == [str(wanted["id"])]
        else:
            assert posts == []


@pytest.mark.parametrize("name", [name for name in FOLDERS if name not in ("feeds", "hackernews", "reddit")])
def test_the_others(shared, name):
    for path, wanted in expected(shared, FOLDERS[name]):
        if path.name.endswith(REFUSALS):
            continue
        posts, _ = posts_and_gone(parse(name, path))
        number = next(wanted[key] for key in COUNTS if key in wanted)
        is_stream = "unique_statuses" in wanted
        assert len({post.external_id for post in posts} if is_stream else posts) == number, path
        firsts = wanted.get("first")
        firsts = firsts if isinstance(firsts, list) else [firsts] if firsts else []
        seen = list(dict.fromkeys(post.external_id for post in posts))
        assert seen[: len(firsts)] == firsts or set(firsts) <= set(seen), path
        if "positive" in wanted:
            assert sum(post.rating == 5 for post in posts) == wanted["positive"], path


REVIEWS = {"imdb_title.html": 1, "justapinch_1.html": 2, "littlespicejar.html": 5, "product.html": 0, "recept.html": 5,
           "ricardocuisine_2.html": 3, "LocalBusiness.002.html": 0, "schemaorg_eg-0010.txt": 2}  # fmt: skip
"""Reviews by microdata and JSON-LD as they stand in the sources, each once: recept.html states its five twice."""


@pytest.mark.parametrize("name", REVIEWS)
def test_review_pages(shared, name):
    (page,) = parse("review_pages", shared / "review_pages" / name)
    checks.check_values([page], "review_pages")
    assert len(page.posts) == REVIEWS[name]
    assert all(post.kind is Kind.REVIEW for post in page.posts)
    assert (page.gap is None) == bool(page.posts)


@pytest.mark.parametrize("name", FOLDERS)
def test_every_shared_recording_gives_good_posts_or_is_malformed(shared, name):
    for path in sorted((shared / FOLDERS[name]).iterdir()):
        if path.name.endswith(REFUSALS):
            with pytest.raises(Malformed):
                parse(name, path)
        elif name != "stackexchange":  # its recording repeats one anonymised id
            checks.check_values(parse(name, path), name, is_plain=name not in TALK_OF_CODE)


ELSEWHERE = {"forum_pages", "review_pages", "trustpilot"}  # read by tests of their own; the last is a schema


def test_no_recording_is_forgotten(shared):
    table = json.loads((shared / "EXPECTED.json").read_text(encoding="utf-8"))
    folders = {path.name for path in shared.iterdir() if path.is_dir()}
    assert {key.partition("/")[0] for key in table} <= set(FOLDERS.values()) <= folders
    assert folders - set(FOLDERS.values()) == ELSEWHERE
    assert all((shared / key).is_file() for key in table)


def test_a_schema_is_no_answer_and_forum_threads_are_articles(shared):
    with pytest.raises(Malformed):
        parse("trustpilot", shared / "trustpilot" / "official_api_review_schema.json")
    for path in sorted((shared / "forum_pages").iterdir()):
        (page,) = parse("review_pages", path)
        checks.check_values([page], "review_pages")
        assert [post.kind for post in page.posts] == [Kind.ARTICLE]
