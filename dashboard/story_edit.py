"""The part of a story's page that changes it: rename, merge, split; and the log of who did."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from dashboard import acts, post_queries, story_queries
from dashboard.format import number, plain, short
from dashboard.post_queries import Filter
from dashboard.scene import Scene, forget_answers, go
from dashboard.story_queries import StoryRow
from groundswell.errors import GroundswellError, InputError
from storage.records import Edit, StoryEdit

SOMEBODY = "dashboard"
_SAID = "said of the last edit"
_LINES = {Edit.MERGED: "edit_merged", Edit.SPLIT: "edit_split_off", Edit.RENAMED: "edit_renamed"}
LONGEST_TITLE = 200
COUNTED = 10_000


def notice() -> None:
    """Say what became of the edit just made, once."""
    found: tuple[bool, str] | None = st.session_state.pop(_SAID, None)
    if found:
        is_done, words = found
        (st.success if is_done else st.error)(words)


def show(scene: Scene, row: StoryRow) -> None:
    """Draw three small forms; nothing happens before a button is pressed."""
    with st.expander(scene.say("edit_story"), icon=":material/edit:"):
        st.text_input(scene.say("edit_by"), key="edit_by", max_chars=60, help=scene.say("edit_by_help"))
        rename, merge, split = st.columns(3, gap="medium")
        with rename:
            _rename(scene, row)
        with merge:
            _merge(scene, row)
        with split:
            _split(scene, row)


def log(scene: Scene, row: StoryRow) -> None:
    """List what people did to this story and to those merged into it, newest first."""
    edits = scene.ask(story_queries.edits, row.story)
    if not edits:
        return
    st.subheader(scene.say("edit_log"), anchor=False)
    for done in edits:
        st.markdown(plain(sentence(scene, done, row)))


def sentence(scene: Scene, done: StoryEdit, row: StoryRow) -> str:
    """One line of the log, from this story's side."""
    key = "edit_split_from" if done.what is Edit.SPLIT and done.story != row.story else _LINES[done.what]
    n = number(done.count, scene.lang)
    return scene.say(
        key, by=done.by, at=scene.time(done.at), n=n, story=done.story, into=done.into or "", title=done.title or ""
    )


def _rename(scene: Scene, row: StoryRow) -> None:
    key = f"title {row.story}"
    st.text_input(scene.say("edit_title"), value=row.title, max_chars=LONGEST_TITLE, key=key)

    def act(by: str) -> StoryEdit:
        return acts.rename(scene.store, scene.now, row.story, st.session_state[key], by)

    says = "edit_done_rename", "edit_bad_title"
    st.button(scene.say("edit_rename"), key="edit_rename", on_click=_do, args=(scene, act, *says))


def _merge(scene: Scene, row: StoryRow) -> None:
    others = scene.ask(story_queries.others, row.brand, row.story)
    names = {story: f"{short(title, 60)} · {number(n, scene.lang)} · {story}" for story, title, n in others}
    key = f"into {row.story}"
    into = st.selectbox(
        scene.say("edit_into"), list(names), index=None, format_func=lambda story: names.get(story, story), key=key,
        placeholder=scene.say("edit_choose"), help=scene.say("edit_merge_help"),
    )  # fmt: skip

    def act(by: str) -> StoryEdit:
        done = acts.merge(scene.store, scene.now, row.story, st.session_state[key], by)
        go(replace(scene.view, story=done.into or "", alert=""))
        return done

    says = "edit_done_merge", "edit_bad_merge"
    st.button(
        scene.say("edit_merge"), key="edit_merge", disabled=into is None, on_click=_do, args=(scene, act, *says)
    )  # fmt: skip


def _split(scene: Scene, row: StoryRow) -> None:
    key, new = f"words {row.story}", f"new title {row.story}"
    words = st.text_input(scene.say("edit_words"), key=key, max_chars=200, help=scene.say("edit_split_help"))
    if words.strip():
        n = scene.ask(post_queries.count, Filter(story=row.story, words=words), COUNTED)
        st.caption(scene.say("edit_chosen", n=number(n, scene.lang), of=number(row.posts, scene.lang)))
    st.text_input(scene.say("edit_new_title"), key=new, max_chars=LONGEST_TITLE)

    def act(by: str) -> StoryEdit:
        state = st.session_state
        return acts.split(scene.store, scene.now, row.story, state[key], state[new].strip(), by)

    says = "edit_done_split", "edit_bad_split"
    st.button(scene.say("edit_split"), key="edit_split", on_click=_do, args=(scene, act, *says))


def _do(scene: Scene, act: Callable[[str], StoryEdit], done_words: str, wrong_words: str) -> None:
    """Do it in the name that was typed, and keep what to say of it for the page that is drawn next."""
    by = str(st.session_state.get("edit_by", "")).strip() or SOMEBODY
    try:
        done = act(by)
    except InputError:
        st.session_state[_SAID] = False, scene.say(wrong_words)
        return
    except GroundswellError as error:
        st.session_state[_SAID] = False, plain(scene.say("edit_failed", what=str(error)))
        return
    forget_answers()
    n = number(done.count, scene.lang)
    st.session_state[_SAID] = True, plain(scene.say(done_words, n=n, into=done.into or ""))
