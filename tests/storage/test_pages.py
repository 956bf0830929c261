from datetime import timedelta
from typing import Any

import pytest

from groundswell.clock import SettableClock
from groundswell.errors import StorageError
from groundswell.types import Engagement, Kind, Sentiment
from storage.store import Store


def test_page_and_cursor_come_back_as_they_went_in(store: Store, make: Any) -> None:
    post = make.post(
        text="弧光水壶漏水 \U0001f621", kind=Kind.REVIEW, lang="zh", author="a1b2", parent="0", url="https://x.example/1",
        rating=1.0, audience=250, engagement=Engagement(likes=0, shares=3),
    )  # fmt: skip
    result = store.commit_page("forum", make.page(post, at=7))
    assert (result.new, result.updated, result.purged) == (1, 0, 0)
    assert store.cursor("forum") == {"at": 7}
    assert [stored.post for stored in store.lease(10, 60).posts] == [post]


def test_cursor_of_a_source_never_read_is_empty(store: Store) -> None:
    assert store.cursor("nowhere") == {}


@pytest.mark.parametrize("fault", [{"gated": False}, {"brand": ""}])
def test_post_that_did_not_pass_the_gate_is_refused_with_its_whole_page(
    store: Store, make: Any, fault: dict[str, Any]
) -> None:
    with pytest.raises(StorageError, match="forum:2 did not pass the privacy gate"):
        store.commit_page("forum", make.page(make.post("1"), make.post("2", **fault)))
    assert store.inbox_depth() == 0
    assert store.cursor("forum") == {}


def test_a_page_seen_again_changes_nothing(store: Store, make: Any) -> None:
    page = make.page(make.post("1"), make.post("2"), at=3)
    store.commit_page("forum", page)
    make.classify(store)
    result = store.commit_page("forum", page)
    assert (result.new, result.updated, result.edited) == (0, 0, 0)
    assert store.inbox_depth() == 0


def test_the_same_id_of_another_source_or_brand_is_another_post(store: Store, make: Any) -> None:
    page = make.page(make.post("1"), make.post("1", source="shop"), make.post("1", brand="Rival"))
    assert store.commit_page("forum", page).new == 3
    assert store.known("forum", ["1", "9"]) == {("Halvero", "1"), ("Rival", "1")}


def test_of_equal_posts_in_a_page_the_last_counts(store: Store, make: Any) -> None:
    store.commit_page("forum", make.page(make.post("1", "first"), make.post("1", "second")))
    assert [s.post.text for s in store.lease(10, 60).posts] == ["second"]


def test_engagement_grows_without_new_classification_and_what_is_not_said_is_kept(store: Store, make: Any) -> None:
    post = make.post("1", engagement=Engagement(likes=1, shares=5), rating=2.0)
    store.commit_page("forum", make.page(post))
    (stored,) = make.classify(store)
    result = store.commit_page("forum", make.page(make.post("1", engagement=Engagement(likes=40))))
    assert (result.updated, result.edited) == (1, 0)
    (now,) = store.posts([stored.id])
    assert (now.post.engagement, now.post.rating) == (Engagement(likes=40, shares=5), 2.0)
    assert store.inbox_depth() == 0
    assert store.check() == []


def test_other_words_send_a_post_back_to_the_inbox_and_out_of_the_counts(store: Store, make: Any) -> None:
    store.commit_page("forum", make.page(make.post("1", "It leaks"), make.post("2", "Mine too")))
    first, _ = make.classify(store)
    store.correct(first.id, Sentiment.POSITIVE)
    result = store.commit_page("forum", make.page(make.post("1", "It never leaked, sorry")))
    assert (result.updated, result.edited, result.stories) == (1, 1, ("s1",))
    assert store.prediction(first.id) is None
    assert [s.posts for s in store.stories()] == [1]
    assert store.search("sorry")
    assert not store.search("it leaks")
    assert store.check() == []
    make.classify(store, prediction=make.prediction(0.1))
    assert [(s.posts, s.negative) for s in store.stories()] == [(2, 1)]
    assert store.check() == []


def test_a_source_that_corrects_the_time_moves_the_counts(store: Store, make: Any) -> None:
    store.commit_page("forum", make.page(make.post("1")))
    make.classify(store)
    store.commit_page("forum", make.page(make.post("1", created_at=make.start - timedelta(days=1))))
    assert [hour for _, _, hour, _, _ in store.hourly(make.start - timedelta(days=9))] == [
        make.start - timedelta(days=1)
    ]
    assert store.check() == []


def test_a_late_post_corrects_the_past(store: Store, make: Any, clock: SettableClock) -> None:
    clock.advance_to(make.start + timedelta(days=10))
    store.commit_page("forum", make.page(make.post("1", created_at=make.start + timedelta(minutes=16))))
    make.classify(store)
    assert list(store.hourly(make.start)) == [("Halvero", "forum", make.start, 1, 1)]
    assert store.check() == []


def test_half_a_surrogate_pair_does_not_block_its_page(store: Store, make: Any) -> None:
    store.commit_page("forum", make.page(make.post("1", "broken \ud83d here")))
    assert [s.post.text for s in store.lease(1, 60).posts] == ["broken \ufffd here"]


def test_a_number_too_large_is_named_and_nothing_is_written(store: Store, make: Any) -> None:
    with pytest.raises(StorageError, match="cannot be stored"):
        store.commit_page("forum", make.page(make.post("1", engagement=Engagement(views=2**70))))
    assert store.cursor("forum") == {}


def test_lease_follows_event_order_within_a_newest_first_page(store: Store, make: Any) -> None:
    posts = [make.post(str(i), created_at=make.start - timedelta(minutes=i)) for i in range(3)]
    store.commit_page("forum", make.page(*posts))
    assert [s.post.external_id for s in store.lease(3, 60).posts] == ["2", "1", "0"]


def test_the_deletion_of_an_account_takes_all_below_it_and_nothing_beside_it(store: Store, make: Any) -> None:
    mine = [f"at://did:plc:a/app.bsky.feed.post/{n}" for n in (1, 2)]
    others = ["at://did:plc:a0/app.bsky.feed.post/1", "at://did:plc:a", "at://did:plc:b/app.bsky.feed.post/1"]
    store.commit_page("forum", make.page(*(make.post(name) for name in (*mine, *others))))
    assert store.commit_page("forum", make.page(gone=["at://did:plc:a/"])).purged == 2
    assert {name for _, name in store.known("forum", [*mine, *others])} == set(others)


def test_what_arrived_in_some_spans_is_listed_once_the_latest_first(
    store: Store, make: Any, clock: SettableClock
) -> None:
    start = clock()
    for number in range(4):
        clock.at = start + timedelta(hours=number)
        store.commit_page("forum", make.page(make.post(str(number)), make.post(str(number), brand="Rival")))
    hour = timedelta(hours=1)
    assert store.arrived("forum", [(start, start + hour), (start + 2 * hour, start + 9 * hour)], 10) == ["3", "1"]
    assert store.arrived("forum", [(start, start + 9 * hour)], 2) == ["3", "2"]
    assert store.arrived("forum", [], 10) == store.arrived("shop", [(start, start + hour)], 10) == []
