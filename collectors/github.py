"""GitHub issues and their comments, in the order they were last changed."""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

from collectors import recordings
from collectors.http import Http
from collectors.items import Harvest, Item, harvest, keys_of, paragraphs, web
from collectors.lanes import aside
from collectors.markup import clean
from collectors.paging import Batch, Walk, behind, forward, position, several
from collectors.rechecks import one_by_one
from groundswell.clock import Clock, now
from groundswell.errors import Malformed
from groundswell.types import Cursor, Engagement, Kind, Page, Post

_SIZE = 100
_PAGE = re.compile(r"^https?://[^/]+/([^/]+/[^/]+)/(?:issues|pull)/(\d+)(?:#issuecomment-(\d+))?$")


class GitHub:
    """Issues, pull requests and comments of some repositories.

    `repositories`: as "owner/name". `token`: lifts the quota from 60 to 5,000 an hour. `comments`: theirs as well.
    `backfill_days`: where the first look begins. `base` is for tests and for GitHub Enterprise.
    """

    name: ClassVar[str] = "github"
    limit: ClassVar[tuple[int, float]] = (1, 1.0)
    terms: ClassVar[str] = "GitHub's API terms: no spam, no resale of personal data."

    def __init__(
        self,
        http: Http,
        clock: Clock,
        *,
        repositories: Sequence[str],
        token: str = "",
        comments: bool = True,
        backfill_days: float = 7.0,
        base: str = "https://api.github.com",
    ) -> None:
        http.hide(token)
        self._http, self._clock, self._base = http, clock, base.rstrip("/")
        kinds = ("issues", "issues/comments") if comments else ("issues",)
        self._paths = [f"repos/{name.strip('/')}/{kind}" for name in repositories for kind in kinds]
        self._headers = {"Accept": "application/vnd.github+json"}
        self._headers |= {"Authorization": f"Bearer {token}"} if token else {}
        self._backfill = timedelta(days=backfill_days)

    def pages(self, cursor: Cursor) -> AsyncIterator[Page]:
        """Walk each list forward by time of change."""
        return several(cursor, {path: self._walk(path) for path in self._paths})

    def _walk(self, path: str) -> Walk:
        url = f"{self._base}/{path}"
        start = (self._clock() - self._backfill).strftime("%Y-%m-%dT%H:%M:%SZ")

        async def fetch(after: object) -> Batch:
            since, page = position(after, start)
            params: dict[str, str | int] = {
                "state": "all", "sort": "updated", "direction": "asc", "since": since, "per_page": _SIZE, "page": page,
            }  # fmt: skip
            answer = await self._http.get(url, params=params, headers=self._headers, limit=self.limit)

            def batch() -> Batch:
                data = answer.json()
                found = _any(data, answer.url)
                listed = data if isinstance(data, list) else []
                changes = keys_of(listed, lambda item: item.text("updated_at") or None)
                return Batch(posts=found.posts, gap=found.gap, next=behind(since, page, changes, len(listed) >= _SIZE))

            return await aside(batch)

        return lambda part: forward(part, fetch)

    def recheck(self, ids: Sequence[str]) -> AsyncIterator[Page]:
        """Ask for each issue or comment: its reactions, or that it is deleted."""

        async def ask(native: str) -> Harvest:
            url = f"{self._base}/{_api_path(native)}"
            answer = await self._http.get(url, headers=self._headers, limit=self.limit)
            return await answer.read(_any)

        return one_by_one([native for native in ids if _api_path(native)], ask, self.limit)

    @classmethod
    def parse(cls, raw: bytes, where: str, _clock: Clock = now, /) -> Iterator[Page]:
        """Read issues, comments or a search."""
        yield from recordings.pages(raw, where, _any)


def _api_path(page: str) -> str:
    """Where the interface has what people see on this page; "" for another kind of page."""
    found = _PAGE.search(page)
    repository, issue, comment = found.groups() if found else ("", "", None)
    return f"repos/{repository}/issues/{f'comments/{comment}' if comment else issue}" if found else ""


def _any(data: object, where: str) -> Harvest:
    if isinstance(data, list):
        return harvest(data, _post, where)
    answer = Item(data, where)
    if isinstance(answer.get("items"), list):
        return harvest(answer.list("items"), _post, f"{where}: items")
    if answer.text("message"):
        raise Malformed(where, f"GitHub refuses: {answer.text('message')[:200]}", "wait, or check token and repository")
    return harvest([data], _post, where)


def _post(item: Item) -> Post:
    is_comment = bool(item.text("issue_url")) or "#issuecomment" in item.text("html_url")
    page = item.id("html_url")
    title, body = item.text("title"), clean(item.text("body"))
    parent = page.partition("#")[0] if is_comment else ""
    return Post(
        source="github", external_id=page, text=paragraphs(title, body),
        created_at=item.time("created_at"), kind=Kind.COMMENT if is_comment else Kind.POST,
        author=item.text("user.login") or None, parent=parent or None, url=web(page),
        engagement=Engagement(
            likes=item.count("reactions.total_count"), replies=None if is_comment else item.count("comments")
        ),
    )  # fmt: skip
