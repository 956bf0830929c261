"""Numbers, times and foreign text as words on a screen; pure functions, English and Chinese."""

import re
from datetime import datetime, timedelta, tzinfo
from math import sqrt
from urllib.parse import urlsplit

from dashboard.words import Lang, say

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:$&^=\"'/@])")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def number(value: float, lang: Lang) -> str:
    """Write a count short enough for a card: 9,812 · 12.3K · 4.5M, in Chinese 9,812 · 1.2万 · 4.5亿."""
    steps = ((1e8, "亿"), (1e4, "万")) if lang == "zh" else ((1e9, "B"), (1e6, "M"), (1e4, "K"))
    for size, unit in steps:
        if abs(value) >= size:
            return f"{value / (1e3 if unit == 'K' else size):.1f}{unit}"
    return f"{value:,.0f}"


def ratio(value: float) -> str:
    """R and velocity: two digits that matter, never more than one decimal above 10."""
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def percent(share: float) -> str:
    """Write a share 0–1 as a percentage with one decimal."""
    return f"{share * 100:.1f} %"


def points(change: float) -> str:
    """Write a change between two shares 0–1, in percentage points with its sign."""
    return f"{change * 100:+.1f} pp"


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Give the 95 % score interval of hits/n (Wilson 1927): honest at small n, never outside 0–1; n = 0 is (0, 1)."""
    if n == 0:
        return 0.0, 1.0
    p, z2 = hits / n, z * z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def span(lo: float, hi: float, lang: Lang) -> str:
    """Bounds of an interval of counts."""
    return f"{number(lo, lang)}–{number(hi, lang)}"


def clock(at: datetime, zone: tzinfo, lang: Lang) -> str:
    """Date and minute in the reader's zone: 14 Nov 22:00 · 11月14日 22:00."""
    local = at.astimezone(zone)
    day = f"{local.month}月{local.day}日" if lang == "zh" else f"{local.day} {local:%b}"
    return f"{day} {local:%H:%M}"


def duration(length: timedelta, lang: Lang) -> str:
    """Write a length of time in its largest unit that leaves at least 2: 90 min, 31 h, 5 d."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 120:
        return say("minutes", lang, n=minutes)
    return say("hours", lang, n=minutes // 60) if minutes < 48 * 60 else say("days", lang, n=minutes // 1440)


def ago(at: datetime, now: datetime, lang: Lang) -> str:
    """How long before `now`; the future (a source's wrong clock) reads as 0 min."""
    return say("ago", lang, length=duration(now - at, lang))


def plain(text: str) -> str:
    """Foreign text made safe for a label that interprets Markdown: every mark escaped, line breaks flattened."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def short(text: str, limit: int = 180) -> str:
    """Keep the first `limit` characters on one line, with an ellipsis when something was left out."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def safe_link(url: str | None) -> str | None:
    """`url` when it is plain http(s) with a host and no credentials; None for javascript:, data: and other schemes."""
    if not url or any(c.isspace() or ord(c) < 32 for c in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc else None


def cell(value: object) -> object:
    """Make a CSV cell that no spreadsheet runs as a formula: text that begins like one gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value
