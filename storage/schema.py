"""The tables, once: queries are written against these; storage/migrations/ builds them step by step.

    sources ─ outages, gaps, spending       where posts come from, when that failed, what it cost
    posts ─ predictions, embeddings         one row per (brand, source, external_id); the row is also the queue
          ─ corrections ─ label_edits       what a person said; outranks the prediction; in which order
          ─ search (FTS5, contentless)      tokens of the text, rowid = posts.id; see storage/search.py
    stories ─ story_edits                   groups of posts about one thing; what people merged, split and renamed
    quarters, topic_quarters, story_hours   counts of the classified posts that are held (event time, UTC)
    days, topic_days, service_days          the same per UTC day; kept when retention deletes the posts
    mix_shifts                              when a kind's share of a brand's complaints changed
    incidents ─ alerts ─ quotes, outbox     who was told what and why
    data_alarms ─ outbox                    who was told of which outage

One file, longer than others are, so that the tables can be read beside one another.

Times are aware UTC datetimes, held as integer microseconds since 1970 (`Moment`), so that they sort and subtract.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text

from storage.alert_tables import alerts as alerts
from storage.alert_tables import data_alarms as data_alarms
from storage.alert_tables import incidents as incidents
from storage.alert_tables import outbox as outbox
from storage.alert_tables import quotes as quotes
from storage.columns import EPOCH as EPOCH
from storage.columns import MICROSECOND as MICROSECOND
from storage.columns import Json
from storage.columns import Moment as Moment
from storage.columns import metadata as metadata

REVISION = "0009"
"""The migration these tables correspond to."""

sources = Table(
    "sources",
    metadata,
    Column("source", Text, primary_key=True),  # the name given to commit_page
    Column("cursor", Json),
    Column("last_page_at", Moment),  # arrival time of the last page, empty or not
    Column("last_new_at", Moment),  # arrival time of the last new post
    Column("last_post_at", Moment),  # event time of the newest post
    Column("last_error", Text),  # of the failure going on; NULL after the next page
    Column("last_error_at", Moment),  # kept after recovery
    Column("retry_at", Moment),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("expected_s", Float),  # longer silence raises a data alarm
)

outages = Table(
    "outages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("start", Moment, nullable=False),  # the last page before it, or the first failure; of a silence: new post
    Column("end", Moment),  # NULL: still going on
    Column("noticed_at", Moment),  # when this row was written; NULL: before that was kept
    Column("error", Text, nullable=False),  # "" (records.SILENT): it answers but brings nothing
    Index("outages_start", "source", "start"),
)

gaps = Table(
    "gaps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("note", Text, nullable=False),  # what the page could not see
    Index("gaps_at", "source", "at"),
)

spending = Table(  # kept when posts go: a budget is the day's whatever became of what it bought
    "spending",
    metadata,
    Column("source", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # ISO date in the zone where the source counts
    Column("units", Integer, nullable=False),  # booked before each request: never less than was spent
    sqlite_with_rowid=False,
)

posts = Table(
    "posts",
    metadata,
    Column("id", Integer, primary_key=True),  # never used twice: alerts point at it
    Column("brand", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("collector", Text, nullable=False),  # sources.source that brought it
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("lang", Text),  # as the source says; predictions.lang is the model's
    Column("created_at", Moment, nullable=False),  # event time
    Column("arrived_at", Moment, nullable=False),
    Column("author", Text),  # pseudonym
    Column("parent", Text),  # external_id
    Column("url", Text),
    Column("rating", Float),
    Column("audience", Integer),
    Column("likes", Integer),
    Column("replies", Integer),
    Column("shares", Integer),
    Column("views", Integer),
    Column("rule", Text),  # why the gate took it for this brand; NULL: stored before that was kept
    Column("rule_version", Text),  # fingerprint of the brand's query at that time; NULL: no query decided
    Column("state", Text, nullable=False),  # inbox | classified
    Column("lease_token", Text),  # who works on it, or who classified it
    Column("lease_until", Moment),
    Column("attempts", Integer, nullable=False, server_default="0"),  # leases since it (last) entered the inbox
    Column("story", Text),  # set when classified
    Column("copy_of", BigInteger),  # fingerprint shared by near-copies
    Column("alarm_words", Json),  # ["safety", ...]
    UniqueConstraint("external_id", "source", "brand", name="posts_key"),
    Index("posts_inbox", "id", sqlite_where=text("state = 'inbox'")),
    Index("posts_brand", "brand", "created_at"),
    Index("posts_created", "created_at"),
    Index("posts_arrived", "collector", "arrived_at"),
    Index("posts_story", "story", "created_at", sqlite_where=text("story IS NOT NULL")),
    Index("posts_author", "author", sqlite_where=text("author IS NOT NULL")),
    sqlite_autoincrement=True,
)

predictions = Table(
    "predictions",
    metadata,
    Column("post", Integer, primary_key=True, autoincrement=False),
    Column("model", Text, nullable=False),  # name@revision
    Column("label", Text),  # NULL: not scored, `reason` says why
    Column("reason", Text),
    Column("lang", Text),
    Column("negative", Float),  # the three sum to 1
    Column("neutral", Float),
    Column("positive", Float),
    Column("topics", Json),  # {label: probability}
    Column("service", Json),
    Column("signals", Json),
    Column("topics_on", Json),  # [label, ...] past the model's threshold
    Column("service_on", Json),
    Column("signals_on", Json),
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("post", Integer, primary_key=True, autoincrement=False),
    Column("vector", LargeBinary, nullable=False),  # float16, L2-normalised
)

corrections = Table(
    "corrections",
    metadata,
    Column("post", Integer, primary_key=True, autoincrement=False),
    Column("label", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

label_edits = Table(  # what was said or taken back, so that a running monitor can follow
    "label_edits",
    metadata,
    Column("id", Integer, primary_key=True),  # in the order in which it was said
    Column("at", Moment, nullable=False),
    Column("post", Integer, nullable=False),
    Index("label_edits_post", "post"),
    sqlite_autoincrement=True,
)

stories = Table(
    "stories",
    metadata,
    Column("story", Text, primary_key=True),
    Column("brand", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("title_by", Text),  # NULL: the machine; else the person who named it
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),  # of the posts that shaped it
    Column("posts", Integer, nullable=False, server_default="0"),  # = the sum of its story_hours
    Column("negative", Integer, nullable=False, server_default="0"),
    Column("centroid", LargeBinary, nullable=False),  # float16
    Column("words", Json, nullable=False),  # {word: weight}
    Column("heat", Float, nullable=False, server_default="0"),  # complaints at last_at, fading
    Column("merged_into", Text),  # the story its posts are counted under now; never itself a merged one
    Column("absorbed", Integer, nullable=False, server_default="0"),  # posts that shaped its words and centroid
    Column("course", Json),  # the words it began with and those since: about, title, centroid, lately, posts
    Column("drifted_from", Text),  # the story whose posts said the words it began with
    Column("status", Text, nullable=False, server_default="open"),
    Index("stories_brand", "brand", "last_at"),
    Index("stories_last", "last_at"),
    Index("stories_merged", "merged_into", sqlite_where=text("merged_into IS NOT NULL")),
    Index("stories_drifted", "drifted_from", sqlite_where=text("drifted_from IS NOT NULL")),
)

story_edits = Table(
    "story_edits",
    metadata,
    Column("id", Integer, primary_key=True),  # in the order in which they count
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("brand", Text, nullable=False),
    Column("what", Text, nullable=False),  # merged | split | renamed
    Column("story", Text, nullable=False),
    Column("into", Text),  # the story its posts went to
    Column("posts", Json),  # [id, ...] of a split
    Column("count", Integer, nullable=False, server_default="0"),  # posts that went, and negative ones of them
    Column("negative", Integer, nullable=False, server_default="0"),
    Column("title", Text),  # given by the person
    Index("story_edits_story", "story"),
    sqlite_autoincrement=True,
)


def _labels() -> list[Column[int]]:
    """One counter per effective label: the person's, else the model's, else unscored."""
    names = ("negative", "neutral", "positive", "unscored")
    return [Column(name, Integer, nullable=False, server_default="0") for name in names]


def _topic_counts() -> list[Column[int]]:
    return [Column(name, Integer, nullable=False, server_default="0") for name in ("posts", "negative")]


def _key(name: str, kind: Any = Text) -> Column[Any]:
    return Column(name, kind, primary_key=True)


# lang is the model's, else the source's, else ''.
quarters = Table(  # 15 minutes
    "quarters",
    metadata,
    _key("brand"), _key("bucket", Moment), _key("source"), _key("lang"),
    *_labels(),
    sqlite_with_rowid=False,
)  # fmt: skip

days = Table(
    "days",
    metadata,
    _key("brand"), _key("bucket", Moment), _key("source"), _key("lang"),
    *_labels(),
    sqlite_with_rowid=False,
)  # fmt: skip

topic_quarters = Table(
    "topic_quarters",
    metadata,
    _key("brand"), _key("topic"), _key("bucket", Moment), _key("source"), _key("lang"),
    *_topic_counts(),
    sqlite_with_rowid=False,
)  # fmt: skip

topic_days = Table(
    "topic_days",
    metadata,
    _key("brand"), _key("topic"), _key("bucket", Moment), _key("source"), _key("lang"),
    *_topic_counts(),
    sqlite_with_rowid=False,
)  # fmt: skip

service_days = Table(  # complaints of how service failed
    "service_days",
    metadata,
    _key("brand"), _key("service"), _key("bucket", Moment), _key("source"), _key("lang"),
    *_topic_counts(),
    sqlite_with_rowid=False,
)  # fmt: skip

mix_shifts = Table(  # told once, never changed; posts are named, not quoted
    "mix_shifts",
    metadata,
    _key("brand"),
    _key("kind"),  # a topic, or "service:" and a service failure
    _key("day", Moment),  # the first UTC day of the new share
    Column("found", Moment, nullable=False),  # the UTC day after whose end it could be told
    Column("before", Float, nullable=False),  # shares of the negative posts, 0-1
    Column("after", Float, nullable=False),
    Column("lo", Float, nullable=False),  # 90 % interval of after - before
    Column("hi", Float, nullable=False),
    Column("z", Float, nullable=False),
    Column("examples", Json, nullable=False),  # [posts.id, ...]
    sqlite_with_rowid=False,
)

story_hours = Table(
    "story_hours",
    metadata,
    _key("story"), _key("bucket", Moment),
    *_labels(),
    Index("story_hours_bucket", "bucket"),
    sqlite_with_rowid=False,
)  # fmt: skip

watermarks = Table(  # moments to remember
    "watermarks",
    metadata,
    # counts before `at` are not compared with facts: 'quarters' trimmed, 'days:<source>' purged;
    # last looked at and found viral: 'viral:<incident>'; watched since: 'watched:<brand>'
    _key("name"),
    Column("at", Moment, nullable=False),
)
