"""The section on the mix of complaints: shifts with their shares, interval and posts, or why there is none."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import dashboard.app
from dashboard.format import plain
from dashboard.words import LANGS, Lang, say
from groundswell.clock import SettableClock
from groundswell.types import Page
from storage.mix_store import MixShift
from storage.store import Store, open_store
from tests.dashboard.conftest import BRAND, HOSTILE, NOW, Written, post, write

DAY = timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Store]:
    """A brand with a post fifty days ago and one today."""
    clock = SettableClock(NOW - 51 * DAY)
    store = open_store(tmp_path / "old.db", clock)
    texts = {50: "fine", 6: HOSTILE, 0: "客服让我等了三天"}
    write(store, clock, [Written(post(n, NOW - n * DAY, text, "reddit"), 0.9) for n, text in texts.items()])
    yield store
    store.close()


def told(store: Path, monkeypatch: pytest.MonkeyPatch, lang: Lang, **query: str) -> str:
    monkeypatch.setattr(sys, "argv", ["app.py", "--store", str(store)])
    app = AppTest.from_file(dashboard.app.__file__, default_timeout=60)
    for name, value in {"lang": lang, "at": "last", **query}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return "\n".join(str(element.value) for kind in (app.markdown, app.caption, app.info) for element in kind)


def shift(**given: object) -> MixShift:
    fields = {
        "brand": BRAND, "kind": "service:waiting", "day": MIDNIGHT - 12 * DAY, "found": MIDNIGHT - 2 * DAY,
        "before": 0.2, "after": 0.45, "lo": 0.18, "hi": 0.32, "z": 6.0, "examples": (2, 3, 999),
    }  # fmt: skip
    return MixShift(**(fields | given))  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", LANGS)
def test_a_shift_shows_day_shares_interval_and_posts(
    old: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: Lang
) -> None:
    old.record_shifts([shift(), shift(kind="delivery", before=0.45, after=0.2, lo=-0.32, hi=-0.18, examples=())])
    page = told(tmp_path / "old.db", monkeypatch, lang)
    day = {"en": "25 February 2026", "zh": "2026年2月25日"}[lang]
    for words, kind, before, after in (("mix_rose", "service:waiting", 20, 45), ("mix_fell", "delivery", 45, 20)):
        assert say(words, lang, day=day, kind=say(kind, lang), before=before, after=after, lo=18, hi=32) in page
    assert "客服让我等了三天" in page
    assert plain(HOSTILE) in page
    assert HOSTILE not in page
    assert say("mix_gone", lang, n=1) in page
    assert say("mix_none", lang, n=90) not in page


def test_what_could_not_be_told_yet_at_that_moment_is_not_shown(
    old: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old.record_shifts([shift(found=MIDNIGHT)])
    page = told(tmp_path / "old.db", monkeypatch, "en")
    assert say("service:waiting", "en") not in page
    assert say("mix_none", "en", n=90) in page


@pytest.mark.parametrize("lang", LANGS)
def test_too_few_days_are_said_to_be_too_few(store_path: Path, monkeypatch: pytest.MonkeyPatch, lang: Lang) -> None:
    page = told(store_path, monkeypatch, lang)
    assert say("mix_none", lang, n=90) not in page
    assert say("mix_young", lang, of=38, names="")[:8] in page


def test_a_store_without_brands_claims_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(tmp_path / "bare.db", SettableClock(NOW))
    store.commit_page("s", Page(posts=[], cursor={}))
    store.close()
    assert say("mix_none", "en", n=90) not in told(tmp_path / "bare.db", monkeypatch, "en")
