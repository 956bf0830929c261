"""Shops and stores: Steam, the App Store, Google Play, Google Business, Trustpilot."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from collectors.appstore import AppStore
from collectors.googlebusiness import GoogleBusiness
from collectors.googleplay import GooglePlay
from collectors.steam import Steam
from collectors.trustpilot import Trustpilot
from groundswell.errors import AuthNeeded, Gone, Malformed
from tests.collectors.walks import drive, ids, last

START = int(datetime(2026, 11, 19, tzinfo=UTC).timestamp())
SECRET = "0123456789abcdef"


def review(number, updated):
    return {"recommendationid": str(number), "author": {"steamid": "1"}, "review": "r", "timestamp_created": updated,
            "timestamp_updated": updated, "voted_up": False, "language": "english"}  # fmt: skip


def test_steam_follows_opaque_cursors_and_stops_at_what_it_knows(site, door, time, reply):
    reviews = [review(n, START + n * 60) for n in range(250)][::-1]

    def answer(request):
        start = int(request.query["cursor"].replace("*", "0"))
        found = reviews[start : start + 100]
        return reply(json.dumps({"success": 1, "cursor": str(start + 100), "reviews": found, "query_summary": {}}))

    site.play("/appreviews/5", answer)
    first, second = drive(site, door, lambda http: Steam(http, time.clock, apps=[5], base=site.url()), {}, last)
    assert len(set(ids(first))) == 250
    assert len(second) <= 2
    assert site.asked[0].query["filter_offtopic_activity"] == "0"


def test_steam_does_not_take_an_unknown_app_for_a_quiet_one(site, door, time, reply):
    site.play("/appreviews/5", reply(json.dumps({"success": 1, "reviews": [], "query_summary": {"total_reviews": 0}})))
    with pytest.raises(Gone):
        drive(site, door, lambda http: Steam(http, time.clock, apps=[5], base=site.url()))


def test_appstore_says_that_empty_does_not_mean_none(site, door, time, reply, recording):
    site.play("/us/rss/customerreviews/page=1/id=1/sortby=mostrecent/json", reply(b'{"feed": {}}'))
    (pages,) = drive(site, door, lambda http: AppStore(http, time.clock, app=1, base=site.url()))
    assert "does not mean" in pages[0].gap
    (page,) = AppStore.parse(recording("appstore.json"), "x")
    assert [(post.rating, post.text.partition("\n")[0]) for post in page.posts] == [
        (1.0, "Keeps logging me out"), (3.0, "还行"), (None, "Good"),
    ]  # fmt: skip
    with pytest.raises(Malformed):
        list(AppStore.parse(b"CustomerReviews RSS page depth is limited to 10", "x"))


def test_google_play_prefers_the_words_as_written_and_reads_the_shops_envelope(recording):
    (page,) = GooglePlay.parse(recording("googleplay.json"), "x")
    assert [p.text for p in page.posts] == ["Crashes\n\nThe kettle app crashes on start", "水壶连不上", "ok"]
    assert [p.rating for p in page.posts] == [1.0, 2.0, None]
    inner = json.dumps([[["id-1", ["Ada"], 2, None, "a &amp; b", [1795080000, 5], 3]], [None, "token"]])
    envelope = ")]}'\n\n123\n" + json.dumps([["wrb.fr", "UsvDTd", inner, None]])
    (page,) = GooglePlay.parse(envelope.encode(), "x")
    assert [(p.external_id, p.text, p.engagement.likes) for p in page.posts] == [("id-1", "a & b", 3)]


def test_google_business_takes_the_original_and_keeps_ratings_without_words(recording):
    (page,) = GoogleBusiness.parse(recording("googlebusiness.json"), "x")
    assert [(p.text, p.rating, p.author) for p in page.posts] == [
        ("水壶漏水", 1.0, "Ada Example"), ("", 5.0, None), ("Slow service", 2.0, "Bo"),
    ]  # fmt: skip


def test_a_refused_refresh_token_needs_a_person(site, door, time, reply):
    site.play("/token", reply('{"error": "invalid_grant"}', status=400))

    def make(http):
        return GoogleBusiness(
            http, time.clock, locations=["a/1"], client_id="i", client_secret=SECRET, refresh_token="refresh-value",
            base=site.url(), token_url=site.url("/token"),
        )  # fmt: skip

    with pytest.raises(AuthNeeded) as caught:
        drive(site, door, make)
    assert "refresh-value" not in str(caught.value)


def test_trustpilot_walks_by_number_to_what_it_knows(site, door, time, reply):
    start = time.clock() - timedelta(days=10)
    known = [{"id": f"{n:04}", "stars": 3, "text": "t", "createdAt": (start + timedelta(minutes=n)).isoformat()}
             for n in range(250)][::-1]  # fmt: skip

    def answer(request):
        begin = (int(request.query["page"]) - 1) * 100
        return reply(json.dumps({"reviews": known[begin : begin + 100]}))

    site.play("/v1/business-units/b/reviews", answer)
    first, second = drive(
        site, door, lambda http: Trustpilot(http, time.clock, business_unit="b", key=SECRET, base=site.url()), {}, last
    )
    assert len(set(ids(first))) == 250
    assert site.asked[0].headers["apikey"] == SECRET
    assert len(second) <= 3
