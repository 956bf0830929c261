"""Answers made to stop the reader: what unpacks without end, what holds the interpreter, what takes hours to read."""

import gzip
import json
import sys
import threading
import zlib

import pytest

from collectors.answer import is_login_page, load_json
from collectors.markup import to_text
from collectors.page_posts import Selectors, read
from groundswell.clock import now
from groundswell.errors import Malformed, Unreachable
from tests.collectors.conftest import run

TEXT = "水壶漏水 ".encode() * 40_000
BARE = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(TEXT)), ("X-GZIP", gzip.compress(TEXT)), ("deflate", zlib.compress(TEXT)),
        ("deflate", BARE.compress(TEXT) + BARE.flush()), ("identity", TEXT),
        ("gzip", gzip.compress(TEXT[:70_000]) + gzip.compress(TEXT[70_000:])),
        ("gzip", gzip.compress(TEXT) + bytes(9)),
    ],
)  # fmt: skip
def test_a_packed_answer_is_unpacked(site, door, reply, coding, packed):
    site.play("/a", reply(packed, headers={"Content-Encoding": coding}))
    assert run(site, door, lambda http: http.get(site.url("/a"))).body == TEXT


def test_an_empty_answer_that_says_it_is_packed_is_empty(site, door, reply):
    site.play("/a", reply(b"", headers={"Content-Encoding": "gzip"}))
    assert run(site, door, lambda http: http.get(site.url("/a"))).body == b""


@pytest.mark.parametrize("packed", [gzip.compress(TEXT)[:-20], b"no gzip at all", gzip.compress(TEXT)[:30] + b"x" * 99])
def test_a_damaged_packing_is_asked_again_and_then_told(site, door, reply, packed):
    site.play("/a", reply(packed, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(Unreachable):
        run(site, door, lambda http: http.get(site.url("/a")))
    assert len(site.asked) == 4


def test_a_packing_that_was_not_asked_for_is_told(site, door, reply):
    site.play("/a", reply(TEXT, headers={"Content-Encoding": "br"}))
    with pytest.raises(Malformed, match="br"):
        run(site, door, lambda http: http.get(site.url("/a")))
    assert site.asked[0].headers["Accept-Encoding"] == "gzip, deflate"


@pytest.mark.parametrize("size", [999, 1000, 1001])
def test_the_limit_of_size_is_exact_for_what_is_packed(site, door, reply, size):
    site.play("/a", reply(gzip.compress(bytes(size)), headers={"Content-Encoding": "gzip"}))

    def job(http):
        return http.get(site.url("/a"))

    if size <= 1000:
        assert len(run(site, lambda s: door(s, max_bytes=1000), job).body) == size
    else:
        with pytest.raises(Malformed, match="longer than 1000 bytes"):
            run(site, lambda s: door(s, max_bytes=1000), job)


def test_reading_much_json_lets_other_threads_run():
    raw = json.dumps([{"id": number, "text": "x" * 200} for number in range(20_000)]).encode()
    turns, stop = [0], threading.Event()

    def count():
        while not stop.is_set():
            turns[0] += 1

    before, other = sys.getswitchinterval(), threading.Thread(target=count)
    other.start()
    sys.setswitchinterval(1e-6)
    try:
        started = turns[0]
        load_json(raw, "x")
        assert turns[0] > started
    finally:
        sys.setswitchinterval(before)
        stop.set()
        other.join()


@pytest.mark.parametrize("piece", ["<a", "<a ", "<!--", "<!-- x>", "<![CDATA[>", "<a href=", "</", "<?"])
def test_a_megabyte_of_tags_that_nothing_closes_is_text(piece):
    assert "leaks" in to_text("leaks " + piece * (1_000_000 // len(piece)))


@pytest.mark.parametrize("section", ["<![x>", "<![>", "<![foo[bar]]>"])
def test_a_section_that_no_standard_knows_costs_only_itself(section):
    assert to_text(f"It {section}leaks &amp; smells").startswith("It leaks & smells")


@pytest.mark.parametrize("piece", ["<form ", "<title>", "type "])
def test_a_page_of_unclosed_forms_is_no_login_page(piece):
    assert not is_login_page(b"<" + piece.encode() * 10_000)
    assert is_login_page(b'<html><form action="/login">')


@pytest.mark.parametrize("piece", ["/* ", '\\"', '"\\"', "[", ", "])
def test_a_page_whose_json_ld_is_never_closed_has_no_reviews(piece):
    page = f'<html><script type="application/ld+json">{{"a": {piece * (600_000 // len(piece))}</script></html>'
    posts, gap = read(page, "x", now(), Selectors())
    assert not posts
    assert gap
