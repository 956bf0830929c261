from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from groundswell.clock import SettableClock
from groundswell.errors import StorageError
from groundswell.types import AlertState, Interval, Severity
from storage.alert_codec import encode, trend_from
from storage.schema import watermarks
from storage.store import Store

MINUTE = timedelta(minutes=1)


def test_an_alert_and_its_incident_come_back_as_they_went_in(store: Store, make: Any) -> None:
    trend = make.trend(forecast=Interval(lo=1.0, mid=2.0, hi=float("inf")), reproduction=None, topics=())
    alert = make.alert(trend=trend, quotes=("漏水", 'it "leaks" <b>'))
    assert store.record_alert(alert, [])
    assert store.alerts(5) == [alert]
    (incident,) = store.incidents()
    assert incident.last_trend == trend
    assert (incident.number, incident.state, incident.fired_at) == (1, AlertState.FIRING, alert.at)
    assert incident.posts_at_last_event == 14


@pytest.mark.parametrize("added", ["half_life_h", "communities", "largest_community"])
def test_a_trend_stored_before_a_field_was_told_is_still_read(store: Store, make: Any, added: str) -> None:
    trend = make.trend(**{added: 4})
    assert store.record_alert(make.alert(trend=trend), [])
    assert [getattr(i.last_trend, added) for i in store.incidents()] == [4]
    old = encode(trend)
    del old[added]
    assert trend_from(old) == make.trend(**{added: None})


def test_an_event_is_recorded_and_sent_once(store: Store, make: Any) -> None:
    alert = make.alert()
    assert store.record_alert(alert, make.notes(alert, "console", "mail"))
    assert not store.record_alert(alert, make.notes(alert, "console", "mail"))
    assert len(store.alerts(5)) == 1
    assert [o.notification.receiver for o in store.lease_outbox(9, 60)] == ["console", "mail"]


def test_the_incident_moves_on_and_its_severity_never_falls(store: Store, make: Any) -> None:
    for number, severity in enumerate((Severity.L2, Severity.L4, Severity.L3), 1):
        store.record_alert(make.alert(number, severity=severity), [])
    (incident,) = store.incidents(open_only=True)
    assert (incident.severity, incident.number, incident.state) == (Severity.L4, 3, AlertState.UPDATE)
    assert incident.fired_at == make.start + timedelta(hours=1)
    assert incident.last_event_at == make.start + timedelta(hours=3)
    store.record_alert(make.alert(4, state=AlertState.RESOLVED), [])
    assert store.incidents(open_only=True) == []
    assert [i.state for i in store.incidents(open_only=False)] == [AlertState.RESOLVED]
    assert [a.number for a in store.alerts(2)] == [4, 3]
    assert store.alerts(2, "Rival") == []


def test_one_story_has_one_open_incident(store: Store, make: Any) -> None:
    store.record_alert(make.alert(), [])
    second = make.alert(incident="i2")
    with pytest.raises(StorageError, match="already has the open incident i1"):
        store.record_alert(second, make.notes(second, "console"))
    assert store.lease_outbox(9, 60) == []
    store.record_alert(make.alert(2, state=AlertState.RESOLVED), [])
    assert store.record_alert(second, [])


def test_an_event_out_of_order_is_refused(store: Store, make: Any) -> None:
    with pytest.raises(StorageError, match="event 2 after 0"):
        store.record_alert(make.alert(2), [])


def test_leased_notifications_come_back_when_nobody_reports(store: Store, make: Any, clock: SettableClock) -> None:
    alert = make.alert()
    store.record_alert(alert, make.notes(alert, "console", "mail"))
    (first,) = store.lease_outbox(1, 60)
    assert (first.notification.key, first.notification.alert, first.attempts) == ("i1:1:console", alert, 1)
    (other,) = store.lease_outbox(9, 60)
    store.delivered(other.notification.key)
    assert store.lease_outbox(9, 60) == []
    clock.advance_to(clock() + MINUTE)
    (again,) = store.lease_outbox(9, 60)
    assert (again.notification, again.attempts) == (first.notification, 2)


def test_a_new_monitor_need_not_wait_for_the_loans_of_a_dead_one(store: Store, make: Any) -> None:
    alert = make.alert()
    store.record_alert(alert, make.notes(alert, "console", "mail"))
    lent = store.lease_outbox(10, 300)
    assert lent
    assert store.lease_outbox(10, 300) == []
    store.free_outbox()
    assert [o.notification.key for o in store.lease_outbox(10, 300)] == [o.notification.key for o in lent]


def test_a_failed_delivery_waits_for_its_time_then_dies(store: Store, make: Any, clock: SettableClock) -> None:
    alert = make.alert()
    store.record_alert(alert, make.notes(alert, "mail"))
    (item,) = store.lease_outbox(9, 60)
    store.undelivered(item.notification.key, "connection refused", clock() + 5 * MINUTE)
    clock.advance_to(clock() + 4 * MINUTE)
    assert store.lease_outbox(9, 60) == []
    clock.advance_to(clock() + MINUTE)
    assert len(store.lease_outbox(9, 60)) == 1
    store.undelivered(item.notification.key, "no such address", None)
    clock.advance_to(clock() + timedelta(days=9))
    assert store.lease_outbox(9, 60) == []
    assert store.status()["outbox"] == {"waiting": 0, "delivered": 0, "dead": 1}


def test_what_was_delivered_is_not_failed_by_a_slow_rival(store: Store, make: Any, clock: SettableClock) -> None:
    alert = make.alert()
    store.record_alert(alert, make.notes(alert, "mail"))
    store.lease_outbox(1, 60)
    store.delivered("i1:1:mail")
    store.undelivered("i1:1:mail", "timeout", clock())
    assert store.lease_outbox(1, 60) == []
    with pytest.raises(StorageError, match="no notification x"):
        store.delivered("x")
    with pytest.raises(StorageError, match="no notification x"):
        store.undelivered("x", "error", None)


def test_an_update_waits_until_the_receiver_has_the_event_before_it(
    store: Store, make: Any, clock: SettableClock
) -> None:
    first, second = make.alert(1), make.alert(2)
    store.record_alert(first, make.notes(first, "mail", "console"))
    store.lease_outbox(9, 60)
    store.record_alert(second, make.notes(second, "mail", "console"))
    store.delivered("i1:1:console")
    store.undelivered("i1:1:mail", "down", clock() + MINUTE)
    assert [o.notification.key for o in store.lease_outbox(9, 60)] == ["i1:2:console"]
    store.undelivered("i1:1:mail", "gave up", None)
    assert [o.notification.key for o in store.lease_outbox(9, 60)] == ["i1:2:mail"]


def test_a_stored_alert_of_another_shape_is_an_error_not_a_crash(store: Store, make: Any) -> None:
    store.record_alert(make.alert(), [])
    with store._file.write() as connection:
        connection.exec_driver_sql("UPDATE alerts SET payload = json_remove(payload, '$.reason')")
    with pytest.raises(StorageError, match="stored Alert cannot be read"):
        store.alerts(1)


def test_the_table_itself_holds_one_open_incident_per_story(store: Store, make: Any) -> None:
    store.record_alert(make.alert(), [])
    with pytest.raises((StorageError, IntegrityError), match="UNIQUE"), store._file.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO incidents SELECT 'i9', brand, story, state, severity, fired_at, last_event_at, number, "
            "posts_at_last_event, last_trend FROM incidents"
        )


def test_what_was_noted_of_an_incident_goes_when_it_is_over(store: Store, make: Any) -> None:
    store.watch(["Acme"], make.start)
    store.record_alert(make.alert(), [])
    store.note_viral(["i1", "of an earlier version"], make.start)
    assert viral_rows(store) == 2
    assert list(store.last_viral().values()) == [make.start]
    assert store.forget_viral() == 1
    assert list(store.last_viral().values()) == [make.start], "it is open"
    store.record_alert(make.alert(2, state=AlertState.RESOLVED), [])
    assert viral_rows(store) == 0
    assert (store.forget_viral(), list(store.watched())) == (0, ["Acme"])


def viral_rows(store: Store) -> int:
    with store._file.read() as connection:
        return len([name for (name,) in connection.execute(select(watermarks.c.name)) if name.startswith("viral:")])
