"""First screen: what is spreading, how fast, is it real; then sentiment over time, complaint topics by day, the mix."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import charts, figures, mix_view, queries, story_list
from dashboard.format import ago, plain
from dashboard.health_queries import source_list
from dashboard.queries import QUARTER, Silence
from dashboard.scene import Scene, choose, go, pick
from dashboard.state import WINDOWS
from groundswell.types import Topic

REFRESH_S = 5
REDRAW_S = 15  # charts cost more to draw and say less from one moment to the next
STEPS = {"24h": QUARTER, "7d": timedelta(hours=1), "28d": timedelta(hours=6)}
STALE = timedelta(hours=72)  # older than this, a store is probably not fed any more: offer to look at its end


def show(scene: Scene) -> None:
    """Draw the page."""
    _head(scene)
    _stale(scene)
    st.fragment(_live, run_every=REFRESH_S)(scene)
    st.fragment(_charts, run_every=REDRAW_S)(scene)


def _head(scene: Scene) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width="stretch"):
            st.header(scene.say("trends"), anchor=False)
            st.caption(scene.say("trends_sub"))
        brands = scene.extent().brands
        if len(brands) > 1 or scene.view.brand:
            with st.container(width=220):
                pick(scene, "brand", scene.say("brand"), brands, lambda b: b or scene.say("all_brands"))
        choose(scene, "win", scene.say("window"), tuple(WINDOWS), scene.say)
        choose(scene, "show", scene.say("state"), ("open", "all"), scene.say)


def _stale(scene: Scene) -> None:
    """Old stores: say so and offer their own present; never show empty figures as if all were quiet."""
    newest = scene.extent().newest
    view = scene.view
    if scene.is_last and not scene.is_demo:
        st.button(scene.say("now_view"), on_click=go, args=(replace(view, at=""),))
    if newest is None or scene.is_last or scene.now() - newest < STALE:
        return
    st.warning(scene.say("old", ago=ago(newest, scene.now(), scene.lang)))
    st.button(scene.say("old_view"), on_click=go, args=(replace(view, at="last"),))


def _live(scene: Scene) -> None:
    """Figures and cards, drawn again every few seconds; the order of the cards stays until the reader asks."""
    at = scene.present()
    rows = story_list.ranked(scene, at)
    story_list.fired(scene, at)
    figures.show(scene, at, rows)
    story_list.show(scene, at, rows)


def _charts(scene: Scene) -> None:
    left, right = st.columns([5, 4], gap="medium")
    with left, st.container(border=True, height="stretch"):
        sentiment(scene)
    with right, st.container(border=True, height="stretch"):
        topics(scene)
    with st.container(border=True):
        mix_view.show(scene)


def sentiment(scene: Scene) -> None:
    """Sentiment over time with silent stretches hatched."""
    at, step = scene.present(), STEPS[scene.view.win]
    width = step.total_seconds()
    since = datetime.fromtimestamp((at - scene.view.length).timestamp() // width * width, UTC)
    found = scene.ask(queries.series, scene.view.brand, since, at, step)
    quiet = scene.ask(queries.silences, since, at)
    heard = queries.known(found, quiet, len(scene.ask(source_list, at)), step)
    drawn = [
        charts.Point(at=start, negative=n.negative, neutral=n.neutral, positive=n.positive)
        if is_known
        else charts.Point(at=start, negative=None, neutral=None, positive=None)
        for (start, n), is_known in zip(found, heard, strict=True)
    ]
    st.markdown(f"**{scene.say('over_time')}**")
    names = {key: scene.say(key) for key in ("negative", "neutral", "positive", "gap")}
    option = charts.sentiment_area(drawn, merged(quiet, at), names, scene.lang, scene.colours)
    st.echarts_chart(option, height=330, alt=scene.say("over_time_alt"), key="over_time")
    if quiet:
        st.caption(plain(scene.say("hatched", sources=", ".join(sorted({s.source for s in quiet})))))


def merged(quiet: list[Silence], at: datetime) -> list[charts.Stretch]:
    """Stretches in which any source was silent, overlaps made one so that the hatch is drawn once."""
    found: list[charts.Stretch] = []
    for start, end in sorted((s.start, s.end or at) for s in quiet):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def topics(scene: Scene) -> None:
    """Complaint topics by day of the reader's zone, largest topic first; never less than a week."""
    at = scene.present()
    local = at.astimezone(ZoneInfo(scene.zone)).date()
    n_days = max(7, scene.view.length.days)
    days = [local - timedelta(days=n) for n in range(n_days - 1, -1, -1)]
    since = datetime(days[0].year, days[0].month, days[0].day, tzinfo=ZoneInfo(scene.zone)).astimezone(UTC)
    found = scene.ask(queries.topics_by_day, scene.view.brand, since, at, scene.zone)
    st.markdown(f"**{scene.say('topics_days')}**", help=scene.say("day_total", zone=plain(scene.zone)))
    if not found:
        st.info(scene.say("no_topics"))
        return
    total = {topic: sum(n for (_, name), n in found.items() if name == topic) for topic in Topic}
    rows = sorted((t for t in Topic if total[t]), key=lambda t: -total[t])
    index = {day.isoformat(): k for k, day in enumerate(days)}
    counts = {(index[day], rows.index(Topic(t))): n for (day, t), n in found.items() if day in index}
    names = [scene.say(topic.value) for topic in rows]
    option = charts.heat_map([_day(day) for day in days], names, counts, scene.colours)
    st.echarts_chart(option, height=max(200, 44 + 34 * len(rows)), alt=scene.say("topics_alt"), key="topics")


def _day(day: date) -> str:
    return f"{day.month}/{day.day}"
