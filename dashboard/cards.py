"""The ranked story cards: what stands on each as plain data, and the one browser element that draws them.

Titles and quotes are foreign text: they travel as data and the script writes them with textContent, never as markup.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict

from dashboard.format import ago, number, percent, ratio, short
from dashboard.state import View, link
from dashboard.story_look import Look
from dashboard.story_queries import Quote, StoryRow
from dashboard.words import HTML_LANG, Lang, say
from groundswell.types import Automatism, Verdict

ASSETS = Path(__file__).parent / "assets"
NEW_FOR = timedelta(hours=24)
LEAST_COPIES = 3  # two equal texts happen by themselves; the same bound as in alerts' evidence


class Badge(TypedDict):
    """A short word with a tone: red, orange, blue or gray. The word carries the meaning, the tone only helps."""

    text: str
    tone: str
    hint: str


class Fact(TypedDict):
    """A labelled figure with what qualifies it beneath."""

    label: str
    value: str
    under: str
    hint: str


class Card(TypedDict):
    """All that one card shows, in the reader's language."""

    story: str
    href: str
    title: str
    tone: str
    badges: list[Badge]
    seen: str
    why: str
    quote: str
    quote_source: str
    spark: list[int]
    spark_label: str
    facts: list[Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of a story besides its row."""

    look: Look | None
    quote: Quote | None
    spark: list[int]


def card(row: StoryRow, seen: Seen, view: View, at: datetime) -> Card:
    """One card of the list; its link keeps every other choice of the reader."""
    lang = view.lang
    quote = seen.quote
    return Card(
        story=row.story,
        href=link(replace(view, view="", story=row.story)),
        title=short(row.title, 140),
        tone=_tone(row),
        badges=badges(row, seen.look, at, lang),
        seen=say("first_seen", lang, ago=ago(row.first_at, at, lang)),
        why=why(row, at, lang),
        quote=short(quote.text) if quote else "",
        quote_source=quote.source if quote else "",
        spark=seen.spark,
        spark_label=say("spark", lang),
        facts=facts(row, seen.look, lang),
    )


def _tone(row: StoryRow) -> str:
    if row.severity is None or not row.is_alerting:
        return "gray"
    return {"L4": "red", "L3": "red", "L2": "orange"}.get(row.severity.value, "blue")


def badges(row: StoryRow, look: Look | None, at: datetime, lang: Lang) -> list[Badge]:
    """Severity, state, complaint topics and automatism evidence."""
    found: list[Badge] = []
    if row.severity is not None:
        found.append({"text": say(row.severity.value, lang), "tone": _tone(row), "hint": say("severity", lang)})
    state = state_of(row, at)
    tone = "orange" if state in ("alerting", "escalating", "regressed") else "blue" if state == "new" else "gray"
    found.append({"text": say(state, lang), "tone": tone, "hint": say("state", lang)})
    topics = look.topics if look else row.trend.topics if row.trend else ()
    found += [Badge(text=say(topic.value, lang), tone="gray", hint=say("topic", lang)) for topic in topics[:2]]
    evidence = automatism(look.automatism if look else row.trend.automatism if row.trend else None, lang)
    return [*found, evidence] if evidence else found


def state_of(row: StoryRow, at: datetime) -> str:
    """Choose a word of the table: merged, a person's status, alerting, resolved by the alerter, new or ongoing."""
    if row.merged_into:
        return "merged"
    if row.status in ("snoozed", "resolved", "escalating", "regressed"):
        return row.status
    if row.is_alerting:
        return "alerting"
    if row.alert_state == "resolved":
        return "resolved"
    return "new" if at - row.first_at < NEW_FOR else "ongoing"


def automatism(found: Automatism | None, lang: Lang) -> Badge | None:
    """Word the evidence of copying in counts; None when there is none to tell."""
    if found is None or (found.verdict in (Verdict.COPIED, Verdict.MIXED) and found.copies < LEAST_COPIES):
        return None
    sign = {"organic": "✓ ", "inconclusive": "· "}.get(found.verdict.value, "≡ ")
    text = sign + say(found.verdict.value, lang, copies=number(found.copies, lang), of=number(found.of, lang))
    tone = "blue" if found.verdict is Verdict.ORGANIC else "gray"
    return {"text": text, "tone": tone, "hint": say("evidence_note", lang)}


def why(row: StoryRow, at: datetime, lang: Lang) -> str:
    """Tell what its last alert event saw in one line; without any, its plain counts."""
    trend = row.trend
    if trend is None:
        return f"{say('negative_posts', lang)}: {number(row.negative, lang)} / {number(row.posts, lang)}"
    seen, expected = number(trend.observed, lang), ratio(trend.expected)
    when = ago(trend.at, at, lang)
    return say("seen_expected", lang, at=when, seen=seen, expected=expected, hours=f"{trend.window_h:g}")


def facts(row: StoryRow, look: Look | None, lang: Lang) -> list[Fact]:
    """List posts, voices, velocity and R, each with what qualifies it."""
    r = look.reproduction if look else None
    n_sources = look.sources if look else 0
    sources = say("one_source", lang) if n_sources == 1 else say("n_sources", lang, n=n_sources)
    share = percent(row.negative / row.posts) if row.posts else "–"
    arrow = "" if r is None else " ▲" if r.lo > 1 else " ▼" if r.hi < 1 else ""
    then = say("times_then", lang, n=ratio(row.trend.velocity)) if row.trend else ""
    under_r = f"{ratio(r.lo)}–{ratio(r.hi)}" if r else say("r_none", lang)
    return [
        _fact("posts", number(row.posts, lang), f"{say('negative', lang)} {share}", "", lang),
        _fact("voices", number(look.voices, lang) if look else "–", sources, "voices_help", lang),
        _fact("velocity", say("per_hour", lang, n=ratio(look.speed if look else 0)), then, "velocity_help", lang),
        _fact("r", (ratio(r.mid) if r else "–") + arrow, under_r, "r_help", lang),
    ]


def _fact(label: str, value: str, under: str, hint: str, lang: Lang) -> Fact:
    return {"label": say(label, lang), "value": value, "under": under, "hint": say(hint, lang) if hint else ""}


def register(component: Callable[..., Any]) -> Callable[..., Any]:
    """Make the browser element with `streamlit.components.v2.component`, from the script and style beside this file."""
    script = (ASSETS / "cards.js").read_text(encoding="utf-8")
    style = (ASSETS / "cards.css").read_text(encoding="utf-8")
    made: Callable[..., Any] = component("groundswell_cards", html="<ol></ol>", css=style, js=script)
    return made


def payload(cards: Sequence[Card], lang: Lang, is_heading: bool = False) -> dict[str, object]:
    """Collect what the browser element is given; `is_heading` draws titles as the page's own, without a link."""
    return {"cards": list(cards), "lang": HTML_LANG[lang], "heading": is_heading}
