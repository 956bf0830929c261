"""The tables of incidents and of what is sent; part of storage/schema.py."""

from sqlalchemy import Column, Index, Integer, Table, Text, text

from storage.columns import Json, Moment, metadata

incidents = Table(
    "incidents",
    metadata,
    Column("incident", Text, primary_key=True),
    Column("brand", Text, nullable=False),
    Column("story", Text, nullable=False),
    Column("state", Text, nullable=False),  # AlertState of the last event
    Column("severity", Text, nullable=False),
    Column("fired_at", Moment, nullable=False),
    Column("last_event_at", Moment, nullable=False),
    Column("number", Integer, nullable=False),  # of the last event
    Column("last_trend", Json, nullable=False),
    Column("posts_at_last_event", Integer, nullable=False),
    Index("incidents_open", "brand", "story", unique=True, sqlite_where=text("state != 'resolved'")),
)

alerts = Table(
    "alerts",
    metadata,
    Column("incident", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("brand", Text, nullable=False),
    Column("story", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("payload", Json, nullable=False),  # the whole Alert; read it with storage.alert_codec.alert_from
    Index("alerts_at", "at"),
    Index("alerts_story", "story"),
)

quotes = Table(  # which posts hold the words an alert quotes, so that they leave together
    "quotes",
    metadata,
    Column("post", Integer, primary_key=True, autoincrement=False),
    Column("incident", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),  # in Alert.quotes; -1 is the title
    Index("quotes_alert", "incident", "number"),
    sqlite_with_rowid=False,
)

data_alarms = Table(  # 1: people are told that a source brings no data; 2: that it is over
    "data_alarms",
    metadata,
    Column("incident", Text, primary_key=True),  # made of source, start and kind of the outage
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("payload", Json, nullable=False),  # the whole DataAlarm
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("key", Text, primary_key=True),  # idempotency key
    Column("incident", Text, nullable=False),  # with `number`, of alerts or of data_alarms
    Column("number", Integer, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("state", Text, nullable=False),  # waiting | delivered | dead
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", Moment, nullable=False),
    Column("lease_until", Moment),
    Column("last_error", Text),
    Column("delivered_at", Moment),
    Index("outbox_waiting", "next_at", sqlite_where=text("state = 'waiting'")),
)
