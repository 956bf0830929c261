import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, exc, text

from dashboard import health_queries, post_queries, queries, story_look, story_queries
from dashboard.post_queries import Filter
from dashboard.queries import DAY, Counts, Silence
from dashboard.reading import UnreadableError, reader, reading
from groundswell.types import Severity, Topic, Verdict

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
BRAND, CRISIS, COPIED, SERVICE = "Halvero", "s00000000crisis", "s00000000copies", "s0000000service"
HOUR = timedelta(hours=1)
LATER = NOW + HOUR


@pytest.fixture
def c(store_path: Path) -> Iterator[Connection]:
    with reading(reader(store_path), store_path) as connection:
        yield connection


def facts(store_path: Path, condition: str) -> int:
    """Count posts by hand, past all of our own reading code."""
    from pysqlite3 import dbapi2

    connection = dbapi2.connect(str(store_path))
    try:
        found: int = connection.execute(
            "SELECT count(*) FROM posts p LEFT JOIN predictions x ON x.post = p.id "
            f"LEFT JOIN corrections y ON y.post = p.id WHERE {condition}"
        ).fetchone()[0]
        return found
    finally:
        connection.close()


def test_counts_equal_the_facts(c: Connection, store_path: Path) -> None:
    since = f"p.created_at >= {queries.stamp(NOW - DAY)} AND p.created_at < {queries.stamp(LATER)}"
    found = queries.counts(c, "", NOW - DAY, LATER)
    assert found.mentions == facts(store_path, since)
    assert found.negative == facts(store_path, f"{since} AND coalesce(y.label, x.label) = 'negative'")
    assert (found.waiting, found.unscored) == (1, 1)
    assert queries.counts(c, "another brand", NOW - DAY, LATER) == Counts()


@pytest.mark.parametrize("step", [timedelta(minutes=15), HOUR, 6 * HOUR])
def test_a_series_has_every_bucket_and_adds_up(c: Connection, step: timedelta) -> None:
    since = NOW - 7 * DAY
    found = queries.series(c, BRAND, since, LATER, step)
    assert [at for at, _ in found[:3]] == [since, since + step, since + 2 * step]
    assert len(found) == -(-(LATER - since) // step)
    assert sum(n.classified for _, n in found) == queries.counts(c, BRAND, since, LATER).classified


def test_topics_fall_on_the_days_of_the_readers_zone(c: Connection) -> None:
    utc = queries.topics_by_day(c, BRAND, NOW - 7 * DAY, LATER, "UTC")
    there = queries.topics_by_day(c, BRAND, NOW - 7 * DAY, LATER, "Pacific/Auckland")
    assert sum(utc.values()) == sum(there.values())
    assert ("2026-03-10", "safety_health") in there
    assert ("2026-03-10", "safety_health") not in utc


def test_silence_is_told_as_past_outage_and_as_present_lateness(c: Connection) -> None:
    found = {s.source: s for s in queries.silences(c, NOW - 7 * DAY, NOW)}
    assert set(found) == {"weibo", "appstore"}
    assert found["appstore"].end is None
    assert found["weibo"].end is not None
    assert "refused" in found["weibo"].error


def test_a_bucket_without_any_source_is_unknown_and_one_with_some_is_not() -> None:
    empty, some = Counts(), Counts(neutral=1)
    quiet = [Silence(source=s, start=NOW, end=NOW + 2 * HOUR, error="") for s in ("a", "b")]
    points = [(NOW, empty), (NOW + HOUR, some), (NOW + 2 * HOUR, empty)]
    assert queries.known(points, quiet, 2, HOUR) == [False, True, True]
    assert queries.known(points, quiet, 3, HOUR) == [True, True, True]


def test_stories_come_with_the_trend_of_their_alert_and_none_without(c: Connection) -> None:
    rows = story_queries.candidates(c, "", NOW - 7 * DAY, LATER)
    assert [row.story for row in rows] == [CRISIS, COPIED, SERVICE]
    first = rows[0]
    assert (first.is_alerting, first.posts, first.negative, first.severity) == (True, 60, 60, Severity.L3)
    assert first.trend is not None
    assert first.trend.velocity == 12.5
    assert [row.trend for row in rows[1:]] == [None, None]


def test_stories_outside_the_time_range_or_of_other_brands_are_not_listed(c: Connection) -> None:
    last_hours = story_queries.candidates(c, "", NOW - 15 * HOUR, LATER)
    assert [row.story for row in last_hours] == [CRISIS]
    assert story_queries.candidates(c, "another", NOW - 7 * DAY, LATER) == []


def test_ten_copies_and_two_own_texts_are_three_voices(c: Connection) -> None:
    look = story_look.looks(c, (COPIED,), LATER)[COPIED]
    assert (look.posts, look.voices, look.sources) == (12, 3, 1)
    assert (look.automatism.verdict, look.automatism.copies, look.automatism.of) == (Verdict.COPIED, 10, 12)


def test_a_growing_story_has_r_above_one_and_a_slow_one_has_not(c: Connection) -> None:
    found = story_look.looks(c, (CRISIS, SERVICE), LATER)
    r = found[CRISIS].reproduction
    assert r is not None
    assert r.lo < r.mid < r.hi
    slow = found[SERVICE].reproduction
    assert slow is not None
    assert slow.lo < 1
    assert found[CRISIS].speed > 3 > found[SERVICE].speed
    assert set(found[CRISIS].topics) == {Topic.SAFETY_HEALTH, Topic.PRODUCT_QUALITY}


def test_nothing_is_said_of_a_story_without_recent_posts_or_of_the_future(c: Connection) -> None:
    assert story_look.looks(c, (SERVICE,), NOW + 20 * DAY) == {}
    assert story_look.looks(c, (CRISIS,), NOW - 20 * DAY) == {}


def test_quotes_are_stored_posts_word_for_word(c: Connection) -> None:
    found = story_queries.quotes(c, (CRISIS, SERVICE), 3)
    assert [len(said) for said in found.values()] == [3, 3]
    for said in found[CRISIS]:
        assert post_queries.by_id(c, [said.post])[0].text == said.text


def test_sparks_and_cumulative_counts_hold_every_post(c: Connection) -> None:
    assert sum(story_queries.sparks(c, (CRISIS,), LATER)[CRISIS]) == 60
    line = story_queries.cumulative_negative(c, CRISIS, LATER)
    assert (line[0][1], line[-1]) == (0, (LATER, 60))
    assert [n for _, n in line] == sorted(n for _, n in line)
    assert [at for at, _ in line] == sorted(at for at, _ in line)


def test_a_story_tells_its_sources_and_its_alerts(c: Connection) -> None:
    assert sum(n for _, n, _ in story_queries.by_source(c, CRISIS)) == 60
    (event,) = story_queries.events(c, CRISIS)
    assert event.trend.observed == 31
    assert story_queries.fired_since(c, BRAND, NOW - 3 * HOUR, NOW) == [event]
    assert story_queries.fired_since(c, BRAND, event.at, NOW) == []


def test_an_unknown_story_is_none(c: Connection) -> None:
    assert story_queries.story(c, "s' OR 1=1 --", NOW - DAY, NOW) is None
    known = story_queries.story(c, SERVICE, NOW - HOUR, NOW)
    assert known is not None
    assert (known.posts, known.in_range) == (8, 0)


@pytest.mark.parametrize(
    ("words", "n"), [("退款", 8), ("退", 8), ("焦味", 30), ("KETTLE smells", 27), ("no such word", 0)]
)
def test_search_finds_words_also_chinese_ones_of_two_characters(c: Connection, words: str, n: int) -> None:
    assert post_queries.count(c, Filter(words=words), 1000) == n


@pytest.mark.parametrize("words", ['"', "'; DROP TABLE posts; --", "***", "a AND (", "\x00", "NEAR("])
def test_search_words_are_never_read_as_commands(c: Connection, words: str) -> None:
    assert post_queries.count(c, Filter(words=words), 1000) >= 0


def test_filters_narrow_and_agree_with_the_rows_they_find(c: Connection) -> None:
    wanted = Filter(sentiment="negative", source="weibo", lang="zh", topic="refund_return", since=NOW - 7 * DAY)
    rows = post_queries.find(c, wanted, 100)
    assert rows
    assert len(rows) == post_queries.count(c, wanted, 1000)
    assert {(row.label, row.source, row.lang) for row in rows} == {("negative", "weibo", "zh")}
    assert all("refund_return" in row.topics for row in rows)


def test_posts_come_newest_first_with_probabilities_that_sum_to_one(c: Connection) -> None:
    rows = post_queries.find(c, Filter(story=CRISIS), 5)
    assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)
    for row in rows:
        assert (row.negative or 0) + (row.neutral or 0) + (row.positive or 0) == pytest.approx(1)


def test_unscored_waiting_and_corrected_posts_say_so(c: Connection) -> None:
    (thai,) = post_queries.find(c, Filter(sentiment="unscored"), 10)
    assert (thai.lang, thai.label, thai.reason) == ("th", None, "language th is not supported")
    (waiting,) = post_queries.find(c, Filter(words="Just arrived"), 10)
    assert (waiting.is_waiting, waiting.negative) == (True, None)
    corrected = [row for row in post_queries.find(c, Filter(words="fine"), 500) if row.is_corrected]
    assert [row.label for row in corrected] == ["positive"]


def test_health_names_what_is_late_what_waits_and_who_predicted(c: Connection) -> None:
    found = {s.source: s for s in health_queries.source_list(c, LATER)}
    assert {name for name, s in found.items() if s.silent_for(LATER)} == {"appstore"}
    assert found["weibo"].last_error is None
    assert found["weibo"].last_error_at is not None
    machine = health_queries.machine(c)
    assert (machine.inbox, machine.model, machine.waiting, machine.dead) == (1, "small@7", 1, 0)
    assert [g.source for g in health_queries.gap_notes(c, NOW - DAY)] == ["reddit"]


def test_the_dashboard_cannot_write(c: Connection) -> None:
    with pytest.raises(exc.OperationalError, match="readonly"):
        c.execute(text("DELETE FROM posts"))


def test_a_missing_store_is_said_to_be_missing_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "nothing here.db"
    with pytest.raises(UnreadableError) as told, reading(reader(path), path):
        pass
    assert told.value.trouble == "missing"
    assert not path.exists()


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_damaged_store_is_an_error_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.db"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=r"bad\.db") as told, reading(reader(path), path):
        pass
    assert told.value.trouble == "unreadable"


@pytest.mark.parametrize(
    ("table", "trouble"),
    [
        ("CREATE TABLE other (x)", "unreadable"),
        ("CREATE TABLE alembic_version AS SELECT '9999' AS version_num", "unreadable"),
    ],
)
def test_a_newer_store_and_another_programs_file_are_refused(tmp_path: Path, table: str, trouble: str) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as made:
        made.execute(table)
    made.close()
    with pytest.raises(UnreadableError) as told, reading(reader(path), path):
        pass
    assert told.value.trouble == trouble
