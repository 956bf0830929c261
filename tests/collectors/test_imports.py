"""What other tools export: Zeeschuimer, MediaCrawler, and recordings that say by themselves what they are."""

import json
from datetime import UTC, datetime

import pytest

from collectors.bilibili import Bilibili
from collectors.mediacrawler import MediaCrawler
from collectors.reddit import Reddit
from collectors.reddit_atom import DEGRADED
from collectors.trustpilot import Trustpilot
from collectors.weibo import Weibo
from collectors.weibosearch import WeiboSearch
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


def captured(platform, data, **more):
    at = int(datetime(2026, 11, 20, 4, tzinfo=UTC).timestamp() * 1000)
    return json.dumps({"source_platform": platform, "item_id": "i1", "timestamp_collected": at, "data": data, **more})


@pytest.mark.parametrize(
    ("platform", "data", "wanted"),
    [
        ("douyin.com", {"aweme_info": {"aweme_id": "7", "desc": "开箱", "create_time": 1795060000,
                                       "author": {"uid": "u"}}}, ("douyin", "7", "u", 1795060000)),
        ("douyin.com", {"awemeId": "8", "desc": "开箱", "createTime": 1795060000, "authorInfo": {"uid": "u"}},
         ("douyin", "8", "u", 1795060000)),
        ("tiktok.com", {"id": "9", "desc": "x", "createTime": "1795060000", "author": "someone"},
         ("tiktok", "9", "someone", 1795060000)),
        ("threads.net", {"code": "C1", "caption": {"text": "x"}, "taken_at": 1795060000, "user": {"pk": 5}},
         ("threads", "C1", "5", 1795060000)),
        ("douyin-comments", {"cid": "1", "text": "好", "create_time": 1795060000,
                             "aweme_id": "7", "user": {"uid": "u"}},
         ("douyin", "1", "u", 1795060000)),
        ("instagram.com", {"code": None, "caption": None, "taken_at": 1795060000, "user": None},
         ("instagram", "i1", None, 1795060000)),
        ("xiaohongshu.com", {"id": "n", "note_card": {"display_title": "漏水", "user": [], "corner_tag_info": [
            None, {"type": "publish_time", "text": "3天前"}]}}, ("xiaohongshu", "n", None, 1795147200 - 3 * 86400)),
        ("xiaohongshu.com", {"id": "n", "note_card": {"display_title": "漏水", "corner_tag_info": [
            {"type": "publish_time", "text": "2026-11-18"}]}}, ("xiaohongshu", "n", None, 1794931200)),
        ("xiaohongshu.com", {"id": "n", "note_card": {"display_title": "漏水", "corner_tag_info": {}}},
         ("xiaohongshu", "n", None, 1795147200)),
        ("weibo.com", {"created_at": "10分钟前", "id": 5, "text": "漏水", "retweeted_status": {}},
         ("weibo", "5", None, 1795147200 - 600)),
    ],
)  # fmt: skip
def test_captured_items_of_other_shapes_and_times(platform, data, wanted):
    (page,) = Zeeschuimer.parse(captured(platform, data).encode(), "x", lambda: datetime(2027, 1, 1, tzinfo=UTC))
    (post,) = page.posts
    assert (post.source, post.external_id, post.author, int(post.created_at.timestamp())) == wanted
    assert page.gap is None


def test_a_line_that_is_cut_off_costs_only_itself_and_is_told():
    good = captured("tiktok.com", {"id": "9", "desc": "水壶", "createTime": 1795060000})
    for raw in (f"{good}\n{good[:80]}", f"{good[:-9]}\n{good}\n", f'{good}\nnull\n"x"\n'):
        (page,) = Zeeschuimer.parse(raw.encode(), "x")
        assert ids([page]) == ["9"]
        assert "could not be read" in page.gap
    status = '{"created_at": "2026-11-18 12:00", "id": 5, "text": "水壶漏水"}'
    (page,) = Weibo.parse(f"{status[:30]}\n{status}\n".encode()[:-1], "x")
    assert (ids([page]), "line 1" in page.gap) == (["5"], True)


def test_weibos_times_without_a_zone_are_those_of_china_and_a_crawlers_repost_is_one():
    crawled = {"id": 5, "created_at": "2026-11-18T20:00:00", "text": "转", "screen_name": "小满",
               "retweet": {"id": 4, "created_at": "2026-11-18T19:00:00", "text": "水壶漏水"}}  # fmt: skip
    (page,) = Weibo.parse(json.dumps({"weibo": [crawled]}).encode(), "x")
    post, original = page.posts
    assert post.created_at == datetime(2026, 11, 18, 12, tzinfo=UTC)
    assert (post.kind, post.parent, post.author) == (Kind.REPOST, "4", "小满")
    assert (original.external_id, original.kind) == ("4", Kind.POST)


@pytest.mark.parametrize("codec", ["gb18030", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("kind", [Weibo, Zeeschuimer, Bilibili])
def test_json_that_a_tool_wrote_in_another_encoding_is_read(recording, kind, codec):
    name = "zeeschuimer.ndjson" if kind is Zeeschuimer else f"{kind.name}.json"
    raw, at = recording(name), lambda: datetime(2026, 11, 20, tzinfo=UTC)
    (plain,), (other,) = kind.parse(raw, "x", at), kind.parse(raw.decode().encode(codec), "x", at)
    assert plain.posts == other.posts


def test_utf8_with_a_damaged_byte_is_not_taken_for_another_encoding():
    good = captured("tiktok.com", {"id": "9", "desc": "水壶漏水", "createTime": 1795060000}, more="水壶").encode()
    raw = json.dumps(json.loads(good), ensure_ascii=False).encode()
    (page,) = Zeeschuimer.parse(raw + b"\n" + raw.replace("水".encode(), b"\xe6\xb0", 1), "x")
    assert [post.text for post in page.posts] == ["水壶漏水"]
    assert "line 2" in page.gap


def test_tables_of_mediacrawler_for_other_platforms(time):
    rows = [
        {"video_id": "b1", "title": "开箱", "desc": "", "create_time": 1795060000, "video_comment": "7",
         "video_play_count": "1.2万", "video_share_count": "3", "user_id": 1, "nickname": "甲", "comment_id": ""},
        {"note_id": "t1", "title": "漏水", "desc": "一周", "publish_time": "2026-11-18 12:00", "user_nickname": "乙",
         "total_replay_num": 9},
    ]  # fmt: skip
    (page,) = MediaCrawler.parse("\n".join(map(json.dumps, rows)).encode(), "x", time.clock)
    video, thread = page.posts
    assert (video.external_id, video.author, video.kind) == ("b1", "甲", Kind.POST)
    assert (video.engagement.replies, video.engagement.views, video.engagement.shares) == (7, 12000, 3)
    assert (thread.author, thread.engagement.replies) == ("乙", 9)
    assert thread.created_at == datetime(2026, 11, 18, 4, tzinfo=UTC)


@pytest.mark.parametrize("shape", ["[\n%s\n]", '{"statuses": [\n%s\n]}'])
def test_a_document_whose_items_stand_on_lines_is_read_as_a_whole(shape):
    lines = [f'{{"created_at": "2026-11-18 12:00", "id": {n}, "text": "水壶漏水"}}' for n in range(3)]
    (page,) = Weibo.parse((shape % ",\n".join(lines)).encode(), "x")
    assert (ids([page]), page.gap) == (["0", "1", "2"], None)


@pytest.mark.parametrize(
    ("shown", "words"),
    [("水壶漏水...全文", "水壶漏水"), ("水壶漏水… 展开c", "水壶漏水"), ("水壶漏水 收起d", "水壶漏水"),
     ("收起d", "收起d"),
     ("讨论展开", "讨论展开"), ("请看全文", "请看全文")],
)  # fmt: skip
def test_the_button_behind_folded_words_is_none_of_them(shown, words, time):
    rows = f"id,微博正文,发布时间\n1,{shown},2026-11-18 12:00\n"
    (page,) = WeiboSearch.parse(rows.encode(), "x", time.clock)
    assert [post.text for post in page.posts] == [words]
    row = {"note_id": "1", "content": shown, "create_time": 1795060000}
    (page,) = MediaCrawler.parse(json.dumps(row).encode(), "x", time.clock)
    assert [post.text for post in page.posts] == [words]
