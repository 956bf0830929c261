"""A second look at known posts: new counts arrive, a deletion becomes `gone`, an outage deletes nothing."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from groundswell import plugins
from groundswell.errors import Throttled, Unreachable
from tests.collectors.every import SOURCES, options, play
from tests.collectors.walks import SENT, gone, ids, look_again

AT = "2026-11-18T09:00:00Z"
UNIX = 1_795_000_000


@dataclass
class Case:
    """`known` was collected and is still there, `dead` is not. Both stand behind `answers`, path by path."""

    known: str
    dead: str
    answers: dict[str, Any]
    likes: int | None = None
    rating: float | None = None
    settings: dict[str, Any] = field(default_factory=dict)


STATUS = {"id": "1", "created_at": AT, "content": "<p>s</p>", "account": {"acct": "a"}, "favourites_count": 9}
ISSUE = {"html_url": "https://github.com/a/b/issues/1", "title": "t", "created_at": AT, "updated_at": AT,
         "reactions": {"total_count": 9}}  # fmt: skip
COMMENT = {"html_url": "https://github.com/a/b/pull/2#issuecomment-5", "body": "c", "created_at": AT,
           "issue_url": "x", "reactions": {"total_count": 7}}  # fmt: skip
DISCUSSION = {"url": "https://github.com/a/b/discussions/1", "title": "t", "createdAt": AT, "updatedAt": AT,
              "upvoteCount": 9, "comments": {"totalCount": 0, "nodes": []}}  # fmt: skip
LEMMY = {"post": {"ap_id": "https://l.example/post/1", "name": "t", "published": AT}, "counts": {"score": 9}}
APPLE = {"type": "customerReviews", "id": "1", "attributes": {"rating": 2, "title": "t", "createdDate": AT}}
PLACE = {"reviewId": "1", "comment": "slow", "starRating": "TWO", "createTime": AT, "updateTime": AT}
TICKET = {"id": 1, "subject": "changed words", "description": "d", "created_at": AT, "updated_at": AT}
CONVERSATION = {"type": "conversation", "id": "1", "created_at": UNIX, "conversation_rating": {"rating": 2},
                "source": {"body": "<p>c</p>", "author": {"type": "user", "id": "u"}}}  # fmt: skip
DISCOURSE = [{"id": n, "topic_title": f"T{n}", "post_number": 1, "cooked": "<p>w</p>", "created_at": AT,
              "username": "u",
              "actions_summary": [{"id": 2, "count": 9}]} for n in (70, 69)]  # fmt: skip

CASES = {
    "mastodon": Case("1", "2", {"/api/v1/statuses/1": STATUS}, likes=9),
    "lemmy": Case("https://l.example/post/1", "https://l.example/post/2", {
        "/api/v3/resolve_object": lambda request: {"post": LEMMY if request.query["q"].endswith("1") else
            {**LEMMY, "post": {**LEMMY["post"], "ap_id": request.query["q"], "deleted": True}}}}, likes=9),
    "discourse": Case("70", "60", {"/posts.json": {"latest_posts": DISCOURSE}}, likes=9),
    "stackexchange": Case("1", "2", {"/2.3/questions/1;2": {"items": [
        {"question_id": 1, "title": "t", "creation_date": UNIX, "score": 9}]}}, likes=9),
    "github": Case(ISSUE["html_url"], "https://github.com/a/b/issues/3", {"/repos/a/b/issues/1": ISSUE}, likes=9),
    "github_discussions": Case(DISCUSSION["url"], "https://github.com/a/b/discussions/3", {"/graphql": {
        "data": {"d0": {"discussion": DISCUSSION}, "d1": {"discussion": None}},
        "errors": [{"type": "NOT_FOUND", "path": ["d1", "discussion"], "message": "gone"}]}}, likes=9),
    "trustpilot": Case("1", "2", {"/v1/reviews/1": {
        "id": "1", "stars": 2, "title": "t", "text": "x", "createdAt": AT, "numberOfLikes": 9}}, likes=9, rating=2),
    "appstoreconnect": Case("1", "2", {"/v1/customerReviews/1": {"data": APPLE}}, rating=2),
    "googlebusiness": Case("1", "2", {"/v4/accounts/1/locations/2/reviews/1": PLACE}, rating=2),
    "zendesk": Case("1", "2", {"/api/v2/tickets/show_many.json": {"tickets": [TICKET]}}),
    "freshdesk": Case("1", "2", {"/api/v2/tickets/1": TICKET, "/api/v2/tickets/2": {**TICKET, "id": 2, "spam": True}}),
    "intercom": Case("1", "2", {"/conversations/1": CONVERSATION}, rating=2),
    "slack": Case("C1:1795000000.000100", "C1:1795000000.000200", {
        "/api/conversations.history": lambda request: {"ok": True, "messages": [
            {"ts": "1795000000.000100", "text": "leaks", "user": "U1", "reactions": [{"name": "+1", "count": 9}]}
        ] if request.query["latest"].endswith("100") else []}}, likes=9),
    "x": Case("1", "2", {"/2/tweets": {
        "data": [{"id": "1", "text": "t", "created_at": AT, "public_metrics": {"like_count": 9}}],
        "errors": [{"resource_type": "tweet", "title": "Not Found Error", "value": "2"}]}}, likes=9),
    "youtube": Case("1", "2", {"/youtube/v3/comments": {"items": [
        {"id": "1", "snippet": {"textOriginal": "t", "publishedAt": AT, "likeCount": 9}}]}}, likes=9),
    "hackernews": Case("1", "2", {
        "/v0/item/1.json": {"id": 1, "type": "story", "title": "t", "time": UNIX, "score": 9}, "/v0/item/2.json": None,
    }, likes=9),
    "bluesky": Case("at://d/app.bsky.feed.post/1", "at://d/app.bsky.feed.post/2", {"/xrpc/app.bsky.feed.getPosts": {
        "posts": [{"uri": "at://d/app.bsky.feed.post/1", "record": {"text": "t", "createdAt": AT}, "likeCount": 9}]}},
        likes=9, settings={"appview": "{url}"}),
}  # fmt: skip
OF_THEIR_OWN = {"reddit"}  # through praw: tests/collectors/test_reddit.py


def load(name):
    return plugins.load("groundswell.collectors", name)


def look(name, site, door, time, reply, tmp_path, routes):
    """Play `routes`, and look again at both posts of the case."""
    case = CASES[name]
    play(name, site, reply("{}"), reply=reply)  # with the tokens that some ask for first
    for path, answer in routes.items():
        site.play(path, answer)

    def make(http):
        given = {**options(name, site, tmp_path, b""), **case.settings}
        return load(name)(http, time.clock, **{k: site.url() if v == "{url}" else v for k, v in given.items()})

    return look_again(site, door, make, [case.known, case.dead])


def played(reply, answer):
    if callable(answer):
        return lambda request: reply(json.dumps(answer(request)))
    return reply(json.dumps(answer))


def test_every_source_that_looks_again_has_a_case():
    looking = {name for name in SOURCES if hasattr(load(name), "recheck")}
    assert looking - OF_THEIR_OWN == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_changed_counts_arrive_and_a_deletion_is_gone(name, site, door, time, reply, tmp_path):
    case = CASES[name]
    routes = {path: played(reply, answer) for path, answer in case.answers.items()}
    pages = look(name, site, door, time, reply, tmp_path, routes)
    (post,) = [post for page in pages for post in page.posts]
    assert (post.external_id, post.engagement.likes, post.rating) == (case.known, case.likes, case.rating)
    assert gone(pages) == [case.dead]
    assert all(page.gap is None and page.cursor == {} for page in pages)


FAULTS = {
    "503": (503, {}, Unreachable), "429": (429, {"Retry-After": "7200"}, Throttled),
    "a login page": (200, {}, None), "403": (403, {}, None),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", CASES)
def test_an_outage_deletes_nothing_and_is_told(name, fault, site, door, time, reply, tmp_path):
    status, headers, kind = FAULTS[fault]
    failing = reply("<html><title>Log in</title>", status=status, headers=headers)
    dead = {"hackernews": "/v0/item/2.json", "mastodon": "/api/v1/statuses/2", "github": "/repos/a/b/issues/3",
            "trustpilot": "/v1/reviews/2", "appstoreconnect": "/v1/customerReviews/2",
            "googlebusiness": "/v4/accounts/1/locations/2/reviews/2", "intercom": "/conversations/2"}  # fmt: skip
    routes = dict.fromkeys([*CASES[name].answers, *([dead[name]] if name in dead else [])], failing)
    if kind is not None:
        with pytest.raises(kind):
            look(name, site, door, time, reply, tmp_path, routes)
        return
    pages = look(name, site, door, time, reply, tmp_path, routes)
    assert (ids(pages), gone(pages)) == ([], [])
    assert any(page.gap for page in pages)


def test_discourse_asks_for_windows_and_keeps_the_names_of_topics(site, door, time, reply):
    asked = []

    def windows(request):
        before = int(request.query["before"])
        asked.append(before)
        shown = [post for post in DISCOURSE if before - 50 < post["id"] <= before]
        return reply(json.dumps({"latest_posts": shown}))

    site.play("/posts.json", windows)

    def make(http):
        return load("discourse")(http, time.clock, url=site.url(), source="forum")

    pages = look_again(site, door, make, ["3", "69", "70", "400", "60", "no number"])
    assert asked == [400, 70, 3]
    assert [post.text for page in pages for post in page.posts] == ["T70\n\nw", "T69\n\nw"]
    assert {post.source for page in pages for post in page.posts} == {"forum"}
    assert gone(pages) == ["400", "60", "3"]


def test_discussions_are_asked_for_together_and_comments_not_alone(site, door, time, reply):
    site.play("/graphql", reply(json.dumps({"data": {"d0": {"discussion": DISCUSSION}}})))

    def make(http):
        return load("github_discussions")(http, time.clock, repositories=["a/b"], token="t" * 20, base=site.url())

    pages = look_again(site, door, make, [DISCUSSION["url"], DISCUSSION["url"] + "#discussioncomment-7"])
    assert gone(pages) == []
    (query,) = [json.loads(request[SENT])["query"] for request in site.asked]
    assert 'd0: repository(owner: "a", name: "b") { discussion(number: 1)' in query
    assert "d1" not in query


def test_comments_of_github_are_asked_for_as_comments(site, door, time, reply):
    site.play("/repos/a/b/issues/comments/5", reply(json.dumps(COMMENT)))

    def make(http):
        return load("github")(http, time.clock, repositories=["a/b"], base=site.url())

    pages = look_again(site, door, make, [COMMENT["html_url"], "https://github.com/a/b/wiki"])
    assert [(post.external_id, post.engagement.likes) for page in pages for post in page.posts] == [
        (COMMENT["html_url"], 7)
    ]
    assert gone(pages) == [], "a page that cannot be asked for is not gone"


def test_somebody_who_opted_out_since_is_gone_on_mastodon(site, door, time, reply):
    site.play("/api/v1/statuses/1", reply(json.dumps({**STATUS, "account": {"acct": "a", "noindex": True}})))

    def make(http):
        return load("mastodon")(http, time.clock, instance=site.url())

    assert gone(look_again(site, door, make, ["1"])) == ["1"]
