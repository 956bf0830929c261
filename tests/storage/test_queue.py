from datetime import timedelta
from typing import Any

import pytest

from groundswell.clock import SettableClock
from groundswell.errors import StorageError
from groundswell.types import Sentiment, Service, Signal, Topic
from storage import reads
from storage.records import Lease
from storage.store import Store


@pytest.fixture
def filled(store: Store, make: Any) -> Store:
    store.commit_page("forum", make.page(*(make.post(str(i), f"It leaks {i}") for i in range(4))))
    return store


def test_leased_posts_are_not_lent_twice_until_the_lease_expires(filled: Store, clock: SettableClock) -> None:
    first, second = filled.lease(3, 60), filled.lease(3, 60)
    assert [len(first.posts), len(second.posts)] == [3, 1]
    assert filled.lease(3, 60).posts == []
    clock.advance_to(clock() + timedelta(seconds=60))
    again = filled.lease(10, 60)
    assert [(p.id, p.attempts) for p in again.posts] == [(p.id, 2) for p in first.posts + second.posts]
    assert filled.inbox_depth() == 4


def test_completing_a_lost_lease_writes_nothing(filled: Store, make: Any, clock: SettableClock) -> None:
    mine = filled.lease(2, 60)
    clock.advance_to(clock() + timedelta(seconds=61))
    theirs = filled.lease(1, 60)
    with pytest.raises(StorageError, match="lost to another worker"):
        filled.complete(mine, [make.result(p) for p in mine.posts])
    assert filled.inbox_depth() == 4
    assert filled.stories() == []
    filled.complete(theirs, [make.result(p) for p in theirs.posts])
    with pytest.raises(StorageError, match="lost"):  # also when the other one is done
        filled.complete(mine, [make.result(p) for p in mine.posts])
    assert filled.check() == []


def test_an_expired_lease_nobody_took_may_still_be_completed(filled: Store, make: Any, clock: SettableClock) -> None:
    lease = filled.lease(4, 60)
    clock.advance_to(clock() + timedelta(hours=1))
    filled.complete(lease, [make.result(p) for p in lease.posts])
    assert filled.inbox_depth() == 0


def test_completing_twice_counts_once(filled: Store, make: Any) -> None:
    lease = filled.lease(4, 60)
    results = [make.result(p) for p in lease.posts]
    assert filled.complete(lease, results) == [p.id for p in lease.posts]
    assert filled.complete(lease, results) == []
    assert [(s.posts, s.negative) for s in filled.stories()] == [(4, 4)]
    assert filled.check() == []


def test_posts_deleted_or_edited_while_lent_are_passed_over(filled: Store, make: Any) -> None:
    lease = filled.lease(4, 60)
    filled.commit_page("forum", make.page(make.post("1", "Edited"), gone=["2"]))
    written = filled.complete(lease, [make.result(p) for p in lease.posts])
    assert written == [p.id for p in lease.posts if p.post.external_id in ("0", "3")]
    assert [p.post.text for p in filled.lease(4, 60).posts] == ["Edited"]
    assert filled.check() == []


def test_released_posts_wait_again_at_once_and_unpunished(filled: Store, make: Any) -> None:
    lease = filled.lease(4, 60)
    filled.complete(lease, [make.result(lease.posts[0])])
    filled.release(lease)
    assert [(p.id, p.attempts) for p in filled.lease(4, 60).posts] == [(p.id, 1) for p in lease.posts[1:]]


def test_results_must_be_of_leased_posts(filled: Store, make: Any) -> None:
    lease = filled.lease(2, 60)
    other = filled.lease(1, 60)
    with pytest.raises(StorageError, match="leased posts"):
        filled.complete(lease, [make.result(other.posts[0])])
    with pytest.raises(StorageError, match="leased posts"):
        filled.complete(lease, [make.result(lease.posts[0])] * 2)


def test_a_story_nobody_described_is_refused(filled: Store, make: Any) -> None:
    lease = filled.lease(1, 60)
    with pytest.raises(StorageError, match="unknown story s9"):
        filled.complete(lease, [make.result(lease.posts[0], "s9", update=None)])
    assert filled.inbox_depth() == 4


def test_prediction_comes_back_whole(filled: Store, make: Any) -> None:
    lease = filled.lease(2, 60)
    said = make.prediction(
        0.25, (Topic.DELIVERY,), service={Service.WAITING: 0.5}, service_on=(Service.WAITING,),
        signals={Signal.SARCASM: 0.25}, signals_on=(Signal.SARCASM,), embedding=b"\x01\x02" * 384,
    )  # fmt: skip
    unscored = make.prediction(None)
    filled.complete(lease, [make.result(p, prediction=q) for p, q in zip(lease.posts, (said, unscored), strict=True)])
    assert [filled.prediction(p.id) for p in lease.posts] == [said, unscored]
    assert filled.prediction(999) is None


def test_parents_tell_story_and_prediction(filled: Store, make: Any) -> None:
    lease = filled.lease(1, 60)
    filled.complete(lease, [make.result(lease.posts[0])])
    found = filled.parents("Halvero", "forum", ["0", "1", "missing"])
    assert set(found) == {"0", "1"}
    assert (found["0"].story, found["0"].prediction) == ("s1", make.prediction())
    assert (found["1"].story, found["1"].prediction) == (None, None)


def test_a_repost_inherits_what_a_person_said_of_its_parent(filled: Store, make: Any) -> None:
    lease = filled.lease(2, 60)
    said, unscored = make.prediction(0.9, (Topic.DELIVERY,)), make.prediction(None)
    filled.complete(lease, [make.result(p, prediction=q) for p, q in zip(lease.posts, (said, unscored), strict=True)])
    for post in lease.posts:
        filled.correct(post.id, Sentiment.POSITIVE)
    found = filled.parents("Halvero", "forum", ["0", "1"])
    assert {p.prediction.label for p in found.values() if p.prediction} == {Sentiment.POSITIVE}
    assert filled.prediction(lease.posts[0].id) == said
    filled.correct(lease.posts[0].id, None)
    assert filled.parents("Halvero", "forum", ["0"])["0"].prediction == said


def test_observations_come_in_event_order_with_what_the_story_stage_found(store: Store, make: Any) -> None:
    hour = timedelta(hours=1)
    store.commit_page("forum", make.page(make.post("a"), make.post("b", created_at=make.start - hour, author="p1")))
    make.classify(store, copy_of=2**64 - 1, alarm_words=("safety",), prediction=make.prediction(0.75, [Topic.DELIVERY]))
    store.commit_page("forum", make.page(make.post("late", created_at=make.start - hour / 2)))
    make.classify(store, None, prediction=make.prediction(None))
    b, late, a = store.observations(make.start - 2 * hour)
    assert (b.at, b.author, b.copy_of) == (make.start - hour, "p1", 2**64 - 1)
    assert (b.alarm_words, b.story) == (("safety",), "s1")
    assert (b.label, b.negative, b.topics, b.lang) == (Sentiment.NEGATIVE, 0.75, (Topic.DELIVERY,), "en")
    assert (late.label, late.negative, late.story, late.copy_of) == (None, 0.0, "", 0)
    assert a.post < late.post
    assert [o.post for o in store.observations(make.start - hour, make.start)] == [b.post, late.post]


def test_observations_are_read_page_by_page(filled: Store, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make.classify(filled)
    monkeypatch.setattr(reads, "PAGE", 3)  # all four at one instant: the page must not end between equals
    assert [o.post for o in filled.observations(make.start)] == [1, 2, 3, 4]
    assert [row["id"] for row in filled.export()] == [1, 2, 3, 4]


def test_a_lease_can_be_empty(store: Store) -> None:
    lease = store.lease(5, 60)
    assert isinstance(lease, Lease)
    assert lease.posts == []
    assert store.complete(lease, []) == []
