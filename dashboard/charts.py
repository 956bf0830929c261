"""ECharts options as plain dictionaries: pure functions of counts, words and a palette; no JavaScript, no Streamlit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from dashboard.words import Lang

Option = dict[str, Any]
Stretch = tuple[datetime, datetime]

# 8 × 8 diagonal hatch, grey at 60 %, as a data URI: readable on light and dark, and nothing is fetched.
HATCH = (
    "data:image/svg+xml;charset=utf-8,%3Csvg xmlns='http://www.w3.org/2000/svg' width='8' height='8'%3E"
    "%3Cpath d='M-2 2l4-4M0 8l8-8M6 10l4-4' stroke='%238a93a3' stroke-opacity='.6' stroke-width='1.2'/%3E%3C/svg%3E"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours that stay apart under simulated colour blindness (measured; see DASHBOARD.md), one set per theme."""

    negative: str
    neutral: str
    positive: str
    text: str
    faint: str
    line: str
    ground: str
    heat: tuple[str, ...]
    heat_text: tuple[str, str]


LIGHT = Palette(
    negative="#c2410c", neutral="#9aa3b2", positive="#2f6fd0", text="#161b26", faint="#5b6472", line="#e3e7ee",
    ground="#ffffff", heat=("#f4f6f9", "#fbd9c3", "#f0a274", "#d9662c", "#a8380a"), heat_text=("#161b26", "#ffffff"),
)  # fmt: skip
DARK = Palette(
    negative="#ff8a4c", neutral="#77829a", positive="#6aa5ff", text="#e8ecf3", faint="#a3aec0", line="#2b3342",
    ground="#0d1117", heat=("#161c26", "#3f2618", "#7c3f1c", "#c2652c", "#ff8a4c"), heat_text=("#e8ecf3", "#14100c"),
)  # fmt: skip


def palette(theme: str | None) -> Palette:
    """Choose the colours of Streamlit's theme type; unknown means light."""
    return DARK if theme == "dark" else LIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Counts of one bucket that starts at `at`; None: no source reported, so nothing is known."""

    at: datetime
    negative: int | None
    neutral: int | None
    positive: int | None


def ms(at: datetime) -> int:
    """Write a time as ECharts reads it: milliseconds since 1970; the browser shows it in its own zone."""
    return round(at.timestamp() * 1000)


def time_axis(lang: Lang, colours: Palette) -> Option:
    """Make an axis of days and hours, named in the reader's language."""
    day = "{M}月{d}日" if lang == "zh" else "{d} {MMM}"
    hour = "{HH}:{mm}"
    return {
        "type": "time",
        "axisLabel": {
            "color": colours.faint,
            "hideOverlap": True,
            "formatter": {"year": day, "month": day, "day": day, "hour": hour, "minute": hour, "second": hour},
        },
        "axisLine": {"lineStyle": {"color": colours.line}},
        "axisTick": {"show": False},
        "splitLine": {"show": False},
    }


def count_axis(colours: Palette) -> Option:
    """Make an axis of whole numbers."""
    return {
        "type": "value",
        "minInterval": 1,
        "axisLabel": {"color": colours.faint},
        "splitLine": {"lineStyle": {"color": colours.line}},
    }


def frame(colours: Palette, names: Sequence[str]) -> Option:
    """Make what charts over time share: room, legend, tooltip."""
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "grid": {"left": 8, "right": 12, "top": 40, "bottom": 8, "containLabel": True},
        "legend": {
            "data": list(names),
            "top": 4,
            "left": 0,
            "icon": "roundRect",
            "itemWidth": 14,
            "itemHeight": 10,
            "textStyle": {"color": colours.text},
        },
        "tooltip": {"trigger": "axis", "valueFormatter": "localized"},
    }


def _silence(stretches: Sequence[Stretch], name: str, colours: Palette) -> Option:
    """Hatched areas where a source was silent: what is drawn there is known to be incomplete."""
    areas = [[{"xAxis": ms(start), "name": name}, {"xAxis": ms(end)}] for start, end in stretches]
    return {
        "silent": True,
        "itemStyle": {"color": {"image": HATCH, "repeat": "repeat"}},
        "label": {"color": colours.faint, "position": "insideTop", "fontSize": 11},
        "data": areas,
    }


def sentiment_area(
    points: Sequence[Point], silent: Sequence[Stretch], names: Mapping[str, str], lang: Lang, colours: Palette
) -> Option:
    """Stacked negative / neutral / positive counts over time; `names` has the three labels and "gap".

    Unknown buckets break the areas instead of falling to zero; silent stretches are hatched.
    """
    kinds: tuple[Literal["negative", "neutral", "positive"], ...] = ("negative", "neutral", "positive")
    series: list[Option] = []
    for kind in kinds:
        colour: str = getattr(colours, kind)
        series.append({
            "name": names[kind],
            "type": "line",
            "stack": "all",
            "showSymbol": False,
            "connectNulls": False,
            "lineStyle": {"width": 1.2, "color": colour},
            "itemStyle": {"color": colour},
            "areaStyle": {"color": colour, "opacity": 0.75},
            "data": [[ms(point.at), getattr(point, kind)] for point in points],
        })  # fmt: skip
    if series and silent:
        series[0]["markArea"] = _silence(silent, names["gap"], colours)
    return {
        **frame(colours, [names[kind] for kind in kinds]),
        "xAxis": time_axis(lang, colours),
        "yAxis": count_axis(colours),
        "series": series,
    }


def heat_map(
    days: Sequence[str], topics: Sequence[str], counts: Mapping[tuple[int, int], int], colours: Palette
) -> Option:
    """Draw posts per topic and day; `counts` maps (day index, topic index) to a count, absent pairs are zero."""
    top = max(counts.values(), default=0) or 1
    data = [
        {
            "value": [day, topic, counts.get((day, topic), 0)],
            "label": {"color": colours.heat_text[counts.get((day, topic), 0) > 0.6 * top]},
        }
        for day in range(len(days))
        for topic in range(len(topics))
    ]
    label = {"color": colours.faint}
    plain = {"axisTick": {"show": False}, "axisLine": {"show": False}, "splitArea": {"show": False}}
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": {"position": "top"},
        "xAxis": {"type": "category", "data": list(days), "axisLabel": label, "position": "bottom", **plain},
        "yAxis": {"type": "category", "data": list(topics), "axisLabel": label, "inverse": True, **plain},
        "visualMap": {"show": False, "min": 0, "max": top, "inRange": {"color": list(colours.heat)}},
        "series": [{
            "type": "heatmap",
            "data": data,
            "label": {"show": len(days) <= 10, "fontSize": 11},
            "itemStyle": {"borderColor": colours.ground, "borderWidth": 2, "borderRadius": 4},
        }],
    }  # fmt: skip
