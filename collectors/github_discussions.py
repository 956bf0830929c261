"""GitHub discussions by the GraphQL interface: the last changed first, each with its first comments."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from collectors import recordings
from collectors.discussion_items import LIST, NODE, is_discussion, look_at, looked_at, read
from collectors.http import Http
from collectors.items import Harvest, Item, keys_of
from collectors.lanes import aside
from collectors.paging import Batch, Walk, several, token, unix
from collectors.rechecks import by_many, groups
from groundswell.clock import Clock, now
from groundswell.errors import AuthNeeded, Gone, Throttled
from groundswell.types import Cursor, Page

_QUERY = f"""query ($owner: String!, $name: String!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    discussions(first: 25, after: $after, orderBy: {{field: UPDATED_AT, direction: DESC}}) {{
      pageInfo {{ endCursor hasNextPage }}
      nodes {{ {NODE} }}
    }}
  }}
}}"""
_TOGETHER = 10  # discussions looked at again in one request


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
                keys = keys_of(item.list(f"{LIST}.nodes"), lambda node: unix(node.time("updatedAt", "createdAt")))
                has_more = item.get(f"{LIST}.pageInfo.hasNextPage") is True
                following = item.text(f"{LIST}.pageInfo.endCursor") or None if has_more else None
                return Batch.of(found, following, keys=keys)

            return await aside(batch)

        return lambda part: token(part, fetch, overlap=300, floor=floor)

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for known discussions, with the last comments of each; older comments are left as they are."""

        async def ask(pages: list[str]) -> Harvest:
            asked = {"query": look_at(pages)}
            answer = await self._http.post(self._url, json=asked, headers=self._headers, limit=self.limit)

            def look() -> Harvest:
                item = Item(answer.json(), answer.url)
                _refuse(item, self._clock(), missing_is_refused=False)
                return looked_at(item.data, answer.url)

            return await aside(look)

        return by_many(groups([page for page in ids if is_discussion(page)], _TOGETHER), ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read an answer to the query."""
        yield from recordings.pages(raw, where, read)


def _refuse(item: Item, at: datetime, *, missing_is_refused: bool = True) -> None:
    """Raise what the first error means that GraphQL answers with 200; one of many asked for may be missing."""
    listed = item.get("errors")
    errors = [Item(error, item.where) for error in listed] if isinstance(listed, list) else []
    told = [error for error in errors if missing_is_refused or error.text("type") != "NOT_FOUND"]
    if not told:
        return
    first = told[0]
    words = f"{item.where}: {first.text('message')[:200]}"
    if first.text("type") == "RATE_LIMITED":
        raise Throttled("api.github.com", at + timedelta(hours=1))
    if first.text("type") == "NOT_FOUND":
        raise Gone(words, "correct the repository's name; a private one needs a token that may read it")
    if first.text("type") in ("FORBIDDEN", "INSUFFICIENT_SCOPES"):
        raise AuthNeeded(words, "give a token that may read discussions")
