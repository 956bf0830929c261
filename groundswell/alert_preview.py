"""What a rule would have told: the stored posts once more through detector and policy, on their own clock.

The same code as `groundswell replay` and a live run, over a throw-away store in memory; the live one is only read. The
posts keep the stories and labels they have now (people's merges and corrections included), and each is taken to have
arrived when it was written.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from groundswell import clock
from groundswell.assemble import HISTORY, RECENT, TOPIC_DAYS, assemble, tell_outages
from groundswell.clock import SettableClock
from groundswell.config import Config
from groundswell.errors import InputError
from groundswell.opening import detection, policy
from groundswell.replay import Wheel
from groundswell.types import Alert, AlertState, Observation, Prediction, Sentiment
from storage.schema import EPOCH
from storage.store import Store, open_store

DAY = timedelta(days=1)
BEFORE = RECENT  # looked at before the time asked for, so that what was going on then does not count as new
PEAK_S = 3600.0  # the peak is reached with the post that completes the busiest hour
CHANGEABLE = ("trends", "alerts", "severity")  # sections of the file
OFFICE = (time(9), time(18))  # Monday to Friday
Say = Callable[[str], None]


@dataclass(slots=True)
class Run:
    """What a replay found: alert events of the time asked for, and when each story's negative posts were."""

    since: datetime
    until: datetime
    events: list[Alert] = field(default_factory=list)
    negatives: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def changed(config: Config, changes: Sequence[str]) -> Config:
    """Apply `section.key=value` to [trends], [alerts] and [severity]. Raises InputError naming what cannot be set."""
    given: dict[str, Any] = {name: getattr(config, name).model_dump() for name in CHANGEABLE}
    for change in changes:
        name, equals, value = change.partition("=")
        *path, key = name.strip().split(".")
        place: Any = given
        for part in path:
            place = place.get(part) if isinstance(place, dict) else None
        if not equals or not isinstance(place, dict) or isinstance(place.get(key, {}), dict):
            raise InputError("--set", f"{change!r} sets nothing", f"name=value, the name one of {_settable(given)}")
        place[key] = value.strip()
    try:
        sections = {name: type(getattr(config, name)).model_validate(keys) for name, keys in given.items()}
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError("--set", f"{where} = {first['input']!r}: {first['msg']}", "see groundswell.toml") from error
    return config.model_copy(update=sections)


def _settable(given: Mapping[str, Any]) -> str:
    """List the names, those of the table of severity as severity.RULE.KEY: it has a hundred."""
    plain = [f"{part}.{key}" for part, keys in given.items() for key, value in keys.items() if type(value) is not dict]
    rules = given["severity"]
    keys = " ".join(next(iter(rules.values())))
    return f"{', '.join(plain)}, severity.RULE.KEY (RULE: {' '.join(rules)}; KEY: {keys})"


def preview(
    config: Config,
    brand: str,
    *,
    days: int = 90,
    changes: Sequence[str] = (),
    every: timedelta = timedelta(minutes=1),
    zone: str = "",
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """Count what the rules of `config`, with `changes`, would have told of `brand` ("" is every brand) lately.

    Raises InputError for another brand, an unknown zone or key, and a store without classified posts.
    """
    known = [b.name for b in config.brands]
    if brand and brand not in known:
        raise InputError(brand, "no such brand", f"configured: {', '.join(known) or 'none'}")
    rule = changed(config, changes)
    local = _zone(zone or next((r.time_zone for r in config.receivers), "UTC"))
    live = open_store(config.store_path(), clock.now)
    try:
        run = _run(live, rule, clock.now(), days, every, say)
        sent = [i for i in live.incidents(open_only=False) if i.fired_at >= run.since and brand in ("", i.brand)]
        fired = [a for a in run.events if a.state is AlertState.FIRING and brand in ("", a.brand)]
        rows = [_row(a, run.negatives[a.story], local, live.title(a.story)) for a in fired]
    finally:
        live.close()
    found = _figures(rows) | {"days": -(-(run.until - run.since) // DAY), "asked_days": days}
    return {
        "brand": brand or None, "from": run.since.isoformat(), "to": run.until.isoformat(), **found,
        "updates": sum(a.state is AlertState.UPDATE and brand in ("", a.brand) for a in run.events),
        "sent_then": len(sent), "changed": list(changes), "time_zone": local.key,
        "look_every_min": every / timedelta(minutes=1), "sentence": sentence(found), "alerts": rows,
    }  # fmt: skip


def _run(live: Store, rule: Config, now: datetime, days: int, every: timedelta, say: Say) -> Run:
    first = next(iter(live.observations(EPOCH)), None)
    if first is None:
        raise InputError("store", "holds no classified post, so there is nothing to try a rule on", "groundswell run")
    run = Run(since=max(_midnight(now - (days - 1) * DAY), first.at), until=now)
    begin = _midnight(run.since - BEFORE)
    run.events = [alert for alert in _events(live, rule, run, begin, every, say) if alert.at >= run.since]
    return run


def _events(live: Store, rule: Config, run: Run, begin: datetime, every: timedelta, say: Say) -> Iterator[Alert]:
    """Every alert event from `begin` on; the store it is decided over is forgotten at the end."""
    moment = SettableClock(begin)
    parts = assemble(
        store_path=":memory:", queries=(), key=b"preview", clock=moment, reader=_Unused(),
        policy=policy(rule), detection=detection(rule),
    )  # fmt: skip
    try:
        past = begin - HISTORY
        parts.detector.warm(
            (row for row in live.hourly(past) if row[2] < begin),
            live.observations(begin - RECENT, begin),
            topic_days=[row for row in live.topic_days(begin - TOPIC_DAYS) if row[2] < begin],
        )
        for brand, since in live.watched().items():
            parts.detector.watch(brand, since)
        tell_outages(replace(parts, store=live), past)
        wheel, whole = Wheel(parts, moment, step=every), -(-(run.until - begin) // DAY)
        for day in range(whole):
            end = min(begin + (day + 1) * DAY, run.until)
            wheel.tell(_noted(live.observations(begin + day * DAY, end), run))
            yield from wheel.turn(end)
            if day % 10 == 9:
                say(f"  {day + 1} of {whole} days")
    finally:
        parts.store.close()


def _noted(observations: Iterator[Observation], run: Run) -> Iterator[Observation]:
    for seen in observations:
        if seen.label is Sentiment.NEGATIVE:
            run.negatives[seen.story].append(seen.at.timestamp())
        yield seen


def _row(alert: Alert, negatives: Sequence[float], zone: ZoneInfo, title: str) -> dict[str, Any]:
    at = alert.at.astimezone(zone)
    reached = peak(negatives)
    return {
        "at": at.isoformat(), "brand": alert.brand, "severity": alert.severity.value, "story": alert.story,
        "title": title, "in_office_hours": at.weekday() < 5 and OFFICE[0] <= at.time() < OFFICE[1],
        "lead_min": None if reached is None else round((reached - alert.at.timestamp()) / 60, 1),
    }  # fmt: skip


def peak(times: Sequence[float]) -> float | None:
    """Return when the busiest hour of sorted times was complete, the first of several; None without any."""
    reached: float | None = None
    best, start = 0, 0
    for end, at in enumerate(times):
        while times[start] <= at - PEAK_S:
            start += 1
        if end - start + 1 > best:
            best, reached = end - start + 1, at
    return reached


def _figures(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    leads = [row["lead_min"] for row in rows if row["lead_min"] is not None]
    return {
        "fired": len(rows),
        "in_office_hours": sum(row["in_office_hours"] for row in rows),
        "lead_min_median": round(median(leads), 1) if leads else None,
        "before_peak": sum(lead > 0 for lead in leads),
    }


def sentence(found: Mapping[str, Any]) -> dict[str, str]:
    """Say the figures of a preview in English and Chinese."""
    days, fired, lead = found["days"], found["fired"], found["lead_min_median"]
    length_en, length_zh = f"In the last {_many(days, 'day')}", f"过去 {days} 天"
    if days < found["asked_days"]:
        length_en += " (stored posts reach no further back)"
        length_zh += "（已存帖子仅覆盖至此）"
    if not fired:
        return {"en": f"{length_en} it would not have fired.", "zh": f"{length_zh}内不会触发。"}
    en = f"{length_en} it would have fired {_many(fired, 'time')}, {found['in_office_hours']} in office hours"
    zh = f"{length_zh}内会触发 {fired} 次，其中 {found['in_office_hours']} 次在工作时间内"
    if lead is not None:
        en += f", median {abs(lead):.0f} min {'before' if lead >= 0 else 'after'} the peak"
        zh += f"，中位数比峰值{'早' if lead >= 0 else '晚'} {abs(lead):.0f} 分钟"
    return {"en": en + ".", "zh": zh + "。"}


def _many(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise InputError("--time-zone", f"{name!r} is no time zone", "a name as in Europe/Berlin") from error


class _Unused:
    """Stands where a reader would: the posts were read before."""

    def predict(self, texts: Sequence[str], langs: Sequence[str | None] | None = None) -> list[Prediction]:
        raise AssertionError(f"{len(texts)} texts ({langs}) given to a preview, which reads none")
