"""Every page runs in both languages, and trouble with the store is told in words."""

import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import dashboard.app
from dashboard.words import LANGS, Lang, say
from groundswell.clock import SettableClock
from storage.store import open_store

APP = dashboard.app.__file__
CRISIS, INCIDENT = "s00000000crisis", "i0000000000fire"
PAGES = {
    "trends": {},
    "story": {"story": CRISIS, "alert": INCIDENT},
    "explore": {"view": "explore", "q": "退款"},
    "health": {"view": "health"},
}


def run(monkeypatch: pytest.MonkeyPatch, store: Path, *flags: str, **query: str) -> AppTest:
    monkeypatch.setattr(sys, "argv", ["app.py", "--store", str(store), *flags])
    app = AppTest.from_file(APP, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def told(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.header, app.subheader, app.info, app.warning)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_in_both_languages(
    monkeypatch: pytest.MonkeyPatch, store_path: Path, page: str, lang: Lang
) -> None:
    app = run(monkeypatch, store_path, "--demo", lang=lang, **PAGES[page])
    assert not app.exception
    assert say("demo", lang) in told(app)
    assert say("trends" if page == "story" else page, lang) in str(app.main)


def test_the_demo_banner_is_for_demos_only(monkeypatch: pytest.MonkeyPatch, store_path: Path) -> None:
    assert say("demo", "en") not in told(run(monkeypatch, store_path, lang="en"))


def test_figures_have_their_base_and_interval(monkeypatch: pytest.MonkeyPatch, store_path: Path) -> None:
    app = run(monkeypatch, store_path, lang="en", at="last")
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures["Spreading stories"] == "1"
    assert figures["Silent sources"] == "1"
    assert "n = " in told(app)
    assert "appstore" in told(app)


def test_an_old_store_says_so_and_offers_its_own_present(monkeypatch: pytest.MonkeyPatch, store_path: Path) -> None:
    app = run(monkeypatch, store_path, lang="en")
    assert any("The last post is" in warning.value for warning in app.warning)
    next(button for button in app.button if button.label == say("old_view", "en")).click().run()
    assert app.query_params["at"] == "last"
    assert not app.warning


def test_a_filter_changes_the_address_and_the_address_the_filter(
    monkeypatch: pytest.MonkeyPatch, store_path: Path
) -> None:
    app = run(monkeypatch, store_path, "--demo", lang="en", view="explore")
    app.selectbox(key="pick_sentiment").select("unscored").run()
    assert app.query_params["sentiment"] == "unscored"
    assert "1 post" in told(app)
    app.query_params["sentiment"] = "positive"
    app.run()
    assert app.selectbox(key="pick_sentiment").value == "positive"


def test_a_story_that_is_not_there_is_told_in_words(monkeypatch: pytest.MonkeyPatch, store_path: Path) -> None:
    app = run(monkeypatch, store_path, lang="en", story="<b>s1</b>")
    assert not app.exception
    assert any("There is no story" in warning.value for warning in app.warning)


@pytest.mark.parametrize("lang", LANGS)
def test_a_missing_store_and_an_empty_one_are_told_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, noon: SettableClock, lang: Lang
) -> None:
    missing = run(monkeypatch, tmp_path / "none.db", lang=lang)
    assert not missing.exception
    assert "groundswell demo" in told(missing).replace("\\", "")
    open_store(tmp_path / "empty.db", noon).close()
    empty = run(monkeypatch, tmp_path / "empty.db", lang=lang)
    assert not empty.exception
    assert say("empty", lang) in told(empty)


def test_a_damaged_store_is_told_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_bytes(b"\0" * 5000)
    app = run(monkeypatch, tmp_path / "bad.db", lang="en")
    assert not app.exception
    assert "cannot be read" in told(app)
