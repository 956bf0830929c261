"""Review pages: robots, structured data, selectors, and nothing found."""

import pytest

from collectors.review_pages import ReviewPages
from collectors.robots import Disallowed
from tests.collectors.walks import drive, ids, last


def test_pages_obey_robots_and_are_asked_conditionally(site, door, time, reply, recording):
    site.play("/robots.txt", reply("User-agent: *\nDisallow: /private"))
    page = reply(recording("review_pages.html"), headers={"ETag": '"1"'})
    site.play("/reviews", lambda request: reply(status=304) if "If-None-Match" in request.headers else page)
    first, second = drive(
        site, door, lambda http: ReviewPages(http, time.clock, urls=[site.url("/reviews")], source="shop"), {}, last
    )  # fmt: skip
    assert [(p.text, p.rating, p.author, p.source) for p in first[0].posts] == [
        ("Leaks & smells. See https://example.org/1", 1.0, "Ada Example", "shop"),
        ("Fast\n\nBoils\nfast", 4.0, "Bo", "shop"), ("水壶漏水", None, "小满", "shop"),
    ]  # fmt: skip
    assert ids(second) == []
    with pytest.raises(Disallowed):
        drive(site, door, lambda http: ReviewPages(http, time.clock, urls=[site.url("/private/1")]))


def test_selectors_read_pages_that_tell_machines_nothing(site, door, time, reply):
    html = ("<html lang='en'><ul>" + "".join(
        f"<li class=r><b>{who}</b><time datetime='2026-11-1{n}'>x</time><p>{words}</p><i>{n},5</i></li>"
        for n, (who, words) in enumerate([("ann", "It leaks"), ("bo", "Fine <em>kettle</em>")], 1)
    ) + "</ul></html>")  # fmt: skip
    site.play("/robots.txt", reply(status=404))
    site.play("/r", reply(html))
    (pages,) = drive(
        site, door,
        lambda http: ReviewPages(
            http, time.clock, urls=[site.url("/r")], item="li.r", text="p", date="time", author="b", rating="i"
        ),
    )  # fmt: skip
    assert [(p.text, p.author, p.rating, p.created_at.day, p.lang) for p in pages[0].posts] == [
        ("It leaks", "ann", 1.5, 11, "en"), ("Fine kettle", "bo", 2.5, 12, "en"),
    ]  # fmt: skip


def test_a_page_without_words_is_a_gap_and_no_silence():
    (page,) = ReviewPages.parse(b"<html><div itemscope itemtype='https://schema.org/Product'>Kettle</div>", "x")
    assert "does not mean" in page.gap
