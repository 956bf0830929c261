"""How counts, durations and chances are written for people, in English and Chinese."""

import math
from datetime import timedelta

LONG_ODDS = 1e9


def count(n: float, language: str) -> str:
    """Write a number of things: 12,345 in English, 1.2万 in Chinese from ten thousand on."""
    if language == "zh" and abs(n) >= 1e8:
        return f"{n / 1e8:.1f}".removesuffix(".0") + "亿"
    if language == "zh" and abs(n) >= 1e4:
        return f"{n / 1e4:.1f}".removesuffix(".0") + "万"
    return f"{n:,.0f}"


def small(x: float) -> str:
    """Write an expected count: two figures below ten, whole above, never more exact than it is known."""
    if x >= 10:
        return f"{x:,.0f}"
    return "0.01" if 0 < x < 0.01 else f"{float(f'{x:.2g}'):g}"


def many(n: int, one: str, more: str) -> str:
    """Write an English count with its noun: 1 post, 2 posts."""
    return f"{n:,} {one if n == 1 else more}"


def odds(surprise: float, language: str) -> str:
    """Write a surprise (-log10 of a chance) as "1 in 30,000"; nobody should believe a model beyond a billion."""
    capped = not math.isfinite(surprise) or surprise >= math.log10(LONG_ODDS)
    if capped:
        return "less than 1 in a billion" if language == "en" else "不到十亿分之一"
    places = int(surprise)
    rounded = max(1, round(10 ** (surprise - places))) * 10**places
    return f"about 1 in {rounded:,}" if language == "en" else f"约 {count(rounded, 'zh')}分之一"


def span(length: timedelta, language: str) -> str:
    """Write a duration in its largest fitting unit: 40 minutes, 6 hours, 3 days."""
    minutes = max(0, round(length.total_seconds() / 60))
    for size, one, more, zh in _UNITS:
        if minutes >= 2 * size or size == 1 or (minutes >= size and minutes % size == 0):
            n = round(minutes / size)
            return f"{n} {one if n == 1 else more}" if language == "en" else f"{n} {zh}"
    raise AssertionError("the smallest unit fits everything")


_UNITS = ((1440, "day", "days", "天"), (60, "hour", "hours", "小时"), (1, "minute", "minutes", "分钟"))
