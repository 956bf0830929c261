"""People edit stories while the monitor runs: it follows from the store alone, and nobody is told twice."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from groundswell.assemble import Parts
from groundswell.clock import SettableClock
from groundswell.replay import Wheel
from groundswell.types import Alert, AlertState, Page, Post
from storage.store import Store, open_store
from tests.groundswell.commands import Run
from tests.groundswell.conftest import everyday, outbreak
from trends.retelling import retell

Make = Callable[[SettableClock], Parts]
STEP = timedelta(minutes=10)
KETTLE = ("acme kettle melted smoke bad", "acme kettle melted smoke again bad", "acme kettle smoke melted today bad")
PARCEL = ("acme parcel late courier bad", "acme parcel late courier again bad", "acme parcel courier late today bad")


def say(parts: Parts, clock: SettableClock, *texts: str, first: int = 0, **more: Any) -> dict[str, str]:
    """Take in posts a minute apart; returns the stories of all posts of the store by external id."""
    for n, text in enumerate(texts, first):
        clock.advance_to(clock() + timedelta(minutes=1))
        one = Post(source="forum", external_id=f"{n}", text=text, created_at=clock(), author=f"a{n}", **more)
        parts.pipeline.take("s", Page(posts=[one], cursor={}))
    while found := parts.pipeline.classify(3):
        parts.pipeline.observe(found)
    return stories_of(parts.store)


def stories_of(store: Store) -> dict[str, str]:
    return {row["external_id"]: row["story"] for row in store.export()}


def remembered(parts: Parts) -> dict[str, int]:
    """Posts per story as the detector counts them."""
    return {name: state.total for name, state in parts.detector._brands["Acme"].stories.items()}


@pytest.fixture
def desk(tmp_path: Path, noon: SettableClock) -> Iterator[Store]:
    """The same file as another process has it: the command line, or the dashboard."""
    store = open_store(tmp_path / "store.db", noon)
    yield store
    store.close()


@pytest.mark.parametrize("restart", [False, True])
def test_after_a_merge_later_posts_of_either_count_under_the_one_that_stays(
    noon: SettableClock, make_parts: Make, desk: Store, restart: bool
) -> None:
    parts = make_parts(noon)
    found = say(parts, noon, *KETTLE, *PARCEL)
    kettle, parcel = found["0"], found["3"]
    assert kettle != parcel
    desk.merge_stories(kettle, parcel, "Ann")
    parts = make_parts(noon) if restart else parts
    found = say(parts, noon, "acme kettle smoke melted now bad", "acme parcel late courier now bad", first=10)
    found = say(parts, noon, "me too", first=20, parent="1")  # answers a post of the story merged away
    assert set(found.values()) == {parcel}
    assert parts.store.check() == []
    assert remembered(parts) == {parcel: 9}


@pytest.mark.parametrize("restart", [False, True])
def test_after_a_split_later_posts_go_to_the_nearer_of_the_two(
    noon: SettableClock, make_parts: Make, desk: Store, restart: bool
) -> None:
    parts = make_parts(noon)
    found = say(parts, noon, *KETTLE, *PARCEL)
    desk.merge_stories(found["0"], found["3"], "Ann")
    say(parts, noon, "acme kettle smoke melted now bad", first=10)
    ids = [row["id"] for row in desk.export() if "kettle" in row["text"]]
    done = desk.split_story(found["3"], ids, "Ann", retell=retell)
    parts = make_parts(noon) if restart else parts
    after = say(parts, noon, "acme kettle melted smoke later bad", "acme parcel late courier later bad", first=20)
    assert (after["20"], after["21"]) == (done.into, found["3"])
    assert after["10"] == after["0"] == done.into
    assert parts.store.check() == []
    assert remembered(parts) == {done.into: 5, found["3"]: 4}


def test_an_edit_between_grouping_and_writing_is_followed_before_anything_is_written(
    noon: SettableClock, make_parts: Make, desk: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = make_parts(noon)
    found = say(parts, noon, *KETTLE, *PARCEL)
    place, calls = parts.pipeline._place, []

    def interrupted(*args: Any) -> Any:
        placed = place(*args)
        calls.append([result.story for result in placed[0]])
        if len(calls) == 1:
            desk.merge_stories(found["0"], found["3"], "Ann")
        return placed

    monkeypatch.setattr(parts.pipeline, "_place", interrupted)
    after = say(parts, noon, "acme kettle smoke melted now bad", first=10)
    assert calls == [[found["0"]], [found["3"]]]
    assert set(after.values()) == {found["3"]}
    assert parts.store.check() == []


def test_a_renamed_story_keeps_its_name_and_the_monitor_goes_on(
    noon: SettableClock, make_parts: Make, desk: Store
) -> None:
    parts = make_parts(noon)
    found = say(parts, noon, *KETTLE)
    desk.rename_story(found["0"], "Melting kettles", "Ann")
    assert set(say(parts, noon, KETTLE[0] + " more", first=10).values()) == {found["0"]}
    assert parts.store.title(found["0"]) == "Melting kettles"


class Crisis:
    """A day of everyday posts, then an outbreak that fires; the wheel can be replaced as by a restart."""

    def __init__(self, make_parts: Make, end: datetime) -> None:
        self.end, self.clock = end, SettableClock(end - timedelta(days=1, hours=1))
        self._make = make_parts
        self.restart()
        self.parts.detector.watch("Acme", self.clock())
        self.wheel.feed("s", everyday(end, days=1, count=120) + outbreak(end))
        self.told = list(self.wheel.turn(end))

    def restart(self) -> None:
        self.parts = self._make(self.clock)
        self.wheel = Wheel(self.parts, self.clock, step=STEP)

    def go_on(self, posts: list[Post], hours: float) -> list[Alert]:
        self.wheel.feed("s", posts)
        return list(self.wheel.turn(self.clock() + timedelta(hours=hours)))

    def wave(self, hours: float, prefix: str, seed: int = 5) -> list[Post]:
        """A second, like the first, that ends `hours` after now."""
        posts = outbreak(self.clock() + timedelta(hours=hours), count=40, seed=seed)
        return [replace(post, external_id=f"{prefix}{post.external_id}") for post in posts]


@pytest.fixture
def crisis(noon: SettableClock, make_parts: Make) -> Crisis:
    found = Crisis(make_parts, noon())
    assert [a.state for a in found.told].count(AlertState.FIRING) == 1
    return found


@pytest.mark.parametrize("restart", [False, True])
def test_the_incident_follows_its_story_and_no_second_alert_goes_out(
    crisis: Crisis, desk: Store, restart: bool
) -> None:
    first = crisis.told[0]
    quiet = next(row.story for row in desk.stories("Acme") if row.story != first.story)
    desk.merge_stories(first.story, quiet, "Ann")
    if restart:
        crisis.restart()
    events = crisis.go_on(crisis.wave(2, "w"), 3)
    assert AlertState.FIRING not in {a.state for a in events}
    assert {(a.incident, a.story) for a in events} <= {(first.incident, quiet)}
    end = crisis.go_on([], 40)
    assert [(a.state, a.incident, a.story) for a in end if a.state is AlertState.RESOLVED] == [
        (AlertState.RESOLVED, first.incident, quiet)
    ]
    assert crisis.parts.store.check() == []
    (incident,) = crisis.parts.store.incidents(open_only=False)
    assert (incident.story, incident.state) == (quiet, AlertState.RESOLVED)


@pytest.mark.parametrize("restart", [False, True])
def test_of_two_open_incidents_that_of_the_story_merged_away_is_ended_once(
    crisis: Crisis, desk: Store, restart: bool
) -> None:
    first = crisis.told[0]
    other = next(row for row in desk.stories("Acme") if row.story != first.story)
    second = replace(
        first, incident="i-other", story=other.story, trend=replace(first.trend, story=other.story), number=1
    )
    desk.record_alert(second, [])
    crisis.parts.pipeline.reload_incidents()
    desk.merge_stories(other.story, first.story, "Ann")
    if restart:
        crisis.restart()
    events = crisis.go_on([], 1)
    ended = [a for a in events if a.incident == "i-other"]
    assert [(a.state, a.reason.code, a.story, a.number) for a in ended] == [
        (AlertState.RESOLVED, "merged", first.story, 2)
    ]
    assert {i.incident for i in crisis.parts.store.incidents()} == {first.incident}
    assert crisis.go_on([], 1) == [] or all(a.incident == first.incident for a in events)


def test_posts_split_off_an_incident_wake_nobody_again_not_even_after_a_restart(crisis: Crisis, desk: Store) -> None:
    first = crisis.told[0]
    ids = [row["id"] for row in desk.export() if row["story"] == first.story]
    done = desk.split_story(first.story, ids[: len(ids) // 2], "Ann", retell=retell)
    events = crisis.go_on([], 0.5)
    crisis.restart()
    events += crisis.go_on([], 0.5)
    assert [a for a in events if a.story == done.into or a.state is AlertState.FIRING] == []
    (incident,) = crisis.parts.store.incidents()
    assert (incident.incident, incident.story) == (first.incident, first.story)


# -- the command line


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def filled(run: Run, tmp_path: Path, noon: SettableClock, make_parts: Make) -> dict[str, str]:
    (tmp_path / "groundswell.toml").write_text(
        '[[brands]]\nname = "Acme"\nany = ["acme"]\n[store]\npath = "store.db"\n', encoding="utf-8"
    )
    parts = make_parts(noon)
    found = say(parts, noon, *KETTLE, *PARCEL, "beta broke bad")
    return {"kettle": found["0"], "parcel": found["3"], "beta": found["6"]}


def test_stories_are_listed_merged_split_and_renamed_from_the_command_line(
    run: Run, filled: dict[str, str], desk: Store
) -> None:
    kettle, parcel = filled["kettle"], filled["parcel"]
    code, out, _ = run("story", "list", "--brand", "Acme", "--json")
    assert (code, {row["story"]: row["posts"] for row in lines(out)}) == (0, {kettle: 3, parcel: 3})
    code, out, _ = run("story", "merge", kettle, parcel, "--by", "Ann", "--json")
    assert code == 0
    assert {k: lines(out)[0][k] for k in ("what", "by", "into", "count")} == {
        "what": "merged", "by": "Ann", "into": parcel, "count": 3,
    }  # fmt: skip
    assert run("story", "list", "--brand", "Acme")[1].split("\t")[2] == "6/6"
    assert f"{kettle} → {parcel}" in run("story", "list", "--all")[1]
    code, out, _ = run("story", "split", parcel, "--words", "kettle", "--title", "Melting kettles", "--json")
    new = lines(out)[0]["into"]
    assert (code, desk.title(new), lines(out)[0]["by"]) == (0, "Melting kettles", "command line")
    assert run("story", "rename", parcel, "Late parcels")[:2] == (0, f"{parcel} is called: Late parcels\n")
    assert {row["story"]: row["posts"] for row in lines(run("story", "list", "--brand", "Acme", "--json")[1])} == {
        new: 3, parcel: 3,
    }  # fmt: skip
    assert [row["what"] for row in lines(run("story", "log", "--json")[1])] == ["merged", "split", "renamed"]
    assert run("story", "log", kettle)[1].endswith(f"Ann: {kettle} merged → {parcel}, 3 posts\n")
    assert desk.check() == []


def test_wrong_use_of_story_commands_is_told_with_place_and_fix(run: Run, filled: dict[str, str]) -> None:
    kettle, beta = filled["kettle"], filled["beta"]
    assert run("story", "merge", kettle)[0] == 2
    assert run("story", "split", kettle)[0] == 2
    assert run("story", "split", kettle, "--post", "x")[0] == 2
    assert run("story", "frobnicate")[0] == 2
    for args, says in (
        (("merge", kettle, "nosuch"), "nosuch: no such story"),
        (("merge", kettle, beta), "is about Acme, and"),
        (("merge", kettle, kettle), "into itself"),
        (("split", kettle, "--post", "999"), "does not hold post 999"),
        (("split", kettle, "--words", "kettle"), "all 3 posts would go"),
        (("split", kettle, "--words", "giraffe"), "no post would go"),
        (("rename", kettle, " "), "1 to 200 characters"),
    ):
        code, out, err = run("story", *args)
        assert (code, out) == (1, "")
        assert says in err
        assert "try: " in err


@pytest.mark.parametrize("command", ["list", "merge", "split", "rename", "log"])
def test_every_story_command_explains_itself(run: Run, command: str) -> None:
    code, out, _ = run("story", command, "--help")
    assert code == 0
    assert "Usage" in out
