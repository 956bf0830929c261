"""What came back through the door, and what a status means."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from collectors.charset import decode
from collectors.lanes import aside
from groundswell.errors import AuthNeeded, Gone, Malformed, Unreachable

T = TypeVar("T")

_CHARSET = re.compile(r"(?i)charset\s*=\s*[\"']?([a-z0-9._-]+)")
_LOGIN = re.compile(
    rb"""(?i)type\s*=\s*["']?password|<form[^<>]+(?:login|signin)"""
    rb"""|<title>[^<]*(?:log ?in|sign ?in|\xe7\x99\xbb\xe5\xbd\x95)"""  # the last is 登录
)


_QUOTA = re.compile(rb"""(?i)"(?:quota|(?:user)?rateLimit|dailyLimit)Exceeded"|secondary rate limit""")
LOG_IN = "this is a login page: give the key, or log in, and record the answer again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer, fully read. `url` is free of secrets; `moved` is the new address after permanent redirects."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    moved: str | None = None

    @property
    def not_modified(self) -> bool:
        """304: nothing changed since the validators that were sent."""
        return self.status == 304

    @property
    def validators(self) -> dict[str, object]:
        """What makes the next request conditional; small and JSON-serialisable, for the cursor."""
        pairs = (("etag", self.headers.get("ETag")), ("modified", self.headers.get("Last-Modified")))
        return {name: value for name, value in pairs if value and len(value) < 1000}

    def text(self) -> str:
        """Return the body as text, by its mark, its declaration or its bytes. Raises Malformed when it is none."""
        declared = _CHARSET.search(self.headers.get("Content-Type", ""))
        return decode(self.body, self.url, declared.group(1) if declared else None)

    def json(self) -> object:
        """Read the body as JSON. Raises AuthNeeded for a login page in its place, Malformed for anything else."""
        if self.is_login_page:
            raise AuthNeeded(f"{self.url}: a login page where data was promised", "check the key and the address")
        return load_json(self.body, self.url)

    async def read(self, read: Callable[[object, str], T]) -> T:
        """Return what `read` makes of the JSON and the address, in a worker thread: the loop goes on meanwhile."""
        return await aside(lambda: read(self.json(), self.url))

    @property
    def speaks_of_a_quota(self) -> bool:
        """Whether this 403 is about how often was asked, not about who asks (Google's and GitHub's way to say 429)."""
        return self.status == 403 and _QUOTA.search(self.body[:4096]) is not None

    @property
    def is_login_page(self) -> bool:
        """Whether this is an HTML page that asks for a password."""
        return is_login_page(self.body)


def is_login_page(raw: bytes) -> bool:
    """Whether these bytes are an HTML page that asks for a password."""
    head = raw[:65536].removeprefix(b"\xef\xbb\xbf").lstrip()
    return head[:1] == b"<" and _LOGIN.search(head) is not None


def give_way(found: dict[str, object]) -> dict[str, object]:
    """Return an object as it is; for `json.loads`, whose C code lets no other thread run but where it calls Python."""
    return found


def load_json(raw: bytes, where: str) -> object:
    """Read JSON bytes. Raises Malformed saying at which line and what was found instead."""
    try:
        return json.loads(raw, object_hook=give_way)
    except RecursionError:
        raise Malformed(where, "nested too deeply") from None
    except UnicodeDecodeError as error:
        raise Malformed(where, f"not UTF-8 at byte {error.start}", "JSON has to be UTF-8") from None
    except ValueError as error:
        start = raw[:200].lstrip()
        if not start:
            raise Malformed(where, "the answer is empty", "try again later; check the address") from None
        if is_login_page(raw):
            raise Malformed(where, "a login page where JSON was promised", LOG_IN) from None
        found = "a web page" if start[:1] == b"<" else "no JSON"
        place = f"line {error.lineno} column {error.colno}" if isinstance(error, json.JSONDecodeError) else "a number"
        message = f"found {found} where JSON was promised"
        raise Malformed(f"{where}: {place}", message, "cut off or a wrong address?") from None


def words_of(answer: Answer) -> object:
    """What a refused answer says as JSON; {} when it says nothing that can be read."""
    try:
        found = load_json(answer.body, answer.url)
    except Malformed:
        return {}
    return found if isinstance(found, dict) else {}


def judge(answer: Answer) -> None:
    """Raise the typed error an answer's status means; return for 2xx and 304.

    408, 425 and 5xx are Unreachable (worth another try), 401, 403 and 432 (Weibo's "log in") AuthNeeded, 404, 410
    and 451 Gone. Any other 4xx means that the request itself is refused.
    """
    status = answer.status
    if status < 300 or status == 304:
        return
    what = f"{answer.url}: HTTP {status}"
    if status in (408, 425) or status >= 500:
        raise Unreachable(what, "the server has trouble; it is asked again later")
    if status in (401, 403, 407, 432):
        raise AuthNeeded(what, "check the key, its scopes and whether this may be read at all")
    if status in (404, 410, 451):
        raise Gone(what, "remove the source or correct its address")
    raise Malformed(answer.url, f"HTTP {status}", "the source refuses this request: check the source's options")
