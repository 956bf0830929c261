"""robots.txt, asked once a day per site: whether a page may be fetched and how slowly."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from protego import Protego
from yarl import URL

from collectors.answer import Answer
from collectors.lanes import aside
from groundswell.clock import Clock
from groundswell.errors import AuthNeeded, Gone, Malformed, SourceError

_LARGEST = 500 * 1024  # bytes that RFC 9309 wants to be read; more is no file of rules
_KEPT = timedelta(hours=24)


class Disallowed(SourceError):
    """The site's robots.txt forbids this page."""


class Robots:
    """Rules per site. A missing file (4xx) allows everything; an unreachable one (5xx) nothing, as RFC 9309 says."""

    def __init__(self, fetch: Callable[[str], Awaitable[Answer]], clock: Clock, user_agent: str) -> None:
        self._fetch, self._clock, self._agent = fetch, clock, user_agent
        self._rules: dict[str, tuple[datetime, Protego]] = {}

    async def permit(self, url: URL) -> tuple[int, float] | None:
        """Return the pace robots.txt asks for, (requests, seconds), or None. Raises Disallowed."""
        rules = await self._site(url)
        if not rules.can_fetch(str(url), self._agent):
            raise Disallowed(f"{url.host}: robots.txt forbids {url.path}", "remove this page from the source")
        rate = rules.request_rate(self._agent)
        if rate is not None:
            return int(rate.requests), float(rate.seconds)
        delay = rules.crawl_delay(self._agent)
        return (1, float(delay)) if delay else None

    async def _site(self, url: URL) -> Protego:
        site = str(url.origin())
        known = self._rules.get(site)
        if known is not None and known[0] > self._clock():
            return known[1]
        try:
            rules = await aside(_rules, await self._fetch(f"{site}/robots.txt"))
        except (Gone, AuthNeeded, Malformed):
            rules = Protego.parse("")
        self._rules[site] = (self._clock() + _KEPT, rules)
        return rules


def _rules(answer: Answer) -> Protego:
    """Read the rules, of a longer file up to its last whole line within the limit."""
    body = answer.body if len(answer.body) <= _LARGEST else answer.body[:_LARGEST].rpartition(b"\n")[0]
    return Protego.parse(replace(answer, body=body).text())
