"""Weibo and Bilibili: the official interface under its budget, and what was exported."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from collectors.bilibili import Bilibili
from collectors.weibo import Weibo
from collectors.weibo_api import WeiboApi
from collectors.weibosearch import WeiboSearch
from groundswell.errors import AuthNeeded, Malformed, Throttled
from groundswell.types import Kind
from tests.collectors.walks import drive, ids, last

SECRET = "0123456789abcdef"


def test_weibo_unfolds_words_counts_and_relative_times(recording, time):
    page = next(Weibo.parse(recording("weibo.json"), "x", time.clock))
    first, again, original = page.posts
    assert first.text == "水壶漏水[怒]客服不理人"
    assert (first.audience, first.engagement.shares) == (12_000, 1_000_000)
    assert first.created_at == datetime(2026, 11, 18, 9, 46, 55, tzinfo=UTC)
    assert (again.kind, again.parent) == (Kind.REPOST, original.external_id)
    assert again.created_at == time.clock() - timedelta(minutes=3)
    lines = b"\n".join(json.dumps({"data": s}).encode() for s in json.loads(recording("weibo.json"))["statuses"])
    assert len(next(Weibo.parse(lines, "x.ndjson", time.clock)).posts) == 3


def test_bilibili_reads_the_comments_and_not_the_sample_under_them(recording):
    (page,) = Bilibili.parse(recording("bilibili.json"), "x")
    assert [(post.external_id, post.parent) for post in page.posts] == [("501", None), ("502", None), ("503", "501")]


def test_weibo_walks_mentions_and_comments_down_by_id(site, door, time, reply):
    known = list(range(1000, 1130))

    def mentions(request):
        below = [n for n in known if n <= int(request.query.get("max_id", 10**9))][::-1][:50]
        made = [
            {"id": n, "idstr": str(n), "text": "@示例", "created_at": "Wed Nov 18 17:46:55 +0800 2026"} for n in below
        ]
        return reply(json.dumps({"statuses": made}))

    comment = {"id": 5, "idstr": "5", "text": "漏水", "created_at": "Wed Nov 18 17:46:55 +0800 2026",
               "status": {"id": 1000, "idstr": "1000"}}  # fmt: skip
    site.play("/2/statuses/mentions.json", mentions)
    site.play("/2/comments/to_me.json", reply(json.dumps({"comments": [comment]})))

    def grown(walks):
        known.extend(range(1130, 1190))
        return last(walks)

    first, second = drive(
        site, door, lambda http: WeiboApi(http, time.clock, token=SECRET, base=site.url()), {}, grown
    )  # fmt: skip
    assert set(ids(first)) == {*map(str, range(1000, 1130)), "5"}
    assert set(ids(second)) >= set(map(str, range(1130, 1190)))
    assert first[-1].posts[0].parent == "1000"
    assert site.asked[0].headers["Authorization"] == f"OAuth2 {SECRET}"


@pytest.mark.parametrize(("number", "kind"), [(21327, AuthNeeded), (10023, Throttled), (10001, Malformed)])
def test_weibo_says_200_to_refusals(site, door, time, reply, number, kind):
    site.play("/2/statuses/mentions.json", reply(json.dumps({"error": "no", "error_code": number})))
    with pytest.raises(kind):
        drive(site, door, lambda http: WeiboApi(http, time.clock, token=SECRET, base=site.url()))


def test_weibo_search_times_are_those_of_china(recording):
    (page,) = WeiboSearch.parse(recording("weibosearch.csv"), "x")
    assert page.posts[0].created_at == datetime(2026, 11, 18, 9, 46, tzinfo=UTC)
    assert (page.posts[1].parent, page.posts[0].engagement.likes) == ("511", 12000)
