"""Telegram, Slack and YouTube: their walks, their refusals, their marks."""

import json

import pytest

from collectors.slack import Slack
from collectors.telegram import Telegram
from collectors.youtube import YouTube
from groundswell.errors import AuthNeeded, Gone, Malformed
from groundswell.types import Kind
from tests.collectors.walks import drive, look_again

SECRET = "0123456789abcdef"


def test_telegram_asks_behind_the_last_update_and_keeps_the_edit(site, door, time, reply, recording):
    site.play("/bottoken-1/getUpdates", lambda request: reply(
        recording("telegram.json") if "offset" not in request.query else '{"ok": true, "result": []}'))  # fmt: skip
    (pages,) = drive(site, door, lambda http: Telegram(http, time.clock, token="token-1", base=site.url()))
    assert dict(pages[-1].cursor) == {"after": 905}
    assert [post.text for post in pages[0].posts] == ["Kettle leaks badly", "Mine too", "Recall notice"]
    assert pages[0].posts[1].parent == pages[0].posts[0].external_id


def test_youtube_is_asked_for_known_comments_and_tells_what_is_gone(site, door, time, reply):
    item = {"id": "c1", "snippet": {"textOriginal": "leaks", "publishedAt": "2026-11-18T09:00:00Z", "likeCount": 9}}
    site.play("/youtube/v3/comments", reply(json.dumps({"items": [item]})))
    pages = look_again(
        site, door, lambda http: YouTube(http, time.clock, key="key-value", videos=["v"], base=site.url()), ["c1", "c2"]
    )  # fmt: skip
    assert [(p.external_id, p.engagement.likes) for p in pages[0].posts] == [("c1", 9)]
    assert pages[0].gone == ["c2"]
    assert site.asked[0].query["id"] == "c1,c2"


def test_slack_names_the_channel_and_reads_its_own_marks(site, door, time, reply, recording):
    site.play("/api/conversations.history", reply(recording("slack.json")))
    (pages,) = drive(site, door, lambda http: Slack(http, time.clock, token=SECRET, channels=["C1"], base=site.url()))
    first, bot, answer = pages[0].posts
    assert first.text == "@ann the kettle leaks, see this & that"
    assert (first.engagement.likes, first.engagement.replies) == (3, 2)
    assert (answer.kind, answer.parent) == (Kind.COMMENT, first.external_id)
    assert bot.author == "B1"


@pytest.mark.parametrize(
    ("word", "kind"), [("invalid_auth", AuthNeeded), ("channel_not_found", Gone), ("fatal_error", Malformed)]
)
def test_slack_says_200_to_refusals(site, door, time, reply, word, kind):
    site.play("/api/conversations.history", reply(json.dumps({"ok": False, "error": word})))
    with pytest.raises(kind):
        drive(site, door, lambda http: Slack(http, time.clock, token=SECRET, channels=["C1"], base=site.url()))
