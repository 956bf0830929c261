"""What other tools export: Zeeschuimer, MediaCrawler, and recordings that say by themselves what they are."""

import json

import pytest

from collectors.mediacrawler import MediaCrawler
from collectors.reddit import Reddit
from collectors.reddit_atom import DEGRADED
from collectors.trustpilot import Trustpilot
from collectors.weibo import Weibo
from collectors.zeeschuimer import Zeeschuimer
from groundswell.errors import InputError
from groundswell.types import Kind
from tests.collectors.walks import drive, ids


def test_zeeschuimer_reads_each_platform_and_counts_what_it_does_not_know(recording):
    (page,) = Zeeschuimer.parse(recording("zeeschuimer.ndjson"), "x")
    note, clip, tweet = page.posts
    assert (note.source, note.text, note.engagement.likes) == ("xiaohongshu", "漏水\n\n水壶一周就漏水", 12000)
    assert (clip.source, clip.lang, clip.engagement.shares) == ("douyin", "zh", 0)
    assert (tweet.text, tweet.parent, tweet.kind) == ("my kettle leaks & smells", "98", Kind.COMMENT)
    assert page.gap == "1 items of 9gag.com, which is not known here"


def test_mediacrawler_comments_hang_on_their_note_or_on_the_comment_they_answer(recording, tmp_path, door, site, time):
    path = tmp_path / "x.jsonl"
    path.write_bytes(recording("mediacrawler.jsonl"))
    (pages,) = drive(site, door, lambda http: MediaCrawler(http, time.clock, path=str(path), platform="xhs"))
    note, comment, answer = pages[0].posts
    assert (note.external_id, note.kind, note.parent) == ("n1", Kind.POST, None)
    assert (comment.external_id, comment.parent, comment.kind) == ("c1", "n1", Kind.COMMENT)
    assert answer.parent == "c1"
    assert {p.source for p in pages[0].posts} == {"xiaohongshu"}
    with pytest.raises(InputError, match="unknown platform"):
        drive(site, door, lambda http: MediaCrawler(http, time.clock, path=str(path), platform="msn"))


def test_the_kind_of_a_recording_is_found_out(recording):
    (page,) = Weibo.parse(recording("weibosearch.csv"), "x")
    assert ids([page]) == ["511", "512", "513"]
    (page,) = Reddit.parse(recording("reddit_atom.xml"), "x")
    assert (ids([page])[0], page.gap) == ("t3_1abc", DEGRADED)
    review = {"id": "1", "rating": 2, "title": "No", "text": "No", "dates": {"publishedDate": "2026-11-18T09:00:00Z"}}
    (page,) = Trustpilot.parse(json.dumps({"props": {"pageProps": {"reviews": [review]}}}).encode(), "x")
    assert [(p.rating, p.text) for p in page.posts] == [(2.0, "No")]
