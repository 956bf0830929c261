"""Deleted words leave every table and every byte of the file."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from groundswell.errors import StorageError
from groundswell.types import AlertState
from storage.store import Store

SECRET = "zebrawood"
Opened = Callable[[], Store]
Left = Callable[[str], bool]


def _fill(store: Store, make: Any) -> None:
    """Two posts of one story; only the first holds the secret, which its story and an alert repeat."""
    own = make.post("1", f"My {SECRET} table  was burnt by the kettle", author="p1", url=f"https://x.example/{SECRET}")
    store.commit_page("forum", make.page(own, make.post("2", "The kettle burnt my hand", author="p2")))
    update = make.update(
        "s1", f"kettle, {SECRET}: My {SECRET} table was burnt…", words={"kettle": 1.0, SECRET: 9.0, "burnt": 2.0}
    )
    make.classify(store, update=update)
    alert = make.alert(
        title=update.title, quotes=(f"My {SECRET} table", "burnt"),
        trend=make.trend(because=(f"many say: My {SECRET} table",), examples=(1, 2)),
    )  # fmt: skip
    store.record_alert(alert, make.notes(alert, "console"))


@pytest.mark.parametrize("way", ["gone", "author", "post", "purge"])
def test_deleted_words_are_nowhere(opened: Opened, make: Any, left_in_file: Left, way: str) -> None:
    store = opened()
    _fill(store, make)
    assert left_in_file(SECRET)
    if way == "gone":
        result = store.commit_page("forum", make.page(gone=["1"]))
        assert (result.purged, result.stories) == (1, ("s1",))
    elif way == "author":
        erased = store.forget(author="p1")
        assert (erased.posts, erased.quotes, erased.stories, erased.traces) == (1, 2, ("s1",), False)
    elif way == "post":
        assert store.forget(post=("forum", "1")).posts == 1
    else:
        store.commit_page("forum", make.page(make.post("2", created_at=make.start.replace(hour=13))))
        make.classify(store, update=None)
        assert store.purge(make.start.replace(hour=13)).posts == 1
    assert not left_in_file(SECRET[1:])  # the index shares first letters between neighbours
    assert store.check() == []
    assert not store.search(SECRET)
    (story,) = store.stories()
    assert (story.posts, story.title) == (1, "burnt, kettle" if way != "purge" else story.title)
    assert set(story.words) <= {"kettle", "burnt"}


def test_an_alert_keeps_the_quotes_of_others(store: Store, make: Any) -> None:
    _fill(store, make)
    store.forget(author="p1")
    (alert,) = store.alerts(5)
    assert (alert.title, alert.quotes) == ("[deleted]", ("burnt",))
    (waiting,) = store.lease_outbox(1, 60)
    assert waiting.notification.alert == alert
    (incident,) = store.incidents()
    assert SECRET not in repr(incident)


def test_a_quote_that_was_edited_away_still_leaves_with_its_post(store: Store, make: Any) -> None:
    _fill(store, make)
    store.commit_page("forum", make.page(make.post("1", "I take it back")))
    (alert,) = store.alerts(5)
    assert f"My {SECRET} table" in alert.quotes  # it was said when the alert was sent
    store.forget(post=("forum", "1"))
    assert SECRET not in repr(store.alerts(5))


def test_an_edit_takes_its_old_words_out_of_the_story(store: Store, make: Any) -> None:
    _fill(store, make)
    store.commit_page("forum", make.page(make.post("1", "I take it back")))
    assert SECRET not in repr(store.stories())


def test_a_title_given_by_a_person_stays(store: Store, make: Any) -> None:
    _fill(store, make)
    with store._file.write() as connection:
        connection.exec_driver_sql("UPDATE stories SET title = 'Burns', title_by = 'pr'")
    store.forget(author="p1")
    make.classify(store)
    store.commit_page("forum", make.page(make.post("3", "The kettle burnt me")))
    make.classify(store)
    assert [s.title for s in store.stories()] == ["Burns"]


def test_a_story_without_posts_vanishes_and_its_incident_stays(store: Store, make: Any) -> None:
    _fill(store, make)
    store.commit_page("forum", make.page(gone=["1", "2"]))
    assert store.stories() == []
    assert [i.state for i in store.incidents()] == [AlertState.FIRING]
    assert store.check() == []


def test_gone_is_understood_by_the_name_of_the_collector_too(store: Store, make: Any) -> None:
    store.commit_page("archive", make.page(make.post("1"), make.post("1", source="shop")))
    assert store.commit_page("forum", make.page(gone=["1", "unknown"])).purged == 1
    assert store.commit_page("archive", make.page(gone=["1"])).purged == 1


def test_a_page_that_brings_and_deletes_a_post_deletes_it(store: Store, make: Any) -> None:
    result = store.commit_page("forum", make.page(make.post("1", SECRET), gone=["1"]))
    assert (result.new, result.purged, store.inbox_depth()) == (1, 1, 0)
    assert not store.search(SECRET)


def test_forget_wants_exactly_one_thing(store: Store) -> None:
    with pytest.raises(StorageError, match="pseudonym or the post"):
        store.forget()
    with pytest.raises(StorageError, match="pseudonym or the post"):
        store.forget(author="p1", post=("forum", "1"))
    assert store.forget(author="nobody").posts == 0


def test_ids_of_deleted_posts_are_not_given_again(store: Store, make: Any) -> None:
    store.commit_page("forum", make.page(make.post("1"), gone=["1"]))
    store.commit_page("forum", make.page(make.post("2")))
    assert [p.id for p in store.lease(5, 60).posts] == [2]


def test_a_reader_that_holds_the_log_open_is_reported(
    opened: Opened, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage import file

    monkeypatch.setattr(file, "CHECKPOINT_WAIT_MS", 1)
    store, reader = opened(), opened()
    _fill(store, make)
    with reader._file.read() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM posts").scalar()
        assert store.forget(author="p1").traces
    assert not store.forget(author="p1").traces


def test_copies_of_a_quote_keep_it_until_the_last_is_gone(store: Store, make: Any) -> None:
    store.commit_page("forum", make.page(*(make.post(name, "Same words here") for name in "ab")))
    make.classify(store)
    alert = make.alert(quotes=("Same words",))
    store.record_alert(replace(alert, title="t"), [])
    store.commit_page("forum", make.page(gone=["a"]))
    assert [a.quotes for a in store.alerts(1)] == [("Same words",)]
    store.commit_page("forum", make.page(gone=["b"]))
    assert [a.quotes for a in store.alerts(1)] == [()]
