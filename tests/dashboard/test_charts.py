import json
from datetime import UTC, datetime, timedelta

import pytest

from dashboard import charts, story_charts
from dashboard.charts import DARK, LIGHT, Palette, Point

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAMES = {key: key for key in ("negative", "neutral", "positive", "gap", "observed", "forecast", "band")}
HOUR = timedelta(hours=1)


def known(k: int) -> Point:
    return Point(at=NOW + k * HOUR, negative=k, neutral=1, positive=2)


def test_unknown_hours_break_the_areas_and_are_never_zero() -> None:
    dark = Point(at=NOW + HOUR, negative=None, neutral=None, positive=None)
    option = charts.sentiment_area([known(0), dark, known(2)], [], NAMES, "en", LIGHT)
    assert [series["data"][1][1] for series in option["series"]] == [None, None, None]
    assert not any(series["connectNulls"] for series in option["series"])


def test_silence_is_hatched_over_its_stretch() -> None:
    option = charts.sentiment_area([known(0), known(3)], [(NOW + HOUR, NOW + 2 * HOUR)], NAMES, "en", LIGHT)
    area = option["series"][0]["markArea"]
    (start, end), *others = area["data"]
    assert (end["xAxis"] - start["xAxis"], others) == (3_600_000, [])
    assert area["itemStyle"]["color"]["image"].startswith("data:image/svg+xml")


def test_negative_is_vermilion_in_light_and_dark() -> None:
    for colours in (LIGHT, DARK):
        first = charts.sentiment_area([known(1)], [], NAMES, "en", colours)["series"][0]
        assert (first["name"], first["itemStyle"]["color"]) == ("negative", colours.negative)


def test_the_heat_map_has_a_cell_for_every_day_and_topic_and_writes_legibly_on_dark_cells() -> None:
    option = charts.heat_map(["1", "2"], ["a", "b", "c"], {(0, 1): 10, (1, 2): 1}, LIGHT)
    cells = {tuple(cell["value"][:2]): cell for cell in option["series"][0]["data"]}
    assert len(cells) == 6
    assert cells[0, 0]["value"][2] == 0
    assert [cells[0, 1]["label"]["color"], cells[1, 2]["label"]["color"]] == list(LIGHT.heat_text)[::-1]


def test_the_forecast_starts_at_its_own_time_from_what_was_counted_then() -> None:
    seen = [(NOW, 0), (NOW + HOUR, 4), (NOW + 2 * HOUR, 9)]
    fan = story_charts.Fan(at=NOW + HOUR, lo=5, mid=10, hi=30)
    _, forecast, floor, band = story_charts.spread(seen, fan, NAMES, "en", LIGHT)["series"]
    assert forecast["data"][0][1] == 4
    assert forecast["data"][1][0] - forecast["data"][0][0] == 24 * 3_600_000
    assert (floor["data"][1][1], floor["data"][1][1] + band["data"][1][1]) == (9, 34)


def test_without_a_forecast_none_is_drawn() -> None:
    option = story_charts.spread([(NOW, 1)], None, NAMES, "zh", DARK)
    assert [series["name"] for series in option["series"]] == option["legend"]["data"] == ["observed"]


def test_bars_are_ordered_by_size() -> None:
    option = story_charts.bars([("a", 1), ("b", 7), ("c", 3)], LIGHT)
    assert option["yAxis"]["data"] == ["b", "c", "a"]
    assert option["series"][0]["data"] == [7, 3, 1]


def test_options_are_plain_json_that_fetch_nothing() -> None:
    fan = story_charts.Fan(at=NOW, lo=1, mid=2, hi=3)
    for option in (
        charts.sentiment_area([known(1)], [(NOW, NOW + HOUR)], NAMES, "zh", DARK),
        charts.heat_map([], [], {}, LIGHT),
        story_charts.spread([(NOW, 1)], fan, NAMES, "en", LIGHT),
    ):
        told = json.dumps(option).replace("http://www.w3.org/2000/svg", "")
        assert "http" not in told


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_text_on_the_ground_has_the_contrast_wcag_asks_for(colours: Palette) -> None:
    for text in (colours.text, colours.faint):
        high, low = sorted((luminance(text), luminance(colours.ground)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5


def test_an_unknown_theme_is_light() -> None:
    assert (charts.palette(None), charts.palette("light"), charts.palette("dark")) == (LIGHT, LIGHT, DARK)
