"""The page Streamlit runs: reads the address, draws the frame, and hands over to the page asked for."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from dashboard import page_explore, page_health, page_story, page_trends
from dashboard.charts import palette
from dashboard.format import plain
from dashboard.reading import UnreadableError
from dashboard.scene import Scene, arrive, choose, go
from dashboard.state import View, parse
from dashboard.words import HTML_LANG, LANGS, say
from groundswell.clock import Clock, now

PAGES = {
    "trends": page_trends.show,
    "story": page_story.show,
    "explore": page_explore.show,
    "health": page_health.show,
}
TABS = ("trends", "explore", "health")


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Read what dashboard/serve.py passes on."""
    parser = argparse.ArgumentParser(prog="dashboard")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--demo", action="store_true")
    return parser.parse_args(argv)


def main(argv: Sequence[str], clock: Clock) -> None:
    """Draw one page. `/story?story=…`, the address in alerts, and `/?story=…` are the same."""
    given = arguments(argv)
    arrive()
    view = parse(st.query_params.to_dict(), st.context.locale)
    st.set_page_config(page_title=title(view), page_icon="🌊", layout="wide", initial_sidebar_state="collapsed")
    scene = Scene(
        store=given.store,
        view=view,
        zone=zone(st.context.timezone),
        colours=palette(st.context.theme.type),
        now=clock,
        is_demo=given.demo,
    )

    def draw() -> None:
        frame(scene)

    pages = [st.Page(draw, title=title(view), default=True), st.Page(draw, title=title(view), url_path="story")]
    st.navigation(pages, position="hidden").run()


def title(view: View) -> str:
    """Name what the browser's tab says."""
    return f"{say(view.page, view.lang)} · {say('app', view.lang)}"


def zone(name: str | None) -> str:
    """Choose the browser's time zone; UTC when it is unknown to this machine."""
    try:
        return ZoneInfo(name or "UTC").key
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"


def frame(scene: Scene) -> None:
    """Navigation, the demo's banner, then the page or a plain word on why there is none."""
    # Screen readers choose the voice by this attribute; Streamlit always says "en". Only our two codes go in.
    script = f"<script>document.documentElement.lang = '{HTML_LANG[scene.lang]}'</script>"
    st.html(script, unsafe_allow_javascript=True)
    with st.container(horizontal=True, vertical_alignment="center", key="frame"):
        st.markdown(f":material/waves: **{scene.say('app')}**", width="content")
        navigation(scene)
        st.space("stretch")
        choose_language(scene)
    if scene.is_demo:
        st.info(scene.say("demo"), icon=":material/info:")
    try:
        if scene.extent().newest is None:
            trouble(scene, "empty")
        else:
            PAGES[scene.view.page](scene)
    except UnreadableError as error:
        trouble(scene, error.trouble, str(error))


def navigation(scene: Scene) -> None:
    """Draw the pages; pressing the one that is chosen leads from a story back to the list."""
    here = "trends" if scene.view.page == "story" else scene.view.page
    st.session_state["tab"] = here
    st.segmented_control(
        scene.say("app"), TABS, format_func=scene.say, key="tab", label_visibility="collapsed",
        on_change=_tab, args=(scene.view, here),
    )  # fmt: skip


def _tab(view: View, here: str) -> None:
    asked = st.session_state["tab"] or here
    kept = View(lang=view.lang, brand=view.brand, win=view.win, at=view.at)
    go(replace(kept, view="" if asked == "trends" else asked))


def choose_language(scene: Scene) -> None:
    """English or Chinese, each named in itself."""
    names = {"en": "English", "zh": "中文"}
    choose(scene, "lang", scene.say("language"), LANGS, lambda code: names[code], label_visibility="collapsed")


def trouble(scene: Scene, kind: str, what: str = "") -> None:
    """Say what is wrong and what to do; never a traceback."""
    words = {"path": plain(str(scene.store)), "what": plain(what)}
    st.subheader(scene.say(kind, **words), anchor=False)
    st.markdown(plain(scene.say(f"{kind}_fix")))


if __name__ == "__main__":
    main(sys.argv[1:], now)
