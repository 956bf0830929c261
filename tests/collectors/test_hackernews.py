import asyncio
import json
from datetime import UTC, datetime

import pytest

from collectors.hackernews import HackerNews
from groundswell.errors import Malformed, Unreachable
from groundswell.types import Kind

START = int(datetime(2026, 11, 19, tzinfo=UTC).timestamp())


def hit(number, at):
    return {"objectID": str(number), "title": f"Story {number}", "created_at_i": at, "author": "someone", "points": 1}


class Index:
    """Algolia in small: search by date with created_at_i<=N and a page size."""

    def __init__(self, reply):
        self.hits, self.reply, self.failing = [], reply, 0

    def __call__(self, request):
        if self.failing:
            self.failing -= 1
            return self.reply(status=500)
        size = int(request.query["hitsPerPage"])
        below = int(request.query.get("numericFilters", "created_at_i<=99999999999").partition("<=")[2])
        found = sorted((h for h in self.hits if h["created_at_i"] <= below), key=lambda h: -h["created_at_i"])
        return self.reply(json.dumps({"hits": found[:size]}))


def collect(site, door, time, index, cursor, most=99, **settings):
    async def main():
        async with site:
            site.play("/api/v1/search_by_date", index)
            async with door(site) as http:
                source = HackerNews(http, time.clock, page_size=10, base=site.url(), **settings)
                pages = []
                async for page in source.pages(cursor):
                    pages.append(page)
                    if len(pages) >= most:
                        break
                return pages

    return asyncio.run(main())


def ids(pages):
    return {post.external_id for page in pages for post in page.posts}


def test_many_hits_are_walked_in_time_slices_with_ties_at_the_seams(site, door, time, reply):
    index = Index(reply)
    index.hits = [hit(n, START + n // 3) for n in range(100)]
    assert ids(collect(site, door, time, index, {})) == {str(n) for n in range(100)}


def test_a_cut_sweep_is_finished_downwards_and_late_items_are_found(site, door, time, reply):
    index = Index(reply)
    index.hits = [hit(n, START + n * 2) for n in range(60)]
    first = collect(site, door, time, index, {}, most=2)
    index.hits += [hit(n, START + 200 + n) for n in range(60, 70)]
    index.hits += [hit(900, START + 199)]
    second = collect(type(site)(), door, time, index, json.loads(json.dumps(dict(first[-1].cursor))))
    assert ids(first) | ids(second) == {str(n) for n in range(70)} | {"900"}


def test_the_first_sweep_ends_at_the_backfill(site, door, time, reply):
    index = Index(reply)
    index.hits = [hit(n, START - n * 86_400) for n in range(60)]
    found = ids(collect(site, door, time, index, {}, backfill_days=5))
    assert "3" in found
    assert len(found) < 25


def test_several_queries_have_their_own_place(site, door, time, reply):
    index = Index(reply)
    index.hits = [hit(1, START)]
    pages = collect(site, door, time, index, {}, queries=["halvero", "禾维洛"])
    assert set(pages[-1].cursor) == {"q:halvero", "q:禾维洛"}


def test_trouble_is_never_nothing(site, door, time, reply):
    index = Index(reply)
    index.failing = 99
    with pytest.raises(Unreachable):
        collect(site, door, time, index, {})


def test_fields_are_mapped(recording, time):
    page = next(HackerNews.parse(recording("hackernews.json"), "x"))
    comment, _, story = page.posts
    assert comment.text == 'Mine leaks from the base too.\n\nSupport said "descale it". See thread.'
    assert (comment.kind, comment.parent, comment.engagement.likes) == (Kind.COMMENT, "90000001", None)
    assert story.text.startswith("Ask HN: Halvero Arc kettle leaking?\n\nSecond unit")
    assert (story.kind, story.engagement.likes, story.engagement.replies) == (Kind.POST, 41, 2)
    assert story.url == "https://news.ycombinator.com/item?id=90000001"


def test_an_item_tree_is_flattened_and_dead_items_are_gone():
    tree = {"id": 1, "title": "t", "author": "a", "created_at_i": START, "type": "story", "children": [
        {"id": 2, "text": "<p>c</p>", "author": "b", "created_at_i": START, "type": "comment", "parent_id": 1,
         "children": []}]}  # fmt: skip
    page = next(HackerNews.parse(json.dumps(tree).encode(), "x"))
    assert [(post.external_id, post.text, post.parent) for post in page.posts] == [("1", "t", None), ("2", "c", "1")]
    dead = json.dumps({"id": 5, "type": "comment", "deleted": True, "time": START}).encode()
    assert next(HackerNews.parse(dead, "x")).gone == ["5"]
    with pytest.raises(Malformed):
        list(HackerNews.parse(b'{"id": 1, "type": "spaceship"}', "x"))


def test_a_recheck_brings_new_points_and_deletions(site, door, time, reply):
    site.play(
        "/v0/item/1.json", reply(json.dumps({"id": 1, "type": "story", "title": "t", "time": START, "score": 99}))
    )
    site.play("/v0/item/2.json", reply("null"))
    site.play("/v0/item/3.json", reply(json.dumps({"id": 3, "deleted": True, "type": "comment", "time": START})))

    async def main():
        async with site, door(site) as http:
            source = HackerNews(http, time.clock, firebase=site.url())
            return [page async for page in source.recheck(["1", "2", "3", "4"])]

    pages = asyncio.run(main())
    assert [post.engagement.likes for page in pages for post in page.posts] == [99]
    assert [name for page in pages for name in page.gone] == ["2", "3", "4"]
