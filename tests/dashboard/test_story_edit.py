"""A story's page changes it: the store follows, the log says who, old links lead on, in both languages."""

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import post_queries, scene, story_outlook
from dashboard.post_queries import Filter
from dashboard.reading import reader, reading
from dashboard.words import LANGS, Lang, say
from groundswell.clock import SettableClock
from groundswell.types import Topic
from storage.store import Store, open_store
from tests.dashboard import conftest as scenes
from tests.dashboard.conftest import COPIED, CRISIS, INCIDENT, NOW, SERVICE, TITLES, Written, post
from tests.dashboard.test_app import run, told

ENGLISH, CHINESE = "s0000000english", "s0000000chinese"


@pytest.fixture
def path(store_path: Path, tmp_path: Path) -> Path:
    """A store of its own: these tests write."""
    scene.forget_answers()
    return Path(shutil.copy(store_path, tmp_path / "own.db"))


@pytest.fixture
def store(path: Path) -> Store:
    return open_store(path, SettableClock(NOW))


def press(app: AppTest, label: str) -> AppTest:
    app = next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return told(app) + "\n".join(str(e.value) for kind in (app.success, app.error) for e in kind)


@pytest.mark.parametrize("lang", LANGS)
def test_a_person_renames_a_story_and_the_log_says_who(
    monkeypatch: pytest.MonkeyPatch, path: Path, store: Store, lang: Lang
) -> None:
    app = run(monkeypatch, path, "--demo", lang=lang, story=CRISIS)
    app.text_input(key="edit_by").set_value("Ann <b>")
    app.text_input(key=f"title {CRISIS}").set_value("Hot kettles")
    press(app, say("edit_rename", lang))
    assert store.title(CRISIS) == "Hot kettles"
    assert [(e.by, e.title) for e in store.story_edits()] == [("Ann <b>", "Hot kettles")]
    assert say("edit_done_rename", lang) in said(app).replace("\\", "")
    assert "Ann \\<b\\>" in said(app)  # what somebody typed is never markup
    app.text_input(key=f"title {CRISIS}").set_value(" ")
    press(app, say("edit_rename", lang))
    assert say("edit_bad_title", lang) in said(app)


@pytest.mark.parametrize("lang", LANGS)
def test_a_merge_leads_to_the_other_story_and_the_old_link_says_where_it_went(
    monkeypatch: pytest.MonkeyPatch, path: Path, store: Store, lang: Lang
) -> None:
    app = run(monkeypatch, path, "--demo", lang=lang, story=CRISIS)
    assert next(b for b in app.button if b.label == say("edit_merge", lang)).disabled
    app.selectbox(key=f"into {CRISIS}").select(SERVICE).run()
    press(app, say("edit_merge", lang))
    assert app.query_params["story"] == [SERVICE] or app.query_params["story"] == SERVICE
    assert say("edit_done_merge", lang, n=60) in said(app).replace("\\", "")
    found = {row.story: (row.posts, row.merged_into) for row in store.stories()}
    assert (found[SERVICE], found[CRISIS]) == ((68, None), (0, SERVICE))
    assert store.check() == []
    old = run(monkeypatch, path, "--demo", lang=lang, story=CRISIS, alert=INCIDENT)
    words = said(old).replace("\\", "")
    assert say("merged_into", lang, title=TITLES[SERVICE]) in words
    assert CRISIS in words
    assert "31 negative posts in 6 hours" in words or "近 6 小时有 31 条负面帖子" in words  # its alert came along
    assert say("n_found", lang, n=68) in words


def test_a_link_to_a_story_merged_twice_leads_to_the_last(
    monkeypatch: pytest.MonkeyPatch, path: Path, store: Store
) -> None:
    store.merge_stories(COPIED, CRISIS, "Ann")
    store.merge_stories(CRISIS, SERVICE, "Ben")
    app = run(monkeypatch, path, "--demo", lang="en", story=COPIED)
    assert TITLES[SERVICE] in told(app).replace("\\", "")
    assert said(app).count("merged story") == 2  # the log of the last tells of both
    with reading(reader(path), path) as c:
        assert post_queries.count(c, Filter(story=COPIED), 1000) == 80  # the list of posts follows too


@pytest.mark.parametrize("lang", LANGS)
def test_posts_with_some_words_become_a_story_of_their_own(
    monkeypatch: pytest.MonkeyPatch, path: Path, store: Store, lang: Lang
) -> None:
    app = run(monkeypatch, path, "--demo", lang=lang, story=CRISIS)
    app.text_input(key=f"words {CRISIS}").set_value("弧光").run()
    chosen = len(store.search("弧光", story=CRISIS))
    assert 0 < chosen < 60
    assert say("edit_chosen", lang, n=chosen, of=60) in told(app)
    app.text_input(key=f"new title {CRISIS}").set_value("弧光水壶")
    press(app, say("edit_split", lang))
    (done,) = store.story_edits()
    assert (done.count, done.by, done.title) == (chosen, "dashboard", "弧光水壶")
    assert store.check() == []
    assert say("edit_done_split", lang, n=chosen, into=done.into) in said(app).replace("\\", "")
    new = run(monkeypatch, path, "--demo", lang=lang, story=str(done.into))
    assert say("n_found", lang, n=chosen) in told(new)
    assert CRISIS in told(new)  # where it came from


@pytest.mark.parametrize("words", ["", "giraffe"])
def test_a_split_of_nothing_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, path: Path, store: Store, words: str
) -> None:
    app = run(monkeypatch, path, "--demo", lang="zh", story=CRISIS)
    app.text_input(key=f"words {CRISIS}").set_value(words).run()
    press(app, say("edit_split", "zh"))
    assert say("edit_bad_split", "zh") in said(app)
    assert store.story_edits() == []


def test_a_story_merged_by_somebody_else_meanwhile_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, path: Path, store: Store
) -> None:
    app = run(monkeypatch, path, "--demo", lang="en", story=CRISIS)
    app.selectbox(key=f"into {CRISIS}").select(SERVICE).run()
    store.merge_stories(SERVICE, COPIED, "Ben")
    press(app, say("edit_merge", "en"))
    assert say("edit_bad_merge", "en") in said(app)
    assert len(store.story_edits()) == 1


def test_the_forecast_begins_at_the_present_not_at_the_last_event(
    monkeypatch: pytest.MonkeyPatch, path: Path, store: Store
) -> None:
    newest = NOW  # the alert was two hours before
    app = run(monkeypatch, path, "--demo", lang="en", story=CRISIS)
    shown = next(caption.value for caption in app.caption if "80 % interval" in caption.value)
    assert shown.startswith(f"24 h from {newest.day} {newest:%b} {newest:%H:%M}")
    with reading(reader(path), path) as c:
        first_at = next(row.first_at for row in store.stories() if row.story == CRISIS)
        found = story_outlook.outlook(c, CRISIS, scenes.BRAND, first_at, newest)
        long_after = story_outlook.outlook(c, CRISIS, scenes.BRAND, NOW, NOW + timedelta(days=9))
    assert found is not None
    assert 0 <= found.lo < found.mid < found.hi
    assert f"{found.mid:,.0f} more negative posts" in shown
    assert long_after is None


def told_twice(store: Store, clock: SettableClock, chinese_topic: Topic, at: datetime) -> None:
    """One event in English, which alerts, and eight Chinese posts about something around `at`."""
    store.forget(post=("reddit", "9000"))  # the one that waits to be read
    written = []
    for n in range(8):
        early = NOW - timedelta(hours=4, minutes=-n)
        english = post(20_000 + n, early, f"The lid of my Arc cracked, {n}", "reddit", author=f"e{n}")
        written.append(Written(english, 0.95, (Topic.PRODUCT_QUALITY,), ENGLISH))
        chinese = post(21_000 + n, at + timedelta(minutes=n), f"盖子裂了，第{n}个", "weibo", author=f"h{n}", lang="zh")
        written.append(Written(chinese, 0.95, (chinese_topic,), CHINESE))
    scenes.write(store, clock, written)
    one = scenes.alert(())
    told = replace(one.trend, story=ENGLISH, at=NOW - timedelta(hours=3))
    store.record_alert(replace(one, incident="i-english", story=ENGLISH, trend=told, at=told.at), [])


@pytest.mark.parametrize("lang", LANGS)
def test_a_twin_in_the_other_language_is_linked_from_either_page(
    monkeypatch: pytest.MonkeyPatch, path: Path, lang: Lang
) -> None:
    monkeypatch.setitem(TITLES, ENGLISH, "lid, cracked: The lid of my Arc cracked")
    monkeypatch.setitem(TITLES, CHINESE, "盖子裂了")
    clock = SettableClock(NOW)
    told_twice(open_store(path, clock), clock, Topic.PRODUCT_QUALITY, NOW - timedelta(hours=2))
    app = run(monkeypatch, path, "--demo", lang=lang, story=ENGLISH)
    words = told(app).replace("\\", "")
    assert say("twin", lang, spoken=say("in_chinese", lang)) in words
    assert "盖子裂了" in words
    press(app, say("twin_open", lang))
    assert app.query_params["story"] in (CHINESE, [CHINESE])
    words = told(app).replace("\\", "")
    assert say("twin_told", lang, spoken=say("in_english", lang)) in words
    assert "The lid of my Arc cracked" in words


@pytest.mark.parametrize(
    ("topic", "hours"), [(Topic.DELIVERY, 2), (Topic.PRODUCT_QUALITY, 40)], ids=["another topic", "another day"]
)
def test_what_is_no_twin_is_not_called_one(
    monkeypatch: pytest.MonkeyPatch, path: Path, topic: Topic, hours: int
) -> None:
    monkeypatch.setitem(TITLES, ENGLISH, "lid")
    monkeypatch.setitem(TITLES, CHINESE, "盖子")
    clock = SettableClock(NOW)
    told_twice(open_store(path, clock), clock, topic, NOW - timedelta(hours=hours))
    with reading(reader(path), path) as c:
        assert CHINESE not in {one.story for one in story_outlook.twins(c, ENGLISH, scenes.BRAND)}
        assert ENGLISH not in {one.story for one in story_outlook.twins(c, CHINESE, scenes.BRAND)}
