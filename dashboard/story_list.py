"""The ranked list of story cards: what is read for them, and an order that never changes under the cursor."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import streamlit as st

from dashboard import cards, elements, story_queries
from dashboard.format import plain
from dashboard.scene import Scene, leave
from dashboard.story_look import Look, looks
from dashboard.story_queries import MOST_STORIES, StoryRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A story with how it stands now; None: no post in the last 72 hours."""

    row: StoryRow
    look: Look | None

    @property
    def is_spreading(self) -> bool:
        """It alerts, or R is above 1 for sure: the lower bound says so."""
        r = self.look.reproduction if self.look else None
        return self.row.is_alerting or (r is not None and r.lo > 1)


def ranked(scene: Scene, at: datetime) -> list[Ranked]:
    """Rank the stories: alerting first, then grave, then growing, then many negative posts in the time range."""
    view = scene.view
    everything = view.show == "all"
    rows = scene.ask(story_queries.candidates, view.brand, at - view.length, at, everything)
    return sorted(looked(scene, rows, at), key=_rank)[:MOST_STORIES]


def looked(scene: Scene, rows: Sequence[StoryRow], at: datetime) -> list[Ranked]:
    """Put to each story how it stands at the next full minute, so that equal questions have equal answers."""
    names = tuple(sorted(row.story for row in rows))
    found = scene.ask(looks, names, at + timedelta(seconds=-at.timestamp() % 60))
    return [Ranked(row=row, look=found.get(row.story)) for row in rows]


def _rank(one: Ranked) -> tuple[bool, int, float, int, str]:
    row, r = one.row, one.look.reproduction if one.look else None
    grave = int(row.severity.value[1:]) if row.severity and row.is_alerting else 0
    return not row.is_alerting, -grave, -(r.lo if r else 0.0), -row.negative_in_range, row.story


def show(scene: Scene, at: datetime, rows: Sequence[Ranked]) -> None:
    """Draw the list; new stories wait behind a button until the reader asks for them."""
    view = scene.view
    frozen = f"order {view.brand} {view.win} {view.show} {view.at}"
    order: list[str] = st.session_state.get(frozen) or [one.row.story for one in rows]
    st.session_state[frozen] = order
    known = {one.row.story: one for one in rows}
    kept = [known[name] for name in order if name in known]
    with st.container(horizontal=True, vertical_alignment="center"):
        words = "one_story" if len(kept) == 1 else "n_stories"
        st.subheader(scene.say(words, n=len(kept)), anchor=False, width="content")
        st.caption(scene.say("ranked"), width="content")
        st.space("stretch")
        fresh = len(set(known) - set(order))
        if fresh:
            refresh = scene.say("refresh_stories", n=fresh)
            st.button(refresh, icon=":material/refresh:", on_click=st.session_state.pop, args=(frozen, None))
        st.caption(scene.as_of(at), width="content")
    if kept:
        elements.story_cards(scene, make(scene, kept, at), "cards")
    else:
        st.info(scene.say("no_stories"))


def make(scene: Scene, shown: Sequence[Ranked], at: datetime) -> list[cards.Card]:
    """Make cards with all that is read for them: two more questions for the whole list."""
    names = tuple(sorted(one.row.story for one in shown))
    quotes = scene.ask(story_queries.quotes, names)
    sparks = scene.ask(story_queries.sparks, names, at)
    made = []
    for one in shown:
        said = quotes.get(one.row.story)
        seen = cards.Seen(look=one.look, quote=said[0] if said else None, spark=sparks[one.row.story])
        made.append(cards.card(one.row, seen, scene.view, at))
    return made


def fired(scene: Scene, at: datetime) -> None:
    """Tell of alerts that fired after this page was opened."""
    opened = st.session_state.setdefault(f"opened {scene.view.at} {scene.view.brand}", at)
    for alert in scene.ask(story_queries.fired_since, scene.view.brand, opened, at):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            words = scene.say("fired", at=scene.time(alert.at), title=plain(alert.title))
            grade = scene.say(alert.severity.value)
            st.markdown(f":material/notifications_active: :red[**{grade}**] {words}", width="stretch")
            if st.button(scene.say("story"), key=f"fired {alert.incident}"):
                leave(replace(scene.view, view="", story=alert.story, alert=alert.incident))
