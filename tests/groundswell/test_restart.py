"""What a new process knows that has nothing but the store."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from collectors.http import Http
from groundswell.assemble import Parts
from groundswell.clock import SettableClock
from groundswell.config import Config
from groundswell.replay import Wheel
from groundswell.run import Monitor
from groundswell.types import AlertState, Page, Post, Topic
from tests.groundswell.conftest import everyday, outbreak
from trends.baseline import Baseline

Make = Callable[[SettableClock], Parts]


def test_restarted_half_way_it_tells_the_same(noon: SettableClock, make_parts: Make) -> None:
    end = noon()
    clock = SettableClock(end - timedelta(days=7, hours=1))
    parts = make_parts(clock)
    wheel = Wheel(parts, clock, step=timedelta(minutes=5))
    wheel.feed("s", everyday(end) + outbreak(end)[:40])
    first = list(wheel.turn(end - timedelta(minutes=10)))
    again = make_parts(clock)  # as a new process would: nothing but the store
    wheel = Wheel(again, clock, step=timedelta(minutes=5))
    wheel.feed("s", outbreak(end))
    second = list(wheel.turn(end))
    assert [e.state for e in first + second].count(AlertState.FIRING) == 1
    assert {e.incident for e in first + second} == {first[0].incident}


@pytest.mark.parametrize("restarts", [False, True])
def test_an_incident_is_over_a_day_after_it_was_last_viral_restarted_or_not(
    noon: SettableClock, make_parts: Make, restarts: bool
) -> None:
    end, step = noon(), timedelta(minutes=10)
    clock = SettableClock(end - timedelta(days=3, hours=1))
    parts = make_parts(clock)
    parts.detector.watch("Acme", clock())
    wheel = Wheel(parts, clock, step=timedelta(hours=1))
    wheel.feed("s", everyday(end, days=3, count=170) + outbreak(end))
    events = list(wheel.turn(end - timedelta(hours=2)))
    wheel.step = step
    viral = end
    while clock() < end + timedelta(hours=12):
        events += wheel.turn(clock() + step)
        viral = max([viral, *(t.at for t in parts.detector.evaluate(clock()) if t.is_viral)])
    if restarts:
        parts = make_parts(clock)
        wheel = Wheel(parts, clock, step=step)
    events += wheel.turn(end + timedelta(hours=40))
    assert events[-1].state is AlertState.RESOLVED
    assert events[-2].at + timedelta(hours=1) < viral < end + timedelta(hours=12), "people were told earlier than that"
    assert events[-1].at == viral + timedelta(hours=24)


def test_a_restart_reads_as_many_days_of_a_topic_as_memory_keeps(noon: SettableClock, make_parts: Make) -> None:
    parts = make_parts(noon)
    old = [
        Post(source="s", external_id=str(days), text="acme is bad", created_at=noon() - timedelta(days=days))
        for days in range(80)
    ]
    parts.pipeline.take("s", Page(posts=old, cursor={}))
    parts.pipeline.observe(parts.pipeline.classify())
    parts.pipeline.detect(noon())
    again = make_parts(noon)
    kept = parts.detector._brands["Acme"].days[Topic.PRODUCT_QUALITY]
    assert again.detector._brands["Acme"].days[Topic.PRODUCT_QUALITY] == kept
    assert sum(kept.values()) == 71


def test_a_restart_knows_the_copies_of_a_campaign(noon: SettableClock, make_parts: Make) -> None:
    text = "acme kettle leaked boiling water over the counter this morning and support never answered my call, bad"
    edits = [text, text.replace("morning", "evening") + " !!!", text.replace("never", "not once"), text.upper() + " ??"]
    said = []
    for i, edit in enumerate(edits):
        parts = make_parts(noon)  # a new process for every post
        parts.pipeline.take(
            "s",
            Page(
                posts=[Post(source="forum", external_id=str(i), text=edit, created_at=noon(), author="Ann")], cursor={}
            ),
        )
        said += [seen.copy_of for seen in parts.pipeline.classify()]
    assert said[0] != 0
    assert said == said[:1] * len(edits)


def test_silence_counts_from_the_first_run_on_for_a_brand_added_later_from_then(
    noon: SettableClock, make_parts: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groundswell.clock.now", noon)
    first = noon()

    def started(*brands: str) -> Parts:
        parts = make_parts(noon)
        config = Config.model_validate({"brands": [{"name": brand, "any": [brand.lower()]} for brand in brands]})
        Monitor(config, parts, cast("Http", None))
        return parts

    started("Acme")
    noon.advance_to(first + timedelta(days=20))
    parts = started("Acme", "Beta")
    end = noon() + timedelta(minutes=90)
    wheel = Wheel(parts, noon, step=timedelta(minutes=10))
    beta = [replace(p, text=p.text.replace("acme", "beta"), external_id=f"b{p.external_id}") for p in outbreak(end)]
    wheel.feed("s", outbreak(end) + beta)
    assert [(e.brand, e.state) for e in wheel.turn(end)][:1] == [("Acme", AlertState.FIRING)]
    histories = {t.brand: c for t in parts.detector.evaluate(end) for c in t.because if c.startswith("history:")}
    assert histories == {"Acme": "history:482 h", "Beta": "history:2 h"}
    assert parts.store.watched() == {"Acme": first, "Beta": first + timedelta(days=20)}
    assert parts.store.check() == []


def test_hours_in_which_no_process_ran_are_known_as_if_it_had_once_the_sources_caught_up(
    noon: SettableClock, make_parts: Make
) -> None:
    end, down = noon(), timedelta(hours=9)
    posts = everyday(end, days=10) + outbreak(end - timedelta(hours=6), count=12)
    clock = SettableClock(end - down)
    parts = make_parts(clock)
    parts.pipeline.take("s", Page(posts=[p for p in posts if p.created_at <= clock()], cursor={"at": 1}))
    while found := parts.pipeline.classify():
        parts.pipeline.observe(found)
    normal, window = Baseline(), timedelta(hours=1).total_seconds()
    clock.advance_to(end)
    parts = make_parts(clock)
    parts.pipeline.take("s", Page(posts=[p for p in posts if p.created_at > end - down], cursor={"at": 2}))
    while found := parts.pipeline.classify():
        parts.pipeline.observe(found)
    for post in posts:
        normal.add(post.source, int(post.created_at.timestamp() // 3600), 1, int("bad" in post.text))
    later = (end + timedelta(days=1)).timestamp()
    learned = parts.detector._brands["Acme"].baseline
    assert learned.expected(later, window).mean == normal.expected(later, window).mean
    (burst,) = [t for t in parts.detector.evaluate(end) if t.posts_seen >= 12]
    assert burst.surprise > 2, "it lies inside the hours and is one all the same"
    assert parts.store.outages(end - timedelta(days=30)) == []
