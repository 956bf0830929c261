"""What is stored of a story's drift: with its posts, over a restart, and gone with the words of deleted posts."""

from typing import Any

import pytest
from alembic import command
from alembic.config import Config

from groundswell.clock import SettableClock
from storage import migrate
from storage.store import Store, open_store

SECRET = "zebrawood"
COURSE = {
    "about": {"kettle": 9, SECRET: 2},
    "title": f"kettle: My {SECRET} table",
    "centroid": "",
    "lately": {"hotline": 7, SECRET: 1},
    "posts": 3,
}


def fill(store: Store, make: Any) -> dict[str, int]:
    """A story of two posts, the first with the secret; a third post opens the story that it drifted to."""
    texts = {"1": f"My {SECRET} table and the kettle", "2": "kettle hotline", "3": "hotline refund"}
    ids = {}
    for name, text in texts.items():
        store.commit_page("forum", make.page(make.post(name, text, author=f"p{name}")))
        old = make.update("old", "kettle", words={"kettle": 9.0}, course=COURSE)
        update, story = (old, "old") if name != "3" else (
            make.update("new", f"hotline: My {SECRET}", words={"hotline": 7.0, SECRET: 1.0}, drifted_from="old"), "new"
        )  # fmt: skip
        (one,) = make.classify(store, story, update=update, left=old if name == "3" else None)
        ids[name] = one.id
    return ids


def test_the_story_left_is_written_with_the_post_that_opens_the_new_one(store: Store, make: Any) -> None:
    store.commit_page("forum", make.page(make.post("1"), make.post("2")))
    lease = store.lease(2, 60)
    before = make.update("old", words={"kettle": 9.0, "hotline": 7.0})
    after, new = make.update("old", words={"kettle": 9.0}, course=COURSE), make.update("new", drifted_from="old")
    first, second = lease.posts
    results = [make.result(first, "old", update=before), make.result(second, "new", update=new, left=after)]
    store.complete(lease, results)
    found = {row.story: row for row in store.stories()}
    assert (found["old"].words, found["old"].course, found["old"].posts) == ({"kettle": 9.0}, COURSE, 1)
    assert (found["new"].drifted_from, found["new"].course, found["new"].posts) == ("old", None, 1)
    assert store.check() == []


@pytest.mark.parametrize("merged", [False, True])
def test_deleted_words_leave_the_course_and_the_story_drifted_to(
    store: Store, make: Any, left_in_file: Any, merged: bool
) -> None:
    fill(store, make)
    if merged:
        store.commit_page("forum", make.page(make.post("9", "parcel")))
        make.classify(store, "into", update=make.update("into", "parcel", words={"parcel": 1.0}))
        store.merge_stories("old", "into", "Ann")
    store.forget(author="p1")
    found = {row.story: row for row in store.stories()}
    assert found["old"].course is not None
    assert found["old"].course | {"title": ""} == COURSE | {
        "about": {"kettle": 9},
        "lately": {"hotline": 7},
        "title": "",
    }
    assert found["new"].words == {"hotline": 7.0}
    assert not left_in_file(SECRET[1:])


def test_the_story_drifted_to_outlives_the_old_one_without_its_words(
    store: Store, make: Any, left_in_file: Any
) -> None:
    fill(store, make)
    for name in ("p1", "p2"):
        store.forget(author=name)
    assert [(row.story, row.words) for row in store.stories()] == [("new", {"hotline": 7.0})]
    assert not left_in_file(SECRET[1:])


def test_a_split_describes_the_story_drifted_to_from_its_own_posts(store: Store, make: Any) -> None:
    ids = fill(store, make)

    def retell(story: str, brand: str, told: Any, stories: Any) -> Any:
        return make.update(story, brand=brand, words=dict.fromkeys((post.text for post, _ in told), 1.0))

    store.split_story("old", [ids["1"]], "Ann", retell=retell)
    found = {row.story: row for row in store.stories()}
    assert (found["new"].words, found["new"].drifted_from) == ({"hotline refund": 1.0}, None)
    assert found["old"].course is None


def test_a_store_from_before_opens_with_its_stories(make: Any, tmp_path: Any, clock: SettableClock) -> None:
    path = tmp_path / "older.db"
    store = open_store(path, clock)
    fill(store, make)
    with store._file.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(migrate.FOLDER))
        config.attributes["connection"] = connection
        command.downgrade(config, "0007")
    store.close()
    store = open_store(path, clock)
    assert {(row.story, row.posts, row.course, row.drifted_from) for row in store.stories()} == {
        ("old", 2, None, None),
        ("new", 1, None, None),
    }
    store.close()
