"""What people complain about has shifted: when, from which share to which, and three posts that show it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import streamlit as st
from sqlalchemy import Connection, func, select

from dashboard import post_queries
from dashboard.format import plain, short
from dashboard.queries import DAY, of_brand
from dashboard.scene import Scene
from dashboard.words import Lang
from storage.schema import days, mix_shifts
from trends.mix import LEAST_D

SHOWN = timedelta(days=90)
MOST = 6  # the newest; more would bury the stories above


@dataclass(frozen=True, slots=True, kw_only=True)
class MixRow:
    """One shift: shares 0-1, the 90 % interval of their difference, ids of typical posts."""

    brand: str
    kind: str
    day: datetime
    before: float
    after: float
    lo: float
    hi: float
    examples: tuple[int, ...]


def told(c: Connection, brand: str, since: datetime, until: datetime) -> list[MixRow]:
    """Read the shifts that could be told in [since, until): the newest first."""
    m = mix_shifts.c
    names = ("brand", "kind", "day", "before", "after", "lo", "hi", "examples")
    here = of_brand(brand, m.brand), m.found >= since, m.found <= until - DAY
    found = select(*(m[name] for name in names)).where(*here)
    rows = c.execute(found.order_by(m.day.desc(), m.brand, m.kind).limit(MOST))
    return [MixRow(**(dict(row._mapping) | {"examples": tuple(row.examples)})) for row in rows]


def watched(c: Connection, brand: str, until: datetime) -> list[tuple[str, int]]:
    """Count the whole UTC days since each brand's first post, by brand."""
    d = days.c
    found = select(d.brand, func.min(d.bucket).label("first")).where(of_brand(brand, d.brand), d.bucket < until)
    rows = c.execute(found.group_by(d.brand).order_by(d.brand))
    return [(row.brand, (until - row.first) // DAY) for row in rows]


def show(scene: Scene) -> None:
    """Draw the section: the shifts, or why there is none."""
    at = scene.present()
    rows = scene.ask(told, scene.view.brand, at - SHOWN, at)
    st.markdown(f"**{scene.say('mix')}**", help=scene.say("mix_help"))
    for row in rows:
        _one(scene, row)
    known = scene.ask(watched, scene.view.brand, at)
    young = [(brand, n) for brand, n in known if n < LEAST_D]
    if young:
        names = "; ".join(scene.say("mix_days", brand=plain(brand), n=n, of=LEAST_D) for brand, n in young)
        st.info(scene.say("mix_young", of=LEAST_D, names=names))
    if not rows and len(young) < len(known):
        st.info(scene.say("mix_none", n=SHOWN.days))


def _one(scene: Scene, row: MixRow) -> None:
    brand = "" if scene.view.brand else f"{plain(row.brand)}: "
    st.markdown(brand + sentence(scene, row))
    posts = scene.ask(post_queries.by_id, row.examples)
    for post in posts:
        st.caption(f"“{plain(short(post.text))}” · {plain(post.source)}, {scene.time(post.at)}")
    if len(posts) < len(row.examples):
        st.caption(scene.say("mix_gone", n=len(row.examples) - len(posts)))


def sentence(scene: Scene, row: MixRow) -> str:
    """Say it in one sentence, shares and interval in whole percent."""
    words = "mix_rose" if row.after > row.before else "mix_fell"
    low, high = sorted((abs(row.lo), abs(row.hi)))
    shares = {"before": whole(row.before), "after": whole(row.after), "lo": whole(low), "hi": whole(high)}
    return scene.say(words, day=date(row.day, scene.lang), kind=scene.say(row.kind), **shares)


def whole(share: float) -> str:
    """Write a share in whole percent, without the sign."""
    return f"{100 * share:.0f}"


def date(day: datetime, lang: Lang) -> str:
    """Write a UTC day."""
    return f"{day.year}年{day.month}月{day.day}日" if lang == "zh" else f"{day.day} {day:%B %Y}"
