"""Charts of one story: how it spread and how far it may go, and where; plain ECharts options like charts.py's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.charts import Option, Palette, count_axis, frame, ms, time_axis
from dashboard.words import Lang


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """How many more negative mentions are expected `hours` after `at`: bounds and middle of an interval."""

    at: datetime
    lo: float
    mid: float
    hi: float
    hours: float = 24


def spread(
    seen: Sequence[tuple[datetime, int]], fan: Fan | None, names: Mapping[str, str], lang: Lang, colours: Palette
) -> Option:
    """Cumulative negative mentions, then the fan of the forecast; `names` has "observed", "forecast", "band".

    The forecast is a total for the end of its horizon; the straight edges between say nothing about the path.
    """
    line = {"type": "line", "showSymbol": False, "itemStyle": {"color": colours.negative}}
    series: list[Option] = [{
        **line,
        "name": names["observed"],
        "lineStyle": {"width": 2.2},
        "areaStyle": {"opacity": 0.12},
        "data": [[ms(at), count] for at, count in seen],
    }]  # fmt: skip
    shown = [names["observed"]]
    if fan and seen:
        base = max((count for at, count in seen if at <= fan.at), default=0)
        series += _fan(fan, base, names, line)
        shown += [names["forecast"], names["band"]]
    return {
        **frame(colours, shown),
        "xAxis": time_axis(lang, colours),
        "yAxis": count_axis(colours),
        "series": series,
    }


def _fan(fan: Fan, base: int, names: Mapping[str, str], line: Option) -> list[Option]:
    start, end = ms(fan.at), ms(fan.at + timedelta(hours=fan.hours))
    hidden = {"lineStyle": {"opacity": 0}, "stack": "band", "symbol": "none", "tooltip": {"show": False}}
    middle = {"width": 2, "type": "dashed"}
    return [
        {
            **line,
            "name": names["forecast"],
            "lineStyle": middle,
            "data": [[start, base], [end, round(base + fan.mid, 1)]],
        },
        {**line, **hidden, "name": "floor", "data": [[start, base], [end, round(base + fan.lo, 1)]]},
        {
            **line,
            **hidden,
            "name": names["band"],
            "areaStyle": {"opacity": 0.22},
            "data": [[start, 0], [end, round(fan.hi - fan.lo, 1)]],
        },
    ]


def bars(rows: Sequence[tuple[str, int]], colours: Palette) -> Option:
    """Horizontal bars, largest first, the count written at each end."""
    ordered = sorted(rows, key=lambda row: -row[1])
    plain = {"axisTick": {"show": False}, "axisLine": {"show": False}}
    return {
        "animation": False,
        "backgroundColor": "transparent",
        "grid": {"left": 8, "right": 48, "top": 4, "bottom": 4, "containLabel": True},
        "tooltip": {},
        "xAxis": {"type": "value", "show": False},
        "yAxis": {
            "type": "category",
            "data": [name for name, _ in ordered],
            "inverse": True,
            "axisLabel": {"color": colours.text, "width": 150, "overflow": "truncate"},
            **plain,
        },
        "series": [{
            "type": "bar",
            "barMaxWidth": 14,
            "itemStyle": {"color": colours.positive, "borderRadius": 4},
            "label": {"show": True, "position": "right", "color": colours.text},
            "data": [count for _, count in ordered],
        }],
    }  # fmt: skip
