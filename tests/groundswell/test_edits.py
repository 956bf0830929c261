"""What becomes of a stored post whose author takes the brand's name out of it: from the source's answer to the file."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from collectors.feeds import Feeds
from collectors.http import Http
from collectors.rounds import Watch
from collectors.runner import Runner
from groundswell.assemble import Parts
from groundswell.clock import SettableClock
from groundswell.gate import Gate
from groundswell.run import Sink
from groundswell.types import Page, Post, Query
from tests.collectors.conftest import Reply, Site
from tests.groundswell.conftest import ACME, BETA

Make = Callable[[SettableClock], Parts]
ITEM = "<item><guid>{id}</guid><title>{words}</title><pubDate>Wed, 18 Nov 2026 09:00:00 GMT</pubDate></item>"
SECRET = "zebrawood"


def feed(**items: str) -> Reply:
    inside = "".join(ITEM.format(id=name, words=words) for name, words in items.items())
    return Reply(f'<rss version="2.0"><channel><title>t</title>{inside}</channel></rss>')


def visit(clock: SettableClock, parts: Parts, *answers: Reply) -> None:
    """Read a feed once for each answer, through the door, the runner, the gate and the store."""

    async def main() -> None:
        async with Site() as site:
            site.play("/feed", *answers)
            for _ in answers:
                async with Http(clock, allow=(site.host,)) as http:
                    source = Feeds(http, clock, url=site.url("/feed"))
                    states = await Runner([Watch(source="news", collector=source)], Sink(parts, ()), clock).once()
                assert states["news"].error is None

    asyncio.run(main())


def texts(parts: Parts) -> dict[tuple[str, str], str]:
    return {(row["brand"], row["text"].partition(" ")[0]): row["text"] for row in parts.store.export()}


def test_an_edit_that_removes_the_brand_takes_the_old_words_out_of_the_store(
    noon: SettableClock, make_parts: Make, tmp_path: Path
) -> None:
    parts = make_parts(noon)
    visit(noon, parts, feed(a=f"one acme burnt my {SECRET} table", b="two acme lid leaks"))
    assert parts.pipeline.classify()
    assert parts.store.search(SECRET)
    visit(noon, parts, feed(a="one some firm burnt a table", b="two acme lid leaks"))
    assert texts(parts) == {("Acme", "two"): "two acme lid leaks"}
    assert not parts.store.search("firm"), "new words about no brand are nobody's business either"
    assert parts.store.check() == []
    parts.store.close()
    left = b"".join(file.read_bytes() for file in tmp_path.glob("store.db*"))
    assert SECRET[1:].encode() not in left


def test_an_edit_is_about_the_brands_that_it_names_now(noon: SettableClock, make_parts: Make) -> None:
    parts = make_parts(noon)
    visit(noon, parts, feed(a="one acme and beta leak"), feed(a="one beta leaks"))
    assert texts(parts) == {("Beta", "one"): "one beta leaks"}
    visit(noon, parts, feed(a="one acme leaks after all"))
    assert texts(parts) == {("Acme", "one"): "one acme leaks after all"}
    assert parts.store.check() == []


@pytest.fixture
def say(noon: SettableClock) -> Callable[..., Post]:
    return lambda id_, text, **more: Post(source="s", external_id=id_, text=text, created_at=noon(), **more)


def test_a_query_that_changed_deletes_nothing(noon: SettableClock, make_parts: Make, say: Callable[..., Post]) -> None:
    parts = make_parts(noon)
    parts.pipeline.take("s", Page(posts=[say("1", "one acme leaks")], cursor={}))
    gate = Gate([Query(brand="Acme", any_terms=("other",)), BETA], b"test", frozenset(), parts.store)
    done = parts.store.commit_page("s", Page(posts=gate([say("1", "one acme leaks")]), cursor={}))
    assert (done.purged, done.unchanged) == (0, 1)
    (kept,) = parts.store.export()
    assert kept["rule"] == "any: acme", "it still says why it was taken"


def test_what_was_given_to_a_brand_stays_with_its_new_words(
    noon: SettableClock, make_parts: Make, say: Callable[..., Post]
) -> None:
    parts = make_parts(noon)
    parts.pipeline.take("s", Page(posts=[say("1", "one lid leaks")], cursor={}), "Acme")
    parts.pipeline.take("s", Page(posts=[say("1", "one lid holds")], cursor={}))
    (kept,) = parts.store.export()
    assert (kept["text"], kept["rule"]) == ("one lid holds", "given")


def test_an_answer_stays_with_what_it_answers_and_its_own_edit_is_followed(
    noon: SettableClock, make_parts: Make, say: Callable[..., Post]
) -> None:
    parts = make_parts(noon)
    question, answer = say("1", "one acme leaks"), say("2", "two mine as well", parent="1")
    parts.pipeline.take("s", Page(posts=[question, answer], cursor={}))
    parts.pipeline.take("s", Page(posts=[replace(answer, text="two not mine")], cursor={}))
    assert texts(parts) == {("Acme", "one"): "one acme leaks", ("Acme", "two"): "two not mine"}
    edited = replace(question, text="one nothing here")
    parts.pipeline.take("s", Page(posts=[answer, edited], cursor={}))
    assert ("Acme", "one") not in texts(parts), "that somebody answered it does not keep it"


def test_a_post_given_to_one_brand_is_followed_for_the_other_that_it_names(
    noon: SettableClock, make_parts: Make, say: Callable[..., Post]
) -> None:
    parts = make_parts(noon)
    parts.pipeline.take("s", Page(posts=[say("1", "one beta lid")], cursor={}))
    parts.pipeline.take("s", Page(posts=[say("1", "one beta cup")], cursor={}), ACME.brand)
    assert texts(parts) == {("Acme", "one"): "one beta cup", ("Beta", "one"): "one beta cup"}
    parts.pipeline.take("s", Page(posts=[say("1", "one cup")], cursor={}), ACME.brand)
    assert texts(parts) == {("Acme", "one"): "one cup"}


def test_no_post_is_stored_because_it_left(noon: SettableClock, make_parts: Make, say: Callable[..., Post]) -> None:
    parts = make_parts(noon)
    parts.pipeline.take("s", Page(posts=[say("1", "one acme leaks")], cursor={}))
    gated = parts.pipeline.gate([say("1", "one is gone")])
    parts.store.forget(post=("s", "1"))  # between the gate and the store, by another process
    assert parts.store.commit_page("s", Page(posts=gated, cursor={})).new == 0
    assert list(parts.store.export()) == []
