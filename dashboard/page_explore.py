"""Posts behind the numbers: full-text search and filters, each post with its probabilities."""

from dataclasses import replace

import streamlit as st

from dashboard import elements, post_list, post_queries
from dashboard.format import number, plain, short
from dashboard.post_queries import Filter
from dashboard.queries import QUARTER
from dashboard.scene import Scene, choose, go, pick, type_in
from dashboard.state import WINDOWS, View
from groundswell.types import Sentiment, Topic

PAGE = 25
COUNTED = 1000
EXPORTED = 5000


def show(scene: Scene) -> None:
    """Draw the page."""
    at = scene.present()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width="stretch"):
            st.header(scene.say("explore"), anchor=False)
            st.caption(scene.say("explore_sub"))
        st.caption(scene.as_of(at), width="content")
    _filters(scene)
    view = scene.view
    wanted = Filter(
        since=at - view.length, until=at + QUARTER, words=view.q, brand=view.brand, source=view.source,
        lang=view.pl, sentiment=view.sentiment, topic=view.topic, story=view.story,
    )  # fmt: skip
    total = scene.ask(post_queries.count, wanted, COUNTED + 1)
    _bar(scene, wanted, total)
    if not total:
        st.info(scene.say("no_posts"))
        return
    pages = -(-min(total, COUNTED) // PAGE)
    page = min(view.number, pages)
    rows = scene.ask(post_queries.find, wanted, page * PAGE)[(page - 1) * PAGE :]
    elements.posts(scene, rows, "found")
    if pages > 1:
        key = f"page {page} of {pages}"  # a new widget on each page: the address says which one it is
        st.pagination(pages, default=page, key=key, on_change=_turn, args=(view, key))


def _turn(view: View, key: str) -> None:
    go(replace(view, p=str(st.session_state[key])))


def _filters(scene: Scene) -> None:
    extent = scene.extent()
    any_word = scene.say("any")
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            with st.container(width="stretch"):
                type_in(scene, "q", scene.say("search"), scene.say("search_hint"))
            choose(scene, "win", scene.say("window"), tuple(WINDOWS), scene.say)
        with st.grid(5, min_column_width=140):
            pick(scene, "brand", scene.say("brand"), extent.brands, lambda b: b or scene.say("all_brands"))
            pick(scene, "source", scene.say("source"), extent.sources, lambda s: s or any_word)
            pick(scene, "pl", scene.say("post_lang"), extent.langs, lambda x: x or any_word)
            kinds = (*(s.value for s in Sentiment), "unscored")
            pick(scene, "sentiment", scene.say("sentiment"), kinds, lambda s: scene.say(s) if s else any_word)
            topics = tuple(t.value for t in Topic)
            pick(scene, "topic", scene.say("topic"), topics, lambda t: scene.say(t) if t else any_word)


def _bar(scene: Scene, wanted: Filter, total: int) -> None:
    view = scene.view
    with st.container(horizontal=True, vertical_alignment="center"):
        words = "n_found_more" if total > COUNTED else "one_found" if total == 1 else "n_found"
        shown = scene.say(words, n=number(min(total, COUNTED), scene.lang))
        st.subheader(shown, anchor=False, width="content")
        if view.story:
            inside = f"{scene.say('in_story')}: {plain(short(view.story, 40))}"
            st.button(inside, icon=":material/close:", on_click=go, args=(replace(view, story="", p=""),))
        st.space("stretch")
        clear = View(lang=view.lang, view="explore", at=view.at)
        if view != clear:
            st.button(scene.say("clear"), type="tertiary", on_click=go, args=(clear,))
        if total:
            st.download_button(
                scene.say("download"), lambda: post_list.as_csv(scene.ask(post_queries.find, wanted, EXPORTED)),
                file_name="groundswell-posts.csv", mime="text/csv", on_click="ignore", icon=":material/download:",
            )  # fmt: skip
