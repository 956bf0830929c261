"""A rule tried on stored posts tells what a live run told, and touches nothing."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from groundswell import alert_preview, clock
from groundswell.alert_preview import peak, preview, sentence
from groundswell.assemble import assemble
from groundswell.clock import SettableClock
from groundswell.config import Config, read_config
from groundswell.errors import InputError
from groundswell.replay import Wheel
from groundswell.types import Alert, AlertState
from storage.store import open_store
from tests.groundswell.commands import Run
from tests.groundswell.conftest import ACME, everyday, outbreak
from tests.groundswell.keyword_reader import KeywordReader

END = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
STEP = timedelta(minutes=10)
CONFIG = """
[[brands]]
name = "Acme"
any = ["acme"]
[[brands]]
name = "Beta"
any = ["beta"]
[store]
path = "{path}"
"""


@dataclass(frozen=True)
class Live:
    """A store as a live run left it, with what that run told."""

    folder: Path
    path: Path
    told: list[Alert]

    @property
    def config(self) -> Config:
        return read_config(self.folder / "groundswell.toml")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Live:
    folder = tmp_path_factory.mktemp("live")
    moment = SettableClock(END - timedelta(days=2, hours=1))
    parts = assemble(store_path=folder / "live.db", queries=[ACME], key=b"k", clock=moment, reader=KeywordReader())
    wheel = Wheel(parts, moment, step=STEP)
    wheel.feed("s", everyday(END, days=2, count=150) + outbreak(END - timedelta(hours=1)))
    told = list(wheel.turn(END))
    parts.store.close()
    (folder / "groundswell.toml").write_text(CONFIG.format(path=folder / "live.db"), encoding="utf-8")
    return Live(folder, folder / "live.db", told)


@pytest.fixture(autouse=True)
def present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: END)


def test_the_rule_that_ran_would_have_told_what_it_told_and_nothing_is_touched(live: Live) -> None:
    before = _bytes(live)
    row = preview(live.config, "Acme", every=STEP)
    fired = [a for a in live.told if a.state is AlertState.FIRING]
    assert len(fired) == 1
    assert [(one["at"], one["story"], one["severity"]) for one in row["alerts"]] == [
        (a.at.isoformat(), a.story, a.severity.value) for a in fired
    ]
    assert (row["fired"], row["sent_then"], row["in_office_hours"]) == (1, 1, 1)
    assert row["updates"] == sum(a.state is AlertState.UPDATE for a in live.told)
    assert row["alerts"][0]["lead_min"] == row["lead_min_median"] > 0
    assert row["alerts"][0]["title"]
    assert row["sentence"]["en"].startswith(
        "In the last 2 days (stored posts reach no further back) it would have fired 1"
    )
    assert _bytes(live) == before


def _bytes(live: Live) -> tuple[Any, ...]:
    store = open_store(live.path, lambda: END)
    try:
        return (
            store.status(),
            store.incidents(open_only=False),
            store.stories(),
            store.alerts(100),
            list(store.export()),
        )
    finally:
        store.close()


@pytest.mark.parametrize("change", ["trends.surprise=400", "trends.least_voices = 500"])
def test_a_stricter_rule_would_not_have_fired(live: Live, change: str) -> None:
    row = preview(live.config, "", changes=[change], every=STEP)
    assert (row["fired"], row["alerts"], row["lead_min_median"], row["sent_then"]) == (0, [], None, 1)
    assert row["sentence"]["en"].endswith("it would not have fired.")
    assert row["sentence"]["zh"].endswith("不会触发。")


def test_a_rules_receiving_end_is_tried_too(live: Live) -> None:
    often = preview(live.config, "Acme", every=STEP, changes=["alerts.growth_factor=1.05", "alerts.growth_gap_h=0"])
    assert often["fired"] == 1
    assert often["updates"] > sum(a.state is AlertState.UPDATE for a in live.told)


def _grades(config: Config, *changes: str) -> list[str]:
    return [one["severity"] for one in preview(config, "Acme", every=timedelta(hours=1), changes=changes)["alerts"]]


def test_the_table_of_severity_is_the_files_and_can_be_changed(live: Live, tmp_path: Path) -> None:
    assert _grades(live.config) == ["L4"]  # many voices tell of smoke: the rule `harm`
    path = tmp_path / "milder.toml"
    path.write_text(CONFIG.format(path=live.path) + "[severity]\nharm = { level = 'L0' }\n", encoding="utf-8")
    assert _grades(read_config(path)) < ["L4"]
    assert _grades(read_config(path), "severity.harm.level=L4") == ["L4"]


def test_office_hours_are_those_of_the_zone_asked_for(live: Live) -> None:
    row = preview(live.config, "Acme", every=STEP, zone="Asia/Shanghai")
    assert (row["fired"], row["in_office_hours"], row["time_zone"]) == (1, 0, "Asia/Shanghai")
    assert row["alerts"][0]["at"].endswith("+08:00")


def test_only_the_days_and_the_brand_asked_for_count(live: Live) -> None:
    assert preview(live.config, "Beta", every=timedelta(minutes=30))["fired"] == 0
    row = preview(live.config, "Acme", days=1, every=STEP)
    assert (row["from"], row["days"], row["fired"]) == ("2026-03-02T00:00:00+00:00", 1, 1)
    assert "no further back" not in row["sentence"]["en"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"brand": "Nobody"}, "Nobody: no such brand"),
        ({"changes": ["surprise=4"]}, "'surprise=4' sets nothing"),
        ({"changes": ["trends.surprize=4"]}, "sets nothing"),
        ({"changes": ["trends.surprise"]}, "sets nothing"),
        ({"changes": ["severity.viral=L3"]}, "sets nothing"),
        ({"changes": ["severity.virral.level=L3"]}, "sets nothing"),
        ({"changes": ["trends.surprise.level=L3"]}, "sets nothing"),
        ({"changes": ["severity.viral.level=L9"]}, "viral.level = 'L9'"),
        ({"changes": ["trends.surprise=high"]}, "surprise = 'high'"),
        ({"changes": ["trends.misread_share=2"]}, "misread_share = '2'"),
        ({"zone": "Mars/Olympus"}, "'Mars/Olympus' is no time zone"),
    ],
)
def test_what_cannot_be_tried_is_named(live: Live, given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says.replace("(", r"\(")) as caught:
        preview(live.config, given.pop("brand", "Acme"), **given)
    assert caught.value.hint


def test_a_store_without_posts_is_an_error_not_a_quiet_rule(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(CONFIG.format(path="empty.db"), encoding="utf-8")
    with pytest.raises(InputError, match="no classified post"):
        preview(read_config(tmp_path / "c.toml"), "Acme")


def test_silence_that_was_watched_counts_as_silence(tmp_path: Path) -> None:
    moment = SettableClock(END)
    parts = assemble(store_path=tmp_path / "new.db", queries=[ACME], key=b"k", clock=moment, reader=KeywordReader())
    Wheel(parts, moment, step=STEP).feed("s", outbreak(END, minutes=50))
    (tmp_path / "groundswell.toml").write_text(CONFIG.format(path=tmp_path / "new.db"), encoding="utf-8")
    config = read_config(tmp_path / "groundswell.toml")
    assert preview(config, "Acme", every=STEP)["fired"] == 0, "the brand's first post may be the first one looked for"
    parts.store.watch(["Acme"], END - timedelta(days=9))
    assert preview(config, "Acme", every=STEP)["fired"] == 1
    parts.store.close()


def test_the_sentence_says_the_figures_in_both_languages() -> None:
    found = {"days": 90, "asked_days": 90, "fired": 11, "in_office_hours": 8, "lead_min_median": 42.0}
    assert sentence(found) == {
        "en": "In the last 90 days it would have fired 11 times, 8 in office hours, median 42 min before the peak.",
        "zh": "过去 90 天内会触发 11 次，其中 8 次在工作时间内，中位数比峰值早 42 分钟。",
    }
    late = sentence(found | {"lead_min_median": -7.0, "fired": 1})
    assert "1 time, " in late["en"]
    assert "7 min after the peak" in late["en"]
    assert "晚 7 分钟" in late["zh"]


def test_the_peak_is_reached_when_the_busiest_hour_is_complete() -> None:
    assert peak([]) is None
    assert peak([5.0]) == 5.0
    hours = [0.0, 3600.0, 3700.0, 3800.0, 9000.0, 9100.0]
    assert peak(hours) == 3800.0
    assert peak([0.0, 10.0, 8000.0, 8010.0]) == 10.0  # the first of equals


def test_the_command_prints_a_sentence_json_and_exit_codes(run: Run, live: Live) -> None:
    at = ("--config", str(live.folder / "groundswell.toml"), "--every", "10")
    code, out, _ = run("preview-alerts", "Acme", *at)
    assert code == 0
    assert "it would have fired 1 time" in out
    assert "会触发 1 次" in out
    assert "Alerts really sent in that time: 1." in out
    code, out, _ = run("preview-alerts", *at, "--set", "trends.least_voices=500", "--json")
    assert (code, json.loads(out)["fired"], json.loads(out)["changed"]) == (0, 0, ["trends.least_voices=500"])
    code, _, err = run("preview-alerts", "Acme", *at, "--set", "trends.surprise=x")
    assert (code, "error: --set" in err) == (1, True)
    assert run("preview-alerts", "--days", "0")[0] == 2


def test_the_previews_store_is_never_a_file(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def watched(**given: Any) -> Any:
        opened.append(str(given["store_path"]))
        return assemble(**given)

    monkeypatch.setattr(alert_preview, "assemble", watched)
    preview(live.config, "Acme", days=1, every=timedelta(minutes=60))
    assert opened == [":memory:"]
