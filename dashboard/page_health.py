"""Can today's numbers be trusted: freshness per source, gaps, queue, model, deliveries, last errors."""

from datetime import datetime, timedelta

import streamlit as st

from dashboard import health_queries, queries
from dashboard.figures import figure
from dashboard.format import ago, duration, number, percent, plain
from dashboard.health_queries import Source
from dashboard.queries import DAY
from dashboard.scene import Scene, choose
from dashboard.state import WINDOWS


def show(scene: Scene) -> None:
    """Draw the page."""
    at = scene.present()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width="stretch"):
            st.header(scene.say("health"), anchor=False)
            st.caption(f"{scene.say('health_sub')} · {scene.as_of(at)}")
        choose(scene, "win", scene.say("window"), tuple(WINDOWS), scene.say)
    _machine(scene, at)
    st.subheader(scene.say("sources"), anchor=False)
    _sources(scene, at)
    st.subheader(scene.say("gaps"), anchor=False)
    _gaps(scene, at)


def _machine(scene: Scene, at: datetime) -> None:
    found = scene.ask(health_queries.machine)
    day = scene.ask(queries.counts, scene.view.brand, at - DAY, at)
    judged = day.classified + day.unscored
    waits = scene.say("oldest", length=duration(at - found.oldest, scene.lang)) if found.oldest else ""
    name, _, revision = (found.model or "").partition("@")
    of = scene.say("n_of", n=number(day.unscored, scene.lang), of=number(judged, scene.lang))
    dead = f"✕ {scene.say('outbox_dead', n=found.dead)}" if found.dead else scene.say("outbox_fine")
    with st.grid(4, min_column_width=150):
        queue = number(found.inbox, scene.lang)
        figure(scene.say("queue"), queue, waits or scene.say("queue_empty"), hint=scene.say("queue_help"))
        model = plain(name) if revision else scene.say("model_none") if not name else ""
        figure(scene.say("model_now"), revision or name or "–", model)
        figure(scene.say("unscored_share"), percent(day.unscored / judged) if judged else "–", of)
        figure(scene.say("outbox"), number(found.waiting, scene.lang), dead)


def _sources(scene: Scene, at: datetime) -> None:
    found = scene.ask(health_queries.source_list, at)
    if not found:
        st.info(scene.say("no_sources"))
        return

    def since(moment: datetime | None) -> str:
        return ago(moment, at, scene.lang) if moment else scene.say("never")

    table = {
        scene.say("source"): [s.source for s in found],
        scene.say("status"): [state(scene, s, at) for s in found],
        scene.say("last_page"): [since(s.last_page_at) for s in found],
        scene.say("last_post"): [since(s.last_post_at) for s in found],
        scene.say("expected_every"): [_expected(scene, s) for s in found],
        scene.say("posts_24h"): [s.posts_24h for s in found],
        scene.say("last_error"): [_error(scene, s) for s in found],
    }
    st.dataframe(table, hide_index=True, height="content", alt=scene.say("sources"))


def state(scene: Scene, source: Source, at: datetime) -> str:
    """One word on a source, with a sign so that colour is not needed."""
    silent = source.silent_for(at)
    if source.failures:
        return scene.say("failing")
    if silent is not None:
        return scene.say("late", length=duration(silent, scene.lang))
    return scene.say("fresh" if source.expected_s is not None else "no_bound")


def _expected(scene: Scene, source: Source) -> str:
    return "–" if source.expected_s is None else duration(timedelta(seconds=source.expected_s), scene.lang)


def _error(scene: Scene, source: Source) -> str:
    if source.last_error_at is None:
        return ""
    return f"{scene.time(source.last_error_at)} {source.last_error or scene.say('recovered')}"


def _gaps(scene: Scene, at: datetime) -> None:
    since = at - scene.view.length
    rows = [(s.start, s.source, s.end, s.error) for s in scene.ask(queries.silences, since, at)]
    rows += [(g.at, g.source, g.at, g.note) for g in scene.ask(health_queries.gap_notes, since)]
    if not rows:
        st.caption(scene.say("no_gaps"))
        return
    rows.sort(reverse=True, key=lambda row: row[0])
    table = {
        scene.say("gap_from"): [scene.time(start) for start, _, _, _ in rows],
        scene.say("gap_to"): [scene.time(end) if end else scene.say("gap_open") for _, _, end, _ in rows],
        scene.say("source"): [source for _, source, _, _ in rows],
        scene.say("gap_what"): [note or scene.say("silent") for _, _, _, note in rows],
    }
    st.dataframe(table, hide_index=True, height="content", alt=scene.say("gaps"))
