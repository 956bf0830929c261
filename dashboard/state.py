"""What the reader looks at, kept in the address alone: a link reopens it and the Back button returns to it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Final, Literal, cast
from urllib.parse import urlencode

from dashboard.words import LANGS, Lang
from groundswell.types import Sentiment, Topic

Page = Literal["trends", "story", "explore", "health"]
WINDOWS: Final[Mapping[str, timedelta]] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "28d": timedelta(days=28),
}
LIMIT = 200  # characters of one parameter that are read: addresses are foreign input


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One address. Identifiers are stable and in no language; "" means no choice.

    `at` "last" puts the present at the newest post: for demos and stores that are not fed any more.
    """

    lang: Lang = "en"
    view: str = ""
    brand: str = ""
    win: str = "7d"
    show: str = "open"
    story: str = ""
    alert: str = ""
    at: str = ""
    q: str = ""
    source: str = ""
    pl: str = ""
    sentiment: str = ""
    topic: str = ""
    p: str = ""

    @property
    def page(self) -> Page:
        """A story's identifier leads to its page unless another page was asked for."""
        if self.view in ("explore", "health"):
            return cast(Page, self.view)
        return "story" if self.story else "trends"

    @property
    def number(self) -> int:
        """The page of a long list, from 1."""
        return max(1, int(self.p)) if self.p.isascii() and self.p.isdigit() and len(self.p) < 6 else 1

    @property
    def length(self) -> timedelta:
        """How far back the time range reaches."""
        return WINDOWS[self.win]


_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "lang": LANGS,
    "view": ("explore", "health"),
    "win": tuple(WINDOWS),
    "show": ("open", "all"),
    "at": ("last", "now"),
    "sentiment": (*Sentiment, "unscored"),
    "topic": tuple(Topic),
}


def parse(query: Mapping[str, str], locale: str | None = None) -> View:
    """Read an address; what is unknown or not allowed falls back to its default, so that old links still open.

    Without a `lang` the browser's locale decides.
    """
    found: dict[str, str] = {"lang": "zh" if (locale or "").lower().startswith("zh") else "en"}
    for name in _NAMES:
        value = query.get(name, "")[:LIMIT].strip()
        if value and value in _CHOICES.get(name, (value,)):
            found[name] = value
    return View(**found)  # type: ignore[arg-type]  # lang is checked against LANGS above


def params(view: View) -> dict[str, str]:
    """Write the address of `view`: the language always, all else only where it differs from the default."""
    usual = View()
    named = {name: str(getattr(view, name)) for name in _NAMES}
    return {name: value for name, value in named.items() if name == "lang" or value != getattr(usual, name)}


def link(view: View) -> str:
    """Write a relative link that opens `view`."""
    return "?" + urlencode(params(view))


_NAMES = tuple(field.name for field in fields(View))
