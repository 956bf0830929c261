"""Posts as the reader sees them, each with its probabilities: plain data, the element that draws it, and CSV rows."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypedDict

from dashboard.cards import ASSETS, Badge
from dashboard.format import cell, number, percent, safe_link
from dashboard.post_queries import PostRow
from dashboard.state import View, link
from dashboard.words import HTML_LANG, Lang, say
from groundswell.types import Sentiment

LONGEST = 4000  # characters of one post that are sent to the browser; the CSV has all
TONES = {"negative": "red", "neutral": "gray", "positive": "blue"}
SIGNS = {"negative": "▼ ", "neutral": "● ", "positive": "▲ "}


class Part(TypedDict):
    """One sentiment's piece of the probability bar."""

    kind: str
    share: float


class Shown(TypedDict):
    """All that one post shows, in the reader's language."""

    id: int
    badges: list[Badge]
    text: str
    text_lang: str
    parts: list[Part]
    probabilities: str
    meta: str
    story: str
    story_href: str
    story_words: str
    url: str
    url_words: str


def shown(row: PostRow, view: View, time: str, with_story: bool = True) -> Shown:
    """One post of a list; `time` is already in the reader's zone."""
    lang = view.lang
    story = row.story if with_story and row.story else ""
    meta = [row.source, time, row.lang or "", row.author or "", row.rule or ""]
    if row.reactions is not None:
        meta.append(f"{say('engagement', lang)} {number(row.reactions, lang)}")
    text = row.text if len(row.text) <= LONGEST else row.text[: LONGEST - 1] + "…"
    return Shown(
        id=row.id, badges=_badges(row, lang), text=text, text_lang=row.lang or "",
        parts=parts(row), probabilities=probabilities(row, lang), meta=" · ".join(x for x in meta if x),
        story=story, story_href=link(replace(view, view="", story=story)) if story else "",
        story_words=say("in_story", lang),
        url=safe_link(row.url) or "", url_words=say("original", lang) + " ↗",
    )  # fmt: skip


def _badges(row: PostRow, lang: Lang) -> list[Badge]:
    found: list[Badge] = []
    if row.label:
        found.append({
            "text": SIGNS[row.label] + say(row.label, lang), "tone": TONES[row.label], "hint": say("sentiment", lang),
        })  # fmt: skip
    else:
        found.append({"text": say("waiting" if row.is_waiting else "unscored", lang), "tone": "gray", "hint": ""})
    if row.is_corrected:
        found.append({"text": "✎ " + say("corrected", lang), "tone": "orange", "hint": ""})
    for topic, probability in row.topics.items():
        words = f"{say(topic, lang)} {percent(probability)}"
        found.append({"text": words, "tone": "gray", "hint": say("topic", lang)})
    return found


def parts(row: PostRow) -> list[Part]:
    """Shares of the probability bar; empty when the model did not score the post."""
    if row.negative is None or row.neutral is None or row.positive is None:
        return []
    values = zip(Sentiment, (row.negative, row.neutral, row.positive), strict=True)
    return [{"kind": kind.value, "share": round(share, 4)} for kind, share in values]


def probabilities(row: PostRow, lang: Lang) -> str:
    """Tell what the model said in numbers, or why it said nothing."""
    shares = {part["kind"]: percent(part["share"]) for part in parts(row)}
    if shares:
        return say("probabilities", lang, neg=shares["negative"], neu=shares["neutral"], pos=shares["positive"])
    return "" if row.is_waiting else say("unscored_why", lang, reason=row.reason or "–")


def register(component: Callable[..., Any]) -> Callable[..., Any]:
    """Make the browser element with `streamlit.components.v2.component`."""
    script = (ASSETS / "posts.js").read_text(encoding="utf-8")
    style = (ASSETS / "posts.css").read_text(encoding="utf-8")
    made: Callable[..., Any] = component("groundswell_posts", html="<ol></ol>", css=style, js=script)
    return made


def payload(posts: Sequence[Shown], lang: Lang) -> dict[str, object]:
    """Collect what the browser element is given."""
    return {"posts": list(posts), "lang": HTML_LANG[lang]}


COLUMNS = ("id", "at", "brand", "source", "kind", "lang", "label", "is_corrected", "negative", "neutral", "positive")


def as_csv(rows: Iterable[PostRow]) -> bytes:
    """Write the posts as CSV that spreadsheets open rightly (UTF-8 with a mark) and in which nothing is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*COLUMNS, "topics", "story", "model", "url", "text"])
    for row in rows:
        plain = [getattr(row, name) for name in COLUMNS]
        plain[1] = row.at.isoformat()
        values = [*plain, " ".join(row.topics), row.story, row.model, safe_link(row.url), row.text]
        writer.writerow([cell(value) for value in values])
    return out.getvalue().encode("utf-8-sig")
