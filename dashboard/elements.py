"""The two browser elements of our own, made once per process, and what a click on them does."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import streamlit as st

from dashboard import cards, post_list
from dashboard.post_queries import PostRow
from dashboard.scene import Scene, leave


@cache
def _cards() -> Callable[..., Any]:
    return cards.register(st.components.v2.component)


@cache
def _posts() -> Callable[..., Any]:
    return post_list.register(st.components.v2.component)


def story_cards(scene: Scene, shown: Sequence[cards.Card], key: str, is_heading: bool = False) -> None:
    """Ranked cards; pressing one opens its story. `is_heading`: the one card is the head of its own page."""
    data = cards.payload(shown, scene.lang, is_heading)
    _follow(scene, _cards()(key=key, data=data, on_opened_change=_nothing))


def posts(scene: Scene, rows: Sequence[PostRow], key: str, with_story: bool = True) -> None:
    """Draw posts with their probabilities; pressing "story" opens the story a post belongs to."""
    shown = [post_list.shown(row, scene.view, scene.time(row.at), with_story) for row in rows]
    _follow(scene, _posts()(key=key, data=post_list.payload(shown, scene.lang), on_opened_change=_nothing))


def _follow(scene: Scene, result: Any) -> None:
    if result.opened:
        leave(replace(scene.view, view="", story=str(result.opened), alert="", p=""))


def _nothing() -> None:
    """Streamlit wants a callback for each trigger; the value is read from the result."""
