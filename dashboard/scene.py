"""What every page is handed, and the few ways in which pages touch Streamlit's state; the address is the truth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, Literal, NoReturn, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy import Connection, Engine

from dashboard.charts import Palette
from dashboard.format import clock, plain
from dashboard.queries import Extent, extent
from dashboard.reading import reader, reading
from dashboard.state import View, params
from dashboard.words import Lang, say
from groundswell.clock import Clock

P = ParamSpec("P")
T = TypeVar("T")
FRESH_S = 4.0  # answers younger than this are given again: several readers cost as much as one
_NEXT = "next address"
TICK_S = 5  # the present moves in steps of this, so that equal questions have equal answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One look at the store: the address, the reader's zone and colours, and the clock."""

    store: Path
    view: View
    zone: str
    colours: Palette
    now: Clock
    is_demo: bool

    @property
    def lang(self) -> Lang:
        """The reader's language."""
        return self.view.lang

    def say(self, key: str, **values: object) -> str:
        """Words in the reader's language."""
        return say(key, self.view.lang, **values)

    def time(self, at: datetime) -> str:
        """Write a time in the reader's zone and language."""
        return clock(at, ZoneInfo(self.zone), self.view.lang)

    def as_of(self, at: datetime) -> str:
        """Say when the figures stand, and in which time zone."""
        words = self.say("as_of_last" if self.is_last else "as_of", at=self.time(at))
        return f"{words} · {plain(self.say('zone', zone=self.zone))}"

    def ask(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Answer a question to the store, at most FRESH_S old. Raises UnreadableError."""
        found: T = _cached(str(self.store), f"{query.__module__}.{query.__qualname__}", query, args, kwargs)
        return found

    def extent(self) -> Extent:
        """Tell what there is at all."""
        return self.ask(extent)

    @property
    def is_last(self) -> bool:
        """Whether the present stands at the newest post: asked for, or usual in a demo."""
        return self.view.at == "last" or (self.is_demo and self.view.at != "now")

    def present(self) -> datetime:
        """Give the moment the figures stand at."""
        newest = self.extent().newest if self.is_last else None
        if newest is not None:
            return newest
        seconds = self.now()
        return seconds - timedelta(seconds=seconds.second % TICK_S, microseconds=seconds.microsecond)


@st.cache_resource(max_entries=8, show_spinner=False)
def _engine(path: str) -> Engine:
    return reader(path)


@st.cache_data(ttl=FRESH_S, max_entries=512, show_spinner=False)
def _cached(
    path: str,
    name: str,  # noqa: ARG001  # part of the key under which Streamlit keeps the answer
    _query: Callable[..., Any],
    args: Sequence[object],
    kwargs: Mapping[str, object],
) -> Any:
    """Keep answers under the query's `name`; functions themselves cannot be keys."""
    with reading(_engine(path), path) as connection:
        return _query(connection, *args, **kwargs)


def forget_answers() -> None:
    """Ask the store anew: the reader has just changed it."""
    _cached.clear()


def go(view: View) -> None:
    """Change the address; the pages follow it."""
    st.query_params.from_dict(params(view))


def leave(view: View) -> NoReturn:
    """Change the address from inside a part that is drawn again by itself, and draw the whole page.

    A change of address just before a rerun is lost with that run's other messages; so the next run makes it.
    """
    st.session_state[_NEXT] = params(view)
    st.rerun()


def arrive() -> None:
    """Make the change of address that `leave` asked for."""
    asked = st.session_state.pop(_NEXT, None)
    if asked is not None:
        st.query_params.from_dict(asked)


def choose(
    scene: Scene,
    field: str,
    label: str,
    options: Sequence[str],
    name: Callable[[str], str],
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> None:
    """Draw a row of exclusive buttons for one field of the address."""
    key = f"choose_{field}"
    st.session_state[key] = getattr(scene.view, field)
    st.segmented_control(
        label, options, format_func=name, key=key, required=True, label_visibility=label_visibility,
        on_change=_chosen, args=(scene.view, field, key),
    )  # fmt: skip


def pick(scene: Scene, field: str, label: str, options: Sequence[str], name: Callable[[str], str]) -> None:
    """Draw a drop-down for one field of the address; the first entry is "no choice"."""
    key = f"pick_{field}"
    chosen = getattr(scene.view, field)
    known = ["", *options, *([chosen] if chosen and chosen not in options else [])]
    st.session_state[key] = chosen
    st.selectbox(label, known, format_func=name, key=key, on_change=_chosen, args=(scene.view, field, key))


def type_in(scene: Scene, field: str, label: str, hint: str) -> None:
    """Draw a text field for one field of the address."""
    key = f"type_{field}"
    st.session_state[key] = getattr(scene.view, field)
    st.text_input(
        label, key=key, placeholder=hint, on_change=_chosen, args=(scene.view, field, key), type="search", max_chars=200
    )


def _chosen(view: View, field: str, key: str) -> None:
    changed: dict[str, Any] = {"p": "", field: st.session_state[key] or ""}
    go(replace(view, **changed))
