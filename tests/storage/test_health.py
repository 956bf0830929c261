import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from groundswell.clock import SettableClock
from groundswell.errors import Exhausted, Throttled
from storage.records import SILENT
from storage.store import Store

HOUR = timedelta(hours=1)


def test_an_outage_lasts_from_the_last_page_to_the_next(store: Store, make: Any, clock: SettableClock) -> None:
    store.commit_page("forum", make.page(make.post("1")))
    for hours in (1, 2):
        clock.advance_to(make.start + hours * HOUR)
        store.source_failed("forum", f"refused {hours}", clock() + HOUR)
    (ill,) = store.sources()
    assert (ill.failures, ill.last_error, ill.retry_at) == (2, "refused 2", make.start + 3 * HOUR)
    (outage,) = store.outages(make.start)
    assert (outage.start, outage.end, outage.error) == (make.start, None, "refused 1")
    assert store.cursor("forum") == {"at": 1}
    clock.advance_to(make.start + 3 * HOUR)
    store.commit_page("forum", make.page(at=2))
    (well,) = store.sources()
    assert (well.failures, well.last_error, well.retry_at) == (0, None, None)
    assert well.last_error_at == make.start + 2 * HOUR
    assert (well.last_page_at, well.last_new_at) == (make.start + 3 * HOUR, make.start)
    assert [o.end for o in store.outages(make.start)] == [make.start + 3 * HOUR]
    assert store.outages(make.start + 3 * HOUR) == []


def test_a_source_that_never_answered_is_listed_with_its_error(store: Store, clock: SettableClock) -> None:
    store.source_failed("forum", "no such host", None)
    (ill,) = store.sources()
    assert (ill.last_page_at, ill.last_error, ill.posts_24h) == (None, "no such host", 0)
    assert store.status()["last_errors"] == {"forum": "no such host"}


def test_only_a_sources_own_wish_to_be_left_alone_outlives_the_process(
    store: Store, make: Any, clock: SettableClock
) -> None:
    until = clock() + HOUR
    store.source_failed("forum", f"Throttled: {Throttled('forum', until)}", until)
    assert store.throttled_until("forum") == until
    store.source_failed("forum", f"Exhausted: {Exhausted('forum', until)}", until)
    assert store.throttled_until("forum") is None, "a larger budget is heeded at once"
    store.source_failed("forum", f"Throttled: {Throttled('forum', until)}", until)
    store.commit_page("forum", make.page())
    assert store.throttled_until("forum") is None
    assert store.throttled_until("nowhere") is None


def test_silence_longer_than_expected_shows(store: Store, make: Any, clock: SettableClock) -> None:
    store.expect("forum", 3600)
    assert not store.sources()[0].is_silent  # never read: that is another matter
    store.commit_page("forum", make.page(make.post("1")))
    clock.advance_to(make.start + HOUR)
    store.commit_page("forum", make.page(make.post("1")))  # an old post again is no sign of life
    assert not store.sources()[0].is_silent
    clock.advance_to(make.start + HOUR + timedelta(seconds=1))
    assert store.sources()[0].is_silent


def test_a_silence_is_on_record_from_the_last_new_post_to_the_next(
    opened: Callable[[], Store], make: Any, clock: SettableClock
) -> None:
    store = opened()
    store.expect("forum", 3600)
    store.commit_page("forum", make.page(make.post("1")))
    for minutes in (60, 61, 90):
        clock.advance_to(make.start + timedelta(minutes=minutes))
        store.commit_page("forum", make.page(make.post("1")))
        silences = [(o.start, o.end, o.error) for o in opened().outages(make.start)]
        assert silences == ([(make.start, None, SILENT)] if minutes > 60 else [])
    clock.advance_to(make.start + 2 * HOUR)
    store.source_failed("forum", "refused", None)
    clock.advance_to(make.start + 3 * HOUR)
    store.commit_page("forum", make.page())  # the failure is over, the silence is not
    assert [(o.error, o.end) for o in store.outages(make.start)] == [
        (SILENT, None), ("refused", make.start + 3 * HOUR)
    ]  # fmt: skip
    clock.advance_to(make.start + 4 * HOUR)
    store.commit_page("forum", make.page(make.post("2")))
    assert [o.end for o in opened().outages(make.start) if o.error == SILENT] == [make.start + 4 * HOUR]


def test_a_source_that_was_not_asked_is_not_put_on_record_as_silent(
    store: Store, make: Any, clock: SettableClock
) -> None:
    store.expect("forum", 3600)
    store.commit_page("forum", make.page(make.post("1")))
    clock.advance_to(make.start + 48 * HOUR)  # the monitor was down
    assert store.outages(make.start) == []
    store.commit_page("forum", make.page(make.post("2")))
    assert store.outages(make.start) == []


def test_a_silence_nobody_minds_any_more_ends(store: Store, make: Any, clock: SettableClock) -> None:
    store.expect("forum", 3600)
    store.commit_page("forum", make.page(make.post("1")))
    clock.advance_to(make.start + 2 * HOUR)
    store.commit_page("forum", make.page())
    store.expect("forum", None)
    assert [o.end for o in store.outages(make.start)] == [make.start + 2 * HOUR]
    clock.advance_to(make.start + 3 * HOUR)
    store.commit_page("forum", make.page())
    assert len(store.outages(make.start)) == 1
    store.expect("shop", None)
    assert [s.source for s in store.sources()] == ["forum"]


def test_freshness_counts_arrivals_of_a_day_and_remembers_gaps(store: Store, make: Any, clock: SettableClock) -> None:
    newest = make.start - HOUR
    store.commit_page("forum", make.page(make.post("1", created_at=newest), gap="2 pages missing"))
    clock.advance_to(make.start + 23 * HOUR)
    store.commit_page("forum", make.page(make.post("2", source="shop", created_at=newest - HOUR)))
    (now,) = store.sources()
    assert (now.posts_24h, now.last_post_at, now.gaps) == (2, newest, ("2 pages missing",))
    clock.advance_to(make.start + 25 * HOUR)
    assert store.sources()[0].posts_24h == 1
    clock.advance_to(make.start + 8 * 24 * HOUR)
    assert store.sources()[0].gaps == ()


def test_status_sums_up_and_is_json(store: Store, make: Any, clock: SettableClock) -> None:
    store.commit_page("forum", make.page(*(make.post(str(i)) for i in range(5)), gap="older pages"))
    make.classify(store)
    store.commit_page("forum", make.page(*(make.post(str(i)) for i in range(5, 8))))
    store.lease(2, 60)
    alert = make.alert()
    store.record_alert(alert, make.notes(alert, "mail"))
    status = json.loads(json.dumps(store.status()))
    assert status["posts"] == {"inbox": 1, "leased": 2, "classified": 5}
    assert status["queue_depth"] == store.inbox_depth() == 3
    assert status["oldest_waiting_since"] == clock().isoformat()
    assert status["sources"][0]["last_page_at"] == clock().isoformat()
    assert (status["open_incidents"], status["outbox"]["waiting"]) == (1, 1)


def test_export_gives_whole_rows_without_embeddings(store: Store, make: Any) -> None:
    store.commit_page("forum", make.page(make.post("1", "漏水", author="p1"), make.post("2", brand="Rival")))
    make.classify(store)
    rows = list(store.export("Halvero"))
    (row,) = json.loads(json.dumps(rows))
    assert (row["text"], row["author"], row["label"], row["model"]) == ("漏水", "p1", "negative", "m@1")
    assert (row["created_at"], row["story"], row["corrected"]) == (make.start.isoformat(), "s1", False)
    assert not any("vector" in key or "embedding" in key for key in row)
    assert list(store.export(since=make.start + HOUR)) == list(store.export(until=make.start)) == []
