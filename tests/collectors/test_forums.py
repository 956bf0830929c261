"""Forums and trackers: Discourse, Stack Exchange, GitHub, Lemmy, Reddit without a key."""

import json
from datetime import UTC, datetime

import pytest

from collectors.discourse import Discourse
from collectors.github import GitHub
from collectors.github_discussions import GitHubDiscussions
from collectors.lemmy import Lemmy
from collectors.reddit_atom import DEGRADED, RedditAtom
from collectors.stackexchange import StackExchange
from groundswell.errors import AuthNeeded, Gone, Malformed
from groundswell.types import Kind
from tests.collectors.walks import drive, ids, last

START = int(datetime(2026, 11, 19, tzinfo=UTC).timestamp())
SECRET = "0123456789abcdef"


def test_discourse_crosses_windows_without_visible_posts(site, door, time, reply):
    known = [*range(1, 40), *range(300, 320)]

    def answer(request):
        before = int(request.query.get("before", max(known)))
        found = [{"id": n, "topic_id": 1, "post_number": 1, "username": "u", "created_at": "2026-11-19T00:00:00Z",
                  "cooked": f"<p>{n}</p>"} for n in reversed(known) if before - 50 < n <= before]  # fmt: skip
        return reply(json.dumps({"latest_posts": found}))

    site.play("/posts.json", answer)

    def grown(walks):
        known.extend(range(320, 325))
        return last(walks)

    first, second = drive(site, door, lambda http: Discourse(http, time.clock, url=site.url()), {}, grown)
    assert {int(n) for n in ids(first)} == {*range(1, 40), *range(300, 320)}
    assert {320, 324} <= {int(n) for n in ids(second)}
    assert len(second) <= 3


def test_stackexchange_keeps_the_backoff_it_is_told(site, door, time, reply):
    def answer(request):
        since, page = int(request.query["min"]), int(request.query["page"])
        found = [q for q in range(START, START + 250) if q >= since][(page - 1) * 100 : page * 100]
        items = [{"question_id": q, "title": "t", "creation_date": q, "last_activity_date": q} for q in found]
        return reply(json.dumps({"items": items, "has_more": len(found) == 100, "backoff": 17}))

    site.play("/2.3/search/advanced", answer)
    (pages,) = drive(site, door, lambda http: StackExchange(http, time.clock, base=site.url(), source="so"))
    assert len(set(ids(pages))) == 250
    assert max(time.naps) >= 16
    assert {post.source for page in pages for post in page.posts} == {"so"}


def test_github_goes_on_behind_a_page_full_of_one_second(site, door, time, reply):
    issues = [{"html_url": f"https://g/{n}", "title": "t", "created_at": "2026-11-19T00:00:00Z",
               "updated_at": f"2026-11-19T00:00:0{int(n >= 150)}Z"} for n in range(160)]  # fmt: skip

    def answer(request):
        found = [i for i in issues if i["updated_at"] >= request.query["since"]]
        page = int(request.query["page"])
        return reply(json.dumps(found[(page - 1) * 100 : page * 100]))

    site.play("/repos/a/b/issues", answer)
    (pages,) = drive(
        site, door, lambda http: GitHub(http, time.clock, repositories=["a/b"], comments=False, base=site.url())
    )
    assert len(set(ids(pages))) == 160


def test_github_comments_answer_their_issue(recording):
    (page,) = GitHub.parse(recording("github.json"), "x")
    assert page.posts[1].parent == page.posts[0].external_id


def test_lemmy_comments_answer_their_post_and_deleted_ones_are_gone(recording):
    (page,) = Lemmy.parse(recording("lemmy.json"), "x")
    assert [post.parent for post in page.posts] == [
        None,
        "https://lemmy.example/post/1",
        "https://lemmy.example/post/1",
    ]
    assert page.gone == ["https://lemmy.example/post/2"]


def test_reddit_without_a_key_says_what_it_cannot_see_once(site, door, time, reply, recording):
    site.play("/r/kitchen/new/.rss", reply(recording("reddit_atom.xml")))
    first, second = drive(
        site, door, lambda http: RedditAtom(http, time.clock, subreddits=["r/kitchen"], base=site.url()), {}, last
    )  # fmt: skip
    assert first[0].gap == DEGRADED
    assert second[0].gap is None
    assert [(p.external_id, p.source, p.author, p.text) for p in first[0].posts][:2] == [
        ("t3_1abc", "reddit", "ada_example", "My kettle\n\nIt leaks after a week."),
        ("t3_1abb", "reddit", "bo", "A photo of tea"),
    ]


def test_discussions_are_walked_by_change_with_their_comments(site, door, time, reply, recording):
    site.play("/graphql", reply(recording("github_discussions.json")))
    (pages,) = drive(
        site, door,
        lambda http: GitHubDiscussions(http, time.clock, repositories=["a/b"], token=SECRET, base=site.url()),
    )  # fmt: skip
    question, comment, anonymous, other = pages[0].posts
    assert (question.text, question.engagement.likes, question.engagement.replies) == (
        "Kettle app crashes\n\nOn every start", 4, 2,
    )  # fmt: skip
    assert (comment.parent, comment.kind, anonymous.author) == (question.external_id, Kind.COMMENT, None)
    assert other.text == "Question"


@pytest.mark.parametrize(("kind", "error"), [("NOT_FOUND", Gone), ("FORBIDDEN", AuthNeeded), ("OTHER", Malformed)])
def test_discussions_say_200_to_refusals(site, door, time, reply, kind, error):
    site.play("/graphql", reply(json.dumps({"data": None, "errors": [{"type": kind, "message": "no"}]})))
    with pytest.raises(error):
        drive(
            site, door,
            lambda http: GitHubDiscussions(http, time.clock, repositories=["a/b"], token=SECRET, base=site.url()),
        )  # fmt: skip
