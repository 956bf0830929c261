"""Tells people, once, of a source that brings no data for long, and once that it is back."""

import logging
from datetime import datetime, timedelta

from alerts.outages import alarm_id, begun, ended, is_spent, notifications
from groundswell.config import Config
from groundswell.types import DataAlarm
from storage.records import Outage, SourceHealth
from storage.store import Store

log = logging.getLogger(__name__)
DAY = timedelta(days=1)


class DataAlarms:
    """Looks at the outages in the store, where it also stands who was told: a restart tells nothing twice.

    An outage of a configured source is told of when it was noticed `outage_after_h` ago and the source was asked in
    vain since this process began, at `begun`: what went on when the last one ended may be over. That a day's budget is
    spent ends by itself and is likely to come back the next day: its alarm lasts until a day passes without it.
    """

    def __init__(self, store: Store, config: Config, begun: datetime) -> None:
        self._store, self._begun = store, begun
        self._sources = {source.name: source.brand for source in config.sources}
        self._wishes, self._dashboard_url = config.receivers, config.dashboard.url()
        self._after = timedelta(hours=config.alerts.outage_after_h)
        self._told: set[str] = set()

    def look(self, at: datetime) -> list[DataAlarm]:
        """Tell of outages that have lasted, and of the end of those told; returns what was new."""
        if not self._after:
            return []
        return [alarm for alarm in [*self._ends(at), *self._lasting(at)] if self._record(alarm)]

    def _lasting(self, at: datetime) -> list[DataAlarm]:
        due = [
            outage
            for outage in self._store.outages(at)
            if outage.end is None
            and outage.source in self._sources
            and at - outage.noticed_at >= self._after
            and alarm_id(outage) not in self._told
        ]
        health = {source.source: source for source in self._store.sources()} if due else {}
        spent = {alarm.source for alarm in self._store.alarms() if is_spent(alarm.error)} if due else set()
        errors = {outage: outage.error and (health[outage.source].last_error or outage.error) for outage in due}
        return [
            begun(outage, error, at, self._dashboard_url)
            for outage, error in errors.items()
            if self._was_tried(outage, health[outage.source]) and not (is_spent(error) and outage.source in spent)
        ]

    def _was_tried(self, outage: Outage, source: SourceHealth) -> bool:
        last = source.last_error_at if outage.error else source.last_page_at
        return last is not None and last >= self._begun

    def _ends(self, at: datetime) -> list[DataAlarm]:
        alarms = self._store.alarms()
        if not alarms:
            return []
        past = self._store.outages(min(alarm.since for alarm in alarms))
        over = {alarm_id(outage): outage.end for outage in past if outage.end is not None}
        for alarm in alarms:
            if is_spent(alarm.error):
                over.pop(alarm.incident, None)
                ends = [outage.end for outage in past if outage.source == alarm.source and is_spent(outage.error)]
                last = max((end or at for end in ends), default=alarm.since)
                if at - last >= DAY:
                    over[alarm.incident] = last
        return [ended(alarm, over[alarm.incident], at) for alarm in alarms if alarm.incident in over]

    def _record(self, alarm: DataAlarm) -> bool:
        brand = self._sources.get(alarm.source, "")
        is_new = self._store.record_alarm(alarm, notifications(alarm, self._wishes, brand))
        self._told.add(alarm.incident)
        if is_new:
            log.info("data_alarm source=%s incident=%s number=%d", alarm.source, alarm.incident, alarm.number)
        return is_new
