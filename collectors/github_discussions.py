"""GitHub discussions by the GraphQL interface: the last changed first, each with its first comments."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Harvest, Item, harvest, keys_of, paragraphs, web
from collectors.lanes import aside
from collectors.paging import Batch, Walk, several, token, unix
from groundswell.clock import Clock, now
from groundswell.errors import AuthNeeded, Gone, Malformed, Throttled
from groundswell.types import Cursor, Engagement, Kind, Page, Post

_FIELDS = "url bodyText createdAt updatedAt upvoteCount author { login }"
_QUERY = f"""query ($owner: String!, $name: String!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    discussions(first: 25, after: $after, orderBy: {{field: UPDATED_AT, direction: DESC}}) {{
      pageInfo {{ endCursor hasNextPage }}
      nodes {{ {_FIELDS} title comments(last: 50) {{ totalCount nodes {{ {_FIELDS} }} }} }}
    }}
  }}
}}"""
_LIST = "data.repository.discussions"


class GitHubDiscussions:
    """Discussions of some repositories with their last 50 comments; answers to comments are not read.

    `repositories`: as "owner/name". `token`: any token of yours; the GraphQL interface asks for one. `backfill_days`:
    how far the first sweep goes back. `base` is for tests and for GitHub Enterprise.
    """

    name: ClassVar[str] = "github_discussions"
    limit: ClassVar[tuple[int, float]] = (1, 1.0)
    terms: ClassVar[str] = "GitHub's API terms: no spam, no resale of personal data."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        repositories: Sequence[str],
        token: str,
        backfill_days: float = 30.0,
        base: str = "https://api.github.com",
    ) -> None:
        http.hide(token)
        self._http, self._clock, self._url = http, clock, f"{base.rstrip('/')}/graphql"
        self._repositories = [name.strip("/") for name in repositories]
        self._headers, self._backfill = {"Authorization": f"Bearer {token}"}, backfill_days

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk each repository's discussions down to the last change known."""
        floor = unix(self._clock(), days_before=self._backfill)
        return several(cursor, {name: self._walk(name, floor) for name in self._repositories})

    def _walk(self, repository: str, floor: int) -> Walk:
        owner, _, name = repository.partition("/")

        async def fetch(at: object) -> Batch:
            asked = {"query": _QUERY, "variables": {"owner": owner, "name": name, "after": at}}
            answer = await self._http.post(self._url, json=asked, headers=self._headers, limit=self.limit)

            def batch() -> Batch:
                item = Item(answer.json(), answer.url)
                _refuse(item, self._clock())
                found = read(item.data, answer.url)
                keys = keys_of(item.list(f"{_LIST}.nodes"), lambda node: unix(node.time("updatedAt", "createdAt")))
                has_more = item.get(f"{_LIST}.pageInfo.hasNextPage") is True
                following = item.text(f"{_LIST}.pageInfo.endCursor") or None if has_more else None
                return Batch.of(found, following, keys=keys)

            return await aside(batch)

        return lambda part: token(part, fetch, overlap=300, floor=floor)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read an answer to the query."""
        yield from recordings.pages(raw, where, read)


def _refuse(item: Item, at: datetime) -> None:
    """Raise what an error means that GraphQL answers with 200."""
    errors = item.get("errors")
    first = Item(errors[0], item.where) if isinstance(errors, list) and errors else None
    if first is None:
        return
    words = f"{item.where}: {first.text('message')[:200]}"
    if first.text("type") == "RATE_LIMITED":
        raise Throttled("api.github.com", at + timedelta(hours=1))
    if first.text("type") == "NOT_FOUND":
        raise Gone(words, "correct the repository's name; a private one needs a token that may read it")
    if first.text("type") in ("FORBIDDEN", "INSUFFICIENT_SCOPES"):
        raise AuthNeeded(words, "give a token that may read discussions")


def read(data: object, where: str) -> Harvest:
    """Read the discussions of an answer, each before its comments. Raises Malformed with GitHub's words."""
    answer = Item(data, where)
    if answer.get(_LIST) is None:
        errors = answer.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else None
        words = str(first.get("message"))[:200] if isinstance(first, dict) else "no discussions"
        raise Malformed(f"{where}: {_LIST}", words, "check token and repository")
    nodes = answer.list(f"{_LIST}.nodes")
    return harvest((part for node in nodes for part in _with_comments(node)), _post, f"{where}: nodes")


def _with_comments(node: object) -> Iterator[object]:
    yield node
    comments = node.get("comments") if isinstance(node, dict) else None
    listed = comments.get("nodes") if isinstance(comments, dict) else None
    for comment in listed if isinstance(listed, list) else []:
        yield {**comment, "above": node.get("url")} if isinstance(comment, dict) and isinstance(node, dict) else comment


def _post(item: Item) -> Post:
    native, above = item.id("url"), item.text("above")
    return Post(
        source="github", external_id=native, text=paragraphs(item.text("title"), item.text("bodyText")),
        created_at=item.time("createdAt"), kind=Kind.COMMENT if above else Kind.POST, parent=above or None,
        author=item.text("author.login") or None, url=web(native),
        engagement=Engagement(likes=item.count("upvoteCount"), replies=item.count("comments.totalCount")),
    )  # fmt: skip
