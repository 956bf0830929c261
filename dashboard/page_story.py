"""One story: how it stands, why it was flagged, how far it may go, where it spreads, and every post of it."""

from dataclasses import replace
from datetime import datetime

import streamlit as st

from alerts.evidence import half_life
from dashboard import elements, post_queries, story_charts, story_edit, story_outlook, story_queries
from dashboard.format import number, percent, plain, ratio, short, span
from dashboard.post_queries import Filter
from dashboard.scene import Scene, go
from dashboard.state import View
from dashboard.story_list import looked, make
from dashboard.story_queries import StoryRow
from groundswell.types import Alert, Trace, Trend

POSTS = 20
QUOTES = 3
EVENTS = 30


def show(scene: Scene) -> None:
    """Draw the page; a merged story's old link leads to the story it became."""
    at = scene.present()
    view = scene.view
    with st.container(horizontal=True, vertical_alignment="center"):
        home = View(lang=view.lang, brand=view.brand, win=view.win, show=view.show, at=view.at)
        st.button(scene.say("back"), icon=":material/arrow_back:", type="tertiary", on_click=go, args=(home,))
        st.space("stretch")
        st.caption(scene.as_of(at), width="content")
    row = _find(scene, at)
    if row is None:
        st.warning(scene.say("no_story", story=plain(short(view.story, 40))))
        return
    story_edit.notice()
    elements.story_cards(scene, make(scene, looked(scene, [row], at), at), "story", is_heading=True)
    _twins(scene, row)
    story_edit.show(scene, row)
    log = scene.ask(story_queries.events, row.story)
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(border=True, height="stretch"):
        _spread(scene, row, at)
    with right, st.container(border=True, height="stretch"):
        _why(scene, row, _asked(log, view.alert))
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(border=True, height="stretch"):
        _quotes(scene, row)
    with right, st.container(border=True, height="stretch"):
        _sources(scene, row)
    _log(scene, log)
    story_edit.log(scene, row)
    _posts(scene, row)


def _find(scene: Scene, at: datetime) -> StoryRow | None:
    since = at - scene.view.length
    row = scene.ask(story_queries.story, scene.view.story, since, at)
    if row is None or row.merged_into is None:
        return row
    target = scene.ask(story_queries.story, row.merged_into, since, at)
    if target is not None:
        words = scene.say("merged_into", title=plain(target.title))
        done = scene.ask(story_queries.merged_by, row.story)
        if done is not None:
            words += " " + plain(scene.say("merged_by", by=done.by, at=scene.time(done.at), story=row.story))
        st.info(words, icon=":material/call_merge:")
    return target or row


def _twins(scene: Scene, row: StoryRow) -> None:
    """Name the same event in the other language: one crisis, one alert, but two stories."""
    for twin in scene.ask(story_outlook.twins, row.story, row.brand):
        words = scene.say("twin_told" if twin.is_told else "twin", spoken=_language(scene, twin.lang))
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"twin_{twin.story}"):
            n = scene.say("twin_posts", n=number(twin.negative, scene.lang))
            st.markdown(f":material/translate: {plain(words)}  \n**{plain(short(twin.title, 140))}** · {plain(n)}")
            other = replace(scene.view, story=twin.story, alert="")
            st.button(scene.say("twin_open"), key=f"open_{twin.story}", on_click=go, args=(other,))


def _language(scene: Scene, lang: str) -> str:
    return scene.say({"en": "in_english", "zh": "in_chinese"}.get(lang, "in_another"))


def _asked(log: list[Alert], incident: str) -> Alert | None:
    """Choose the alert the reader came from, else the newest that was not the end of one."""
    own = [alert for alert in log if alert.incident == incident] or log
    return own[0] if own else None


def _spread(scene: Scene, row: StoryRow, at: datetime) -> None:
    st.markdown(f"**{scene.say('spread')}**")
    seen = scene.ask(story_queries.cumulative_negative, row.story, at)
    fan: story_charts.Fan | None = None
    if row.is_alerting:  # from the present on, not from the last event: that may be hours ago
        found = scene.ask(story_outlook.outlook, row.story, row.brand, row.first_at, at)
        fan = story_charts.Fan(at=at, lo=found.lo, mid=found.mid, hi=found.hi) if found else None
    names = {key: scene.say(key) for key in ("observed", "forecast", "band")}
    option = story_charts.spread(seen, fan, names, scene.lang, scene.colours)
    st.echarts_chart(option, height=300, alt=scene.say("spread_alt"), key="spread")
    if fan:
        band = span(fan.lo, fan.hi, scene.lang)
        st.caption(scene.say("forecast_sum", at=scene.time(fan.at), mid=number(fan.mid, scene.lang), band=band))
    else:
        st.caption(scene.say("forecast_none"))


def _why(scene: Scene, row: StoryRow, alert: Alert | None) -> None:
    st.markdown(f"**{scene.say('why')}**")
    if alert is None:
        st.write(scene.say("reason_none"))
    else:
        st.markdown(plain(alert.reason.zh if scene.lang == "zh" else alert.reason.en))
    trend = row.trend or (alert.trend if alert else None)
    if trend is not None:
        _measures(scene, trend, alert.trend if alert and scene.view.alert else None)
    st.caption(scene.say("evidence_note"))


def _measures(scene: Scene, trend: Trend, then: Trend | None) -> None:
    """Show the parts of the finding, never one opaque score; `then`: those of the alert the reader came from."""
    now_column, then_column = scene.say("latest"), scene.say("at_alert")
    now, before = _values(scene, trend), _values(scene, then) if then else {}
    table: dict[str, list[str]] = {scene.say("measure"): list(now), now_column: list(now.values())}
    if before:
        table[then_column] = [before.get(name, "–") for name in now]
    st.dataframe(table, hide_index=True, row_height=32, height="content", alt=scene.say("why"))


def _values(scene: Scene, trend: Trend) -> dict[str, str]:
    lang = scene.lang
    r, auto, halves = trend.reproduction, trend.automatism, half_life(trend)
    found = {
        scene.say("r"): f"{ratio(r.mid)} ({ratio(r.lo)}–{ratio(r.hi)})" if r else scene.say("r_none"),
        scene.say("half_life"): halves[0 if lang == "en" else 1] if halves else "–",
        scene.say("velocity"): scene.say("times_expected", n=ratio(trend.velocity)),
        scene.say("surprise"): ratio(trend.surprise),
        scene.say("voices"): number(trend.voices, lang),
        scene.say("sources"): str(trend.sources),
        scene.say("circles"): _circles(scene, trend),
        scene.say("reach"): number(trend.reach, lang) if trend.reach is not None else scene.say("unknown"),
        scene.say("unknown_reach"): number(trend.reach_missing, lang),
        scene.say("same_text"): scene.say("n_of", n=number(auto.copies, lang), of=number(auto.of, lang)),
    }
    for trace in auto.findings:
        if trace.trace not in (Trace.COPIES, Trace.ONE_SHOT):  # the line above and the one below
            told = scene.say("n_of", n=number(trace.n, lang), of=number(trace.of, lang))
            found[scene.say(f"trace:{trace.trace.value}")] = told
    if auto.one_shot_share is not None:
        found[scene.say("one_shot")] = percent(auto.one_shot_share)
    return found


def _circles(scene: Scene, trend: Trend) -> str:
    if trend.communities is None or trend.largest_community is None:
        return "–"
    if trend.communities == 1:
        return "1"
    return scene.say("circles_of", n=number(trend.communities, scene.lang), part=percent(trend.largest_community))


def _quotes(scene: Scene, row: StoryRow) -> None:
    st.markdown(f"**{scene.say('quotes')}**")
    found = scene.ask(story_queries.quotes, (row.story,), QUOTES).get(row.story, [])
    elements.posts(scene, scene.ask(post_queries.by_id, [q.post for q in found]), "quotes", with_story=False)


def _sources(scene: Scene, row: StoryRow) -> None:
    st.markdown(f"**{scene.say('by_source')}**")
    found = scene.ask(story_queries.by_source, row.story)
    if not found:
        return
    st.echarts_chart(
        story_charts.bars([(name, n) for name, n, _ in found], scene.colours),
        height=40 + 32 * len(found), alt=scene.say("by_source"), key="by_source",
    )  # fmt: skip
    name, _, first = min(found, key=lambda entry: entry[2])
    st.caption(plain(scene.say("first_origin", source=name, at=scene.time(first))))


def _log(scene: Scene, log: list[Alert]) -> None:
    st.subheader(scene.say("alert_log"), anchor=False)
    if not log:
        st.caption(scene.say("no_alerts"))
        return
    for alert in log[:EVENTS]:
        state, grade = scene.say(alert.state.value), scene.say(alert.severity.value)
        reason = alert.reason.zh if scene.lang == "zh" else alert.reason.en
        st.markdown(f"**{state} · {grade} · {scene.time(alert.at)}**  \n{plain(reason)}")


def _posts(scene: Scene, row: StoryRow) -> None:
    wanted = Filter(story=row.story, until=None)
    n = row.posts
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(scene.say("story_posts"), anchor=False, width="content")
        st.caption(scene.say("n_found", n=number(n, scene.lang)), width="content")
        st.space("stretch")
        every = replace(scene.view, view="explore", story=row.story, alert="", win="28d")
        st.button(scene.say("all_posts"), icon=":material/search:", on_click=go, args=(every,))
    elements.posts(scene, scene.ask(post_queries.find, wanted, POSTS), "posts", with_story=False)
