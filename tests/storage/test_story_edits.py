"""Merging, splitting and naming stories: posts, counts, incidents and words follow, whatever came before.

Longer than other files: every test starts from the same helpers, and the edits are held against one another.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select

from groundswell.errors import InputError
from groundswell.types import AlertState, Post, Prediction, Sentiment
from storage import migrate
from storage.engine import connect
from storage.records import Edit, StoredStory
from storage.schema import alerts
from storage.store import Store
from storage.story_edits import StaleStories

HOUR = timedelta(hours=1)
ROOT = Path(migrate.__file__).parent.parent


def fill(store: Store, make: Any, story: str, *ids: str, text: str = "The kettle leaks", **given: Any) -> list[int]:
    """Posts of one story, an hour apart by their ids; returns their row ids."""
    brand = given.pop("brand", "Halvero")
    posts = [make.post(i, text, created_at=make.start + int(i) * HOUR, brand=brand, **given) for i in ids]
    store.commit_page("forum", make.page(*posts))
    update = make.update(story, f"about {story}", brand=brand, words={story: 1.0})
    return [p.id for p in make.classify(store, story, update=update)]


def teller(make: Any) -> Callable[..., Any]:
    def retell(story: str, brand: str, told: Sequence[tuple[Post, Prediction]], stories: list[StoredStory]) -> Any:
        texts = sorted(post.text for post, _ in told)
        assert all(said.scored for _, said in told)
        return make.update(
            story, f"now {texts[0]}", brand=brand, words=dict.fromkeys(texts, 1.0), absorbed=len(told),
            last_at=told[-1][0].created_at,
        )  # fmt: skip

    return retell


def rows(store: Store) -> dict[str, StoredStory]:
    return {row.story: row for row in store.stories()}


def stories_of(store: Store) -> dict[str, str]:
    return {row["external_id"]: row["story"] for row in store.export()}


def test_a_merge_moves_posts_counts_and_the_old_id(store: Store, make: Any) -> None:
    fill(store, make, "s2", "2", "3", source="shop")
    fill(store, make, "s1", "0", "2")
    done = store.merge_stories("s1", "s2", "Ann")
    assert (done.what, done.story, done.into, done.count, done.negative) == (Edit.MERGED, "s1", "s2", 2, 2)
    assert set(stories_of(store).values()) == {"s2"}
    found = rows(store)
    assert (found["s2"].posts, found["s2"].negative, found["s2"].first_at) == (4, 4, make.start)
    assert (found["s1"].posts, found["s1"].merged_into, found["s1"].status) == (0, "s2", "merged")
    assert store.check() == []
    assert store.story_edits() == [done]
    assert (done.by, done.at, done.brand) == ("Ann", make.start, "Halvero")


def test_old_links_lead_on_however_often_the_story_was_merged(store: Store, make: Any) -> None:
    for n in range(1, 5):
        fill(store, make, f"s{n}", str(n))
    store.merge_stories("s1", "s2", "Ann")
    store.merge_stories("s2", "s3", "Ben")
    store.merge_stories("s3", "s4", "Ann")
    assert {name: row.merged_into for name, row in rows(store).items()} == {
        "s1": "s4",
        "s2": "s4",
        "s3": "s4",
        "s4": None,
    }
    assert rows(store)["s4"].posts == 4
    assert store.check() == []
    assert [e.by for e in store.story_edits(story="s2")] == ["Ann", "Ben"]
    assert [e.story for e in store.story_edits(after=1)] == ["s2", "s3"]


@pytest.mark.parametrize(
    ("story", "into", "says", "fix"),
    [
        ("s1", "s9", "s9: no such story", "story list"),
        ("s9", "s1", "s9: no such story", "story list"),
        ("s1", "s1", "cannot be merged into itself", "two stories"),
        ("gone", "s2", "gone: was merged into s1", "name s1 instead"),
        ("s2", "gone", "gone: was merged into s1", "name s1 instead"),
        ("s1", "b1", "is about Halvero, and b1 about Beta", "one brand"),
    ],
)
def test_a_wrong_merge_changes_nothing_and_says_why(
    store: Store, make: Any, story: str, into: str, says: str, fix: str
) -> None:
    fill(store, make, "s1", "1")
    fill(store, make, "s2", "2")
    fill(store, make, "gone", "3")
    fill(store, make, "b1", "4", brand="Beta")
    store.merge_stories("gone", "s1", "Ann")
    before = (rows(store), stories_of(store))
    with pytest.raises(InputError, match=says) as caught:
        store.merge_stories(story, into, "Ann")
    assert fix in caught.value.hint
    assert (rows(store), stories_of(store)) == before
    assert len(store.story_edits()) == 1


def test_a_split_moves_posts_and_the_answers_to_them(store: Store, make: Any) -> None:
    posts = [
        make.post("1", "kettle"), make.post("2", "parcel late"), make.post("3", "me too", parent="2"),
        make.post("4", "and me", parent="3"), make.post("2", "other forum", source="shop", parent="1"),
    ]  # fmt: skip
    store.commit_page("forum", make.page(*posts))
    ids = {(p.post.source, p.post.external_id): p.id for p in make.classify(store)}
    store.correct(ids["forum", "4"], Sentiment.POSITIVE)
    done = store.split_story("s1", [ids["forum", "2"]], "Ann", retell=teller(make))
    assert done.into is not None
    assert sorted(done.posts) == [ids["forum", "2"], ids["forum", "3"], ids["forum", "4"]]
    assert (done.count, done.negative) == (3, 2)
    found = rows(store)
    assert (found["s1"].posts, found["s1"].title, set(found["s1"].words)) == (
        2,
        "now kettle",
        {"kettle", "other forum"},
    )
    assert (found[done.into].posts, found[done.into].negative) == (3, 2)
    assert found[done.into].title == "now and me"
    assert store.check() == []


def test_the_same_split_of_the_same_store_has_the_same_name_and_a_second_one_another(
    opened: Callable[[], Store], store: Store, make: Any
) -> None:
    names = []
    for one in (opened(), store):
        ids = fill(one, make, "s1", "1", "2", "3")
        names.append(one.split_story("s1", ids[:1], "Ann", retell=teller(make)).into)
    assert names[0] == names[1]
    store.merge_stories(names[1] or "", "s1", "Ann")
    again = store.split_story("s1", [1], "Ann", retell=teller(make)).into
    assert again not in (names[1], "s1")
    assert store.check() == []


def test_a_person_names_the_new_story_and_the_machine_leaves_it(store: Store, make: Any) -> None:
    ids = fill(store, make, "s1", "1", "2")
    new = store.split_story("s1", ids[:1], "Ann", retell=teller(make), title="  The  lid ").into
    store.rename_story("s1", "Leaks at the base", "Ben")
    found = rows(store)
    assert [(found[n].title, found[n].title_by) for n in (new, "s1")] == [
        ("The lid", "Ann"),
        ("Leaks at the base", "Ben"),
    ]
    store.commit_page("forum", make.page(make.post("5")))
    make.classify(store, update=make.update("s1", "machine's own"))
    assert rows(store)["s1"].title == "Leaks at the base"
    assert [(e.what, e.title) for e in store.story_edits()] == [
        (Edit.SPLIT, "The lid"),
        (Edit.RENAMED, "Leaks at the base"),
    ]


def test_wrong_splits_and_names_change_nothing(store: Store, make: Any) -> None:
    ids = fill(store, make, "s1", "1", "2")
    other = fill(store, make, "s2", "3")
    before = (rows(store), stories_of(store))
    for wanted, says in (
        (ids, "all 2 posts would go"),
        ([], "no post would go"),
        ([*ids, *other], f"hold post {other[0]}"),
    ):
        with pytest.raises(InputError, match=says):
            store.split_story("s1", wanted, "Ann", retell=teller(make))
    for title in ("", "  ", "x" * 201):
        with pytest.raises(InputError, match="1 to 200 characters"):
            store.rename_story("s1", title, "Ann")
    with pytest.raises(InputError, match="no such story"):
        store.rename_story("s9", "x", "Ann")
    with pytest.raises(InputError, match="nobody is named"):
        store.rename_story("s1", "x", " ")
    assert (rows(store), stories_of(store)) == before


def test_cut_short_at_any_point_an_edit_leaves_all_or_nothing(store: Store, make: Any, monkeypatch: Any) -> None:
    ids = fill(store, make, "s1", "1", "2")
    fill(store, make, "s2", "3")
    before = (rows(store), stories_of(store))

    def killed(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    for place in ("_move_incidents", "_move_hours", "_log"):
        with monkeypatch.context() as patch:
            patch.setattr(f"storage.story_edits.{place}", killed)
            with pytest.raises(KeyboardInterrupt):
                store.merge_stories("s1", "s2", "Ann")
        assert (rows(store), stories_of(store)) == before
    with pytest.raises(KeyboardInterrupt):
        store.split_story("s1", ids[:1], "Ann", retell=killed)
    assert (rows(store), stories_of(store)) == before
    assert store.check() == []
    assert store.story_edits() == []


KILLED = """
import os, signal, sys
from groundswell.clock import now
from storage import story_edits
from storage.store import open_store
setattr(story_edits, sys.argv[2], lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
open_store(sys.argv[1], now).merge_stories("s1", "s2", "Ann")
"""


@pytest.mark.kill
@pytest.mark.parametrize("place", ["_move_hours", "_log"])
def test_killed_in_the_middle_of_a_merge_the_file_holds_none_of_it(
    path: Path, opened: Callable[[], Store], make: Any, place: str
) -> None:
    store = opened()
    fill(store, make, "s1", "1", "2")
    fill(store, make, "s2", "3")
    store.record_alert(make.alert(story="s1"), [])
    before = (rows(store), stories_of(store), store.incidents())
    store.close()
    died = subprocess.run([sys.executable, "-c", KILLED, str(path), place], env={"PYTHONPATH": str(ROOT)}, check=False)
    assert died.returncode == -signal.SIGKILL
    again = opened()
    assert (rows(again), stories_of(again), again.incidents()) == before
    assert again.check() == []
    again.merge_stories("s1", "s2", "Ann")
    assert rows(again)["s2"].posts == 3
    assert again.check() == []


def test_posts_read_before_an_edit_are_not_written_after_it(store: Store, make: Any) -> None:
    fill(store, make, "s1", "1")
    fill(store, make, "s2", "2")
    store.commit_page("forum", make.page(make.post("3")))
    lease, known = store.lease(10, 60), store.last_edit()
    store.merge_stories("s1", "s2", "Ann")
    results = [make.result(lease.posts[0], "s1")]
    with pytest.raises(StaleStories):
        store.complete(lease, results, last_edit=known)
    assert store.inbox_depth() == 1
    drawn = make.result(lease.posts[0], "s2", update=make.update("s1", absorbed=2))
    assert store.complete(lease, [drawn], last_edit=store.last_edit()) == [lease.posts[0].id]
    found = rows(store)
    assert (found["s2"].posts, found["s1"].posts, found["s1"].absorbed, found["s1"].merged_into) == (3, 0, 2, "s2")
    assert store.check() == []


def test_an_incident_goes_along_and_a_second_one_waits_to_be_ended(store: Store, make: Any) -> None:
    fill(store, make, "s1", "1")
    fill(store, make, "s2", "2")
    fill(store, make, "s3", "3")
    first = make.alert(incident="i1", story="s1")
    store.record_alert(first, [])
    store.merge_stories("s1", "s2", "Ann")
    (moved,) = store.incidents()
    assert (moved.incident, moved.story, moved.last_trend.story) == ("i1", "s2", "s2")
    second = make.alert(incident="i2", story="s3", trend=make.trend("s3"))
    store.record_alert(second, [])
    store.merge_stories("s3", "s2", "Ann")
    found = {i.incident: (i.story, i.last_trend.story, i.state) for i in store.incidents()}
    assert found == {"i1": ("s2", "s2", AlertState.FIRING), "i2": ("s3", "s2", AlertState.FIRING)}
    with pytest.raises(StaleStories):  # nobody may be told of a story that is none any more
        store.record_alert(make.alert(2, incident="i2", story="s3", trend=make.trend("s3")), [])
    end = make.alert(2, incident="i2", state=AlertState.RESOLVED, story="s2", trend=make.trend("s2"))
    assert store.record_alert(end, [])
    assert [(i.incident, i.story) for i in store.incidents()] == [("i1", "s2")]
    with store._file.read() as connection:
        assert set(connection.execute(select(alerts.c.story)).scalars()) == {"s2"}
    assert {a.story for a in store.alerts(10) if a.number == 1} == {"s1", "s3"}  # what was sent stays as it was sent


def test_a_resolved_incident_of_either_never_hides_the_open_one(store: Store, make: Any) -> None:
    fill(store, make, "s1", "1")
    fill(store, make, "s2", "2")
    store.record_alert(make.alert(incident="i1", story="s1"), [])
    store.record_alert(make.alert(incident="i2", story="s2", trend=make.trend("s2")), [])
    store.record_alert(make.alert(2, incident="i1", state=AlertState.RESOLVED, story="s1"), [])
    store.merge_stories("s1", "s2", "Ann")
    assert {i.incident: (i.story, i.state) for i in store.incidents(open_only=False)} == {
        "i1": ("s2", AlertState.RESOLVED), "i2": ("s2", AlertState.FIRING),
    }  # fmt: skip


def test_deleted_words_leave_merged_stories_too_and_the_last_post_takes_all_rows(
    opened: Callable[[], Store], make: Any, left_in_file: Callable[[str], bool]
) -> None:
    store = opened()
    store.commit_page("forum", make.page(make.post("1", "zebrawood table"), make.post("2", "zebrawood and oak")))
    make.classify(store, update=make.update("s1", "table: zebrawood table", words={"zebrawood": 2.0, "oak": 1.0}))
    fill(store, make, "s2", "3", text="oak")
    store.merge_stories("s1", "s2", "Ann")
    assert left_in_file("zebrawood")
    store.commit_page("forum", make.page(gone=["1", "2"]))
    assert not left_in_file("zebrawood")
    assert set(rows(store)["s1"].words) == {"oak"}
    store.commit_page("forum", make.page(gone=["3"]))
    assert rows(store) == {}
    assert store.check() == []


def test_two_people_at_one_file_edit_one_after_the_other(opened: Callable[[], Store], make: Any) -> None:
    one, two = opened(), opened()
    for n in range(1, 9):
        fill(one, make, f"s{n}", str(n))
    failed: list[str] = []

    def act(store: Store, names: Sequence[str]) -> None:
        for name in names:
            try:
                store.merge_stories(name, "s8", "Ann")
            except InputError as error:
                failed.append(str(error))

    names = [f"s{n}" for n in range(1, 8)]
    threads = [threading.Thread(target=act, args=(store, names)) for store in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failed) == 7  # each merge was made once, by whoever came first
    assert rows(one)["s8"].posts == 8
    assert one.check() == []


def test_an_old_file_is_brought_up_with_stories_shaped_by_their_own_posts(
    path: Path, opened: Callable[[], Store], make: Any
) -> None:
    store = opened()
    fill(store, make, "s1", "1", "2")
    store.close()
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    engine = connect(str(path))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
    engine.dispose()
    again = opened()
    assert [(row.posts, row.absorbed, row.merged_into) for row in again.stories()] == [(2, 2, None)]
    assert again.story_edits() == []
