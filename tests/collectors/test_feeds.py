import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from collectors.feeds import Feeds
from groundswell.errors import AuthNeeded, Gone, Malformed


def rss(*numbers, extra=""):
    items = "".join(
        f"<item><guid>https://f.example/{n}</guid><title>Entry {n}</title><description>d{n}</description>"
        f"<pubDate>Wed, 18 Nov 2026 09:00:00 GMT</pubDate></item>"
        for n in numbers
    )
    return f'<rss version="2.0"><channel><title>f</title>{extra}{items}</channel></rss>'


def collect(site, door, time, cursor, url="/feed"):
    async def main():
        async with site, door(site) as http:
            source = Feeds(http, time.clock, url=f"http://{site.host}{url}")
            return [page async for page in source.pages(cursor)], source

    return asyncio.run(main())


def poll(site, door, time, *documents):
    """Ask once per document on one server; return what each look brought."""

    async def main():
        async with site, door(site) as http:
            source, cursor, looks = Feeds(http, time.clock, url=site.url("/feed")), {}, []
            for document in documents:
                site.play("/feed", document)
                pages = [page async for page in source.pages(cursor)]
                cursor = json.loads(json.dumps(dict(pages[-1].cursor))) if pages else cursor
                looks.append(pages)
            return looks

    return asyncio.run(main())


def ids(pages):
    return [post.external_id.rpartition("/")[2] for page in pages for post in page.posts]


def test_only_new_and_changed_entries_are_yielded(site, door, time, reply):
    first, second, third = poll(
        site, door, time, reply(rss(1, 2)), reply(rss(1, 2, 3)), reply(rss(1, 2, 3).replace("d2", "d2 edited"))
    )
    assert ids(first) == ["1", "2"]
    assert ids(second) == ["3"]
    assert ids(third) == ["2"]


def test_an_unchanged_feed_costs_a_304(site, door, time, reply):
    def document(request):
        if request.headers.get("If-None-Match") == '"7"':
            return reply(status=304)
        return reply(rss(1), headers={"ETag": '"7"', "Last-Modified": "Wed, 18 Nov 2026 09:00:00 GMT"})

    first, second = poll(site, door, time, document, document)
    assert ids(first) == ["1"]
    assert len(second) == 1
    assert ids(second) == []
    assert site.asked[1].headers["If-Modified-Since"] == "Wed, 18 Nov 2026 09:00:00 GMT"


def test_a_feed_that_turned_over_completely_tells_a_gap(site, door, time, reply):
    _, second = poll(site, door, time, reply(rss(1, 2, 3, 4, 5)), reply(rss(11, 12, 13, 14, 15)))
    assert "may have been missed" in second[0].gap


def test_the_span_of_what_a_feed_may_have_dropped_is_told(site, door, time, reply):
    time.clock.at -= timedelta(days=3)
    late = rss(*range(20, 30)).replace("18 Nov 2026 09", "19 Nov 2026 07")
    second = poll(site, door, time, reply(rss(*range(10))), reply(late))[1]
    assert "(from 2026-11-17T12:00:" in second[0].gap
    assert " to 2026-11-19T07:00:00+00:00)" in second[0].gap


def test_a_permanent_move_is_remembered(site, door, time, reply):
    site.play("/new", reply(rss(1)))
    moved = reply(status=301, headers={"Location": "/new"})
    poll(site, door, time, moved, moved)
    assert [request.path for request in site.asked] == ["/feed", "/new", "/new"]


def test_the_feeds_own_pause_is_kept(site, door, time, reply):
    looks = poll(site, door, time, reply(rss(1, extra="<ttl>60</ttl>")), reply(rss(1, 2)))
    assert looks[1] == [], "not asked, so nothing is claimed"
    assert len(site.asked) == 1
    paused = looks[0][0].cursor
    time.clock.at += timedelta(minutes=61)
    assert datetime.fromisoformat(str(paused["pause"])) < time.clock()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 410}, Gone),
        ({"body": "<html><body>Not a feed</body></html>"}, Malformed),
        ({"body": "<html><title>Sign in</title></html>"}, AuthNeeded),
        ({"body": ""}, Malformed),
        ({"body": "{}"}, Malformed),
    ],
)
def test_what_is_no_feed_is_told(site, door, time, reply, answer, kind):
    site.play("/feed", reply(**answer))
    with pytest.raises(kind):
        collect(site, door, time, {})


def test_a_cut_document_keeps_its_whole_entries_and_tells_the_gap_and_is_asked_again(site, door, time, reply):
    whole = rss(1, 2, 3)
    cut, again = poll(
        site,
        door,
        time,
        reply(whole[: whole.index("Entry 3")], headers={"ETag": '"1"'}),
        reply(whole, headers={"ETag": '"1"'}),
    )
    assert {"1", "2"} <= set(ids(cut))
    assert "not well-formed" in cut[0].gap
    assert "etag" not in cut[0].cursor
    assert "3" in ids(again)


def test_words_dates_and_ids(recording, time):
    page = next(Feeds.parse(recording("feeds.xml"), "x", time.clock))
    rust, kettle, undated = page.posts
    assert rust.text == "Halvero Arc: rust after two weeks\n\nThere is rust at the bottom & the shop refuses a refund."
    assert rust.created_at == datetime(2026, 11, 18, 8, 30, tzinfo=UTC)
    assert (rust.lang, kettle.external_id.endswith(":13")) == ("en", True)
    assert undated.created_at == time.clock()


def test_chinese_without_a_declaration_is_read_as_gb18030():
    document = rss(1).replace("Entry 1", "水壶漏水客服不理人").encode("gb18030")
    assert "水壶漏水客服不理人" in next(Feeds.parse(document, "x")).posts[0].text


def test_json_feed(time):
    feed = {"version": "https://jsonfeed.org/version/1.1", "home_page_url": "https://f.example/", "items": [
        {"id": "1", "url": "https://f.example/1", "title": "T", "content_html": "<p>a &amp; b</p>",
         "date_published": "2026-11-18T09:00:00+08:00", "authors": [{"name": "kim"}]},
        {"id": 2, "content_text": "plain"}]}  # fmt: skip
    first, second = next(Feeds.parse(json.dumps(feed).encode(), "x", time.clock)).posts
    assert (first.text, first.author) == ("T\n\na & b", "kim")
    assert first.created_at == datetime(2026, 11, 18, 1, 0, tzinfo=UTC)
    assert second.text == "plain"
