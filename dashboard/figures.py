"""The figures on top: mentions, negative share with its interval, spreading stories, silent sources."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import streamlit as st

from dashboard import queries
from dashboard.format import number, percent, plain, points, wilson
from dashboard.health_queries import source_list
from dashboard.queries import DAY, Counts
from dashboard.scene import Scene
from dashboard.story_list import Ranked

Tone = Literal["off", "inverse", "red", "orange"]
Hours = list[tuple[datetime, Counts]]


def figure(
    label: str, value: str, under: str, *, change: str | None = None, tone: Tone = "off", hint: str | None = None,
    chart: Sequence[float] | None = None,
) -> None:  # fmt: skip
    """One bordered figure; `under` qualifies it and wraps instead of being cut off."""
    with st.container(border=True, height="stretch", gap="xxsmall"):
        st.metric(
            label, value, change, delta_color=tone, delta_arrow="auto" if change else "off", help=hint,
            chart_data=chart, chart_type="area",
        )  # fmt: skip
        if under:
            st.caption(under)


def show(scene: Scene, at: datetime, rows: Sequence[Ranked]) -> None:
    """Draw the four figures of the first screen."""
    start = at - DAY
    now = scene.ask(queries.counts, scene.view.brand, start, at)
    before = scene.ask(queries.counts, scene.view.brand, start - DAY, start)
    hours = scene.ask(queries.series, scene.view.brand, start, at, timedelta(hours=1))
    with st.grid(4, min_column_width=150):
        _mentions(scene, now, before, hours)
        _negative(scene, now, before, hours)
        _spreading(scene, rows)
        _silent(scene, at)


def _mentions(scene: Scene, now: Counts, before: Counts, hours: Hours) -> None:
    change = f"{(now.mentions / before.mentions - 1) * 100:+.0f} %" if before.mentions else None
    figure(
        scene.say("mentions_24h"), number(now.mentions, scene.lang), scene.say("versus" if change else "no_before"),
        change=change, hint=scene.say("mentions_help"), chart=[found.mentions for _, found in hours],
    )  # fmt: skip


def _negative(scene: Scene, now: Counts, before: Counts, hours: Hours) -> None:
    n = now.classified
    lo, hi = (percent(bound) for bound in wilson(now.negative, n))
    change = None
    if n and before.classified:
        change = points(now.negative / n - before.negative / before.classified)
    figure(
        scene.say("negative_share"), percent(now.negative / n) if n else "–",
        scene.say("interval_n", n=number(n, scene.lang), lo=lo, hi=hi),
        change=change, tone="inverse" if change else "off", hint=scene.say("negative_help"),
        chart=[found.negative for _, found in hours],
    )  # fmt: skip


def _spreading(scene: Scene, rows: Sequence[Ranked]) -> None:
    spreading = sum(one.is_spreading for one in rows)
    under = scene.say("of_open", n=sum(one.row.is_open for one in rows))
    figure(scene.say("spreading"), str(spreading), under, hint=scene.say("spreading_help"))


def _silent(scene: Scene, at: datetime) -> None:
    everyone = scene.ask(source_list, at)
    quiet = {s.source for s in scene.ask(queries.silences, at - DAY, at) if s.end is None}
    names = f"▲ {plain(', '.join(sorted(quiet)))}" if quiet else scene.say("none_silent", n=len(everyone))
    figure(scene.say("silent"), str(len(quiet)), names, hint=scene.say("silent_help"))
