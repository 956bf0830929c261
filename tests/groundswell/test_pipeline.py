from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from groundswell.assemble import Parts
from groundswell.clock import SettableClock
from groundswell.config import Config
from groundswell.errors import StorageError
from groundswell.gate import Gate
from groundswell.matching import version
from groundswell.replay import Wheel
from groundswell.run import keep_house
from groundswell.types import AlertState, Kind, Page, Post, Query, Sentiment, Topic
from tests.groundswell.conftest import ACME, BETA, everyday, outbreak

Make = Callable[[SettableClock], Parts]


def post(clock: SettableClock, id_: str, text: str, **more: object) -> Post:
    return Post(source="forum", external_id=id_, text=text, created_at=clock(), author="Ann", **more)  # type: ignore[arg-type]


def drain(parts: Parts) -> None:
    while found := parts.pipeline.classify():
        parts.pipeline.observe(found)


def test_the_gate_keeps_what_is_about_a_brand_and_nothing_else(noon: SettableClock, make_parts: Make) -> None:
    gate = make_parts(noon).pipeline.gate
    kept = gate(
        [
            post(noon, "1", "acme and beta"),
            post(noon, "2", "weather"),
            post(noon, "3", "me too", parent="4"),  # the answer stands before its question
            post(noon, "4", "acme broke"),
            post(noon, "5", "and me", parent="3"),
            post(noon, "6", "no names here", brand="Beta"),
        ]
    )
    assert sorted((p.brand, p.external_id) for p in kept) == [
        ("Acme", "1"),
        ("Acme", "3"),
        ("Acme", "4"),
        ("Acme", "5"),
        ("Beta", "1"),
        ("Beta", "6"),
    ]
    assert all(p.gated and p.author != "Ann" for p in kept)
    rules = {(p.brand, p.external_id): p.rule for p in kept}
    assert rules == {
        ("Acme", "1"): "any: acme", ("Beta", "1"): "any: beta", ("Acme", "4"): "any: acme",
        ("Acme", "3"): "parent", ("Acme", "5"): "parent", ("Beta", "6"): "given",
    }  # fmt: skip
    versions = {p.brand: p.rule_version for p in kept if p.rule != "given"}
    assert versions == {q.brand: version(q) for q in (ACME, BETA)}
    assert {p.rule_version for p in kept if p.rule == "given"} == {None}


def test_the_rule_is_stored_and_follows_a_query_that_changed(noon: SettableClock, make_parts: Make) -> None:
    parts = make_parts(noon)
    parts.pipeline.take(
        "s", Page(posts=[post(noon, "1", "acme broke"), post(noon, "2", "me too", parent="1")], cursor={})
    )
    before, answer = parts.store.posts([1, 2])
    assert (before.post.rule, before.post.rule_version) == ("any: acme", version(ACME))
    assert (answer.post.rule, answer.post.rule_version) == ("parent", version(ACME))
    drain(parts)
    changed = Query(brand="Acme", any_terms=("broke",))
    gate = Gate([changed], b"key", frozenset(), parts.store)
    done = parts.store.commit_page("s", Page(posts=gate([post(noon, "1", "acme broke")]), cursor={}))
    assert (done.new, done.updated, done.edited) == (0, 1, 0)
    (after,) = parts.store.posts([1])
    assert (after.post.rule, after.post.rule_version) == ("any: broke", version(changed))
    assert parts.store.inbox_depth() == 0, "another rule is no other text: nothing is read again"
    assert parts.store.check() == []


def test_an_answer_to_a_stored_mention_is_a_mention(noon: SettableClock, make_parts: Make) -> None:
    parts = make_parts(noon)
    parts.pipeline.take("s", Page(posts=[post(noon, "1", "acme broke")], cursor={}))
    assert [p.brand for p in parts.pipeline.gate([post(noon, "2", "mine too", parent="1")])] == ["Acme"]
    assert parts.pipeline.gate([replace(post(noon, "3", "mine too", parent="1"), source="elsewhere")]) == []


def test_a_post_that_names_two_brands_is_read_toward_each(noon: SettableClock, make_parts: Make) -> None:
    parts = make_parts(noon)
    text = "Acme is bad. Beta works."
    parts.pipeline.take("s", Page(posts=[post(noon, "1", text)], cursor={}))
    said = {o.brand: (o.label, o.topics) for o in parts.pipeline.classify()}
    assert said == {"Acme": (Sentiment.NEGATIVE, (Topic.PRODUCT_QUALITY,)), "Beta": (Sentiment.POSITIVE, ())}


def test_a_wordless_repost_repeats_its_parent(noon: SettableClock, make_parts: Make) -> None:
    parts = make_parts(noon)
    parts.pipeline.take(
        "s", Page(posts=[post(noon, "1", "acme is bad"), post(noon, "2", "", parent="1", kind=Kind.REPOST)], cursor={})
    )
    drain(parts)
    posts = {p.post.external_id: p.id for p in parts.store.search("", brand="Acme")}
    repost = parts.store.prediction(posts["2"])
    assert repost is not None
    assert repost.label is Sentiment.NEGATIVE
    assert repost.reason == "as its parent"
    assert len(parts.store.stories("Acme")) == 1


def test_an_answer_knows_the_post_it_answers_and_so_does_a_restart(noon: SettableClock, make_parts: Make) -> None:
    parts = make_parts(noon)
    asked = post(noon, "1", "acme is bad"), post(noon, "2", "me too", parent="1"), post(noon, "9", "acme", parent="10")
    parts.pipeline.take("s", Page(posts=asked, cursor={}))
    seen = parts.pipeline.classify()
    later = [post(noon, "3", "and me", parent="2"), post(noon, "10", "acme again")]
    parts.pipeline.take("s", Page(posts=later, cursor={}))
    seen += parts.pipeline.classify()
    ids = {p.post.external_id: p.id for p in parts.store.search("", brand="Acme")}
    assert {o.post: o.answers for o in seen if o.answers} == {ids["2"]: ids["1"], ids["3"]: ids["2"]}
    assert list(parts.store.observations(noon() - timedelta(hours=1))) == seen, "9 came before the post it answers"


def test_an_empty_post_without_parent_stays_unscored(noon: SettableClock, make_parts: Make) -> None:
    parts = make_parts(noon)
    parts.pipeline.take("s", Page(posts=[post(noon, "1", "", brand="Acme")], cursor={}))
    drain(parts)
    prediction = parts.store.prediction(parts.store.search("", brand="Acme")[0].id)
    assert prediction is not None
    assert not prediction.scored
    assert prediction.reason == "empty"


def test_an_outbreak_is_one_alert_with_exact_quotes_and_a_quiet_week_is_none(
    noon: SettableClock, make_parts: Make
) -> None:
    end = noon()
    clock = SettableClock(end - timedelta(days=7, hours=1))
    parts = make_parts(clock)
    parts.detector.watch("Acme", clock())
    wheel = Wheel(parts, clock, step=timedelta(minutes=5))
    wheel.feed("s", everyday(end))
    assert list(wheel.turn(end - timedelta(hours=2))) == []
    wheel.feed("s", outbreak(end))
    events = list(wheel.turn(end))
    assert [e.state for e in events].count(AlertState.FIRING) == 1
    texts = [p.post.text for p in parts.store.search("kettle", brand="Acme", limit=500)]
    assert len(events[0].quotes) == 3
    assert all(any(quote in text for text in texts) for quote in events[0].quotes)
    assert {e.incident for e in events} == {events[0].incident}
    assert parts.store.check() == []


def test_a_lost_lease_writes_nothing_and_the_memory_follows_the_store(noon: SettableClock, make_parts: Make) -> None:
    parts = make_parts(noon)
    parts.pipeline.take("s", Page(posts=[post(noon, "1", "acme is bad")], cursor={}))
    lease = parts.store.lease(10, 0.001)
    noon.advance_to(noon() + timedelta(seconds=5))
    drain(parts)  # another worker takes it over and finishes
    with pytest.raises(StorageError):
        parts.store.complete(lease, [_same(parts, lease.posts[0].id)])
    assert parts.store.check() == []


def _same(parts: Parts, id_: int) -> object:
    from storage.records import Classified

    prediction = parts.store.prediction(id_)
    assert prediction is not None
    return Classified(id=id_, prediction=prediction)


def test_a_source_with_a_shorter_retention_loses_its_posts_earlier(noon: SettableClock, make_parts: Make) -> None:
    parts, at = make_parts(noon), noon()
    config = Config.model_validate(
        {
            "store": {"retention_days": 100},
            "sources": [{"name": "videos", "type": "youtube", "retention_days": 30}, {"name": "news", "type": "feeds"}],
        }
    )
    for name in ("videos", "news"):
        old = [
            Post(source="web", external_id=f"{name}{days}", text="acme leaks", created_at=at - timedelta(days=days))
            for days in (1, 50, 200)
        ]
        parts.pipeline.take(name, Page(posts=old, cursor={}))
    while parts.pipeline.classify():
        pass
    parts.store.note_viral(["of an incident that is no more"], at)
    keep_house(parts, config, at)
    assert parts.store.forget_viral() == 0
    assert sorted(row["external_id"] for row in parts.store.export()) == ["news1", "news50", "videos1"]
    assert parts.store.check() == []
