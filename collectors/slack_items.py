"""What Slack answers to Posts: its messages, its own marks in their words, and its refusals, which come as 200."""

import html
import re

from collectors.items import Harvest, Item, harvest, moment
from collectors.markup import clean
from groundswell.errors import AuthNeeded, Gone, Malformed
from groundswell.types import Engagement, Kind, Post

_KEPT = frozenset({"", "bot_message", "file_share", "thread_broadcast", "me_message"})
_REFUSALS = frozenset({
    "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope",
    "no_permission",
    "access_denied", "not_in_channel", "ekm_access_denied", "org_login_required",
})  # fmt: skip
_MARK = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")


def refuse(answer: Item) -> None:
    """Raise what Slack's error word means: it answers 200 to everything."""
    word = answer.text("error")[:80]
    if word in _REFUSALS:
        raise AuthNeeded(f"{answer.where}: {word}", "check the token, its scopes, and invite the app to the channel")
    if word in ("channel_not_found", "is_archived"):
        raise Gone(f"{answer.where}: {word}", "correct the channel's id, and invite the app to it")


def read(data: object, where: str) -> Harvest:
    """Read the messages; joins, leaves and other notices are left out. Raises Malformed for a refusal."""
    answer = Item(data, where)
    if not answer.flag("ok"):
        word = answer.text("error")[:80] or "Slack refuses"
        raise Malformed(f"{where}: error", word, "see Slack's documentation of conversations.history")
    return harvest(answer.list("messages"), _message, f"{where}: messages")


def _message(item: Item) -> Post | None:
    native, text = item.id("ts"), _plain(item.text("text"))
    created = moment(item.number("ts"))
    if created is None:
        raise Malformed(f"{item.where}: ts", "no usable time", "Slack changed its answer")
    if item.text("subtype") not in _KEPT or not text:
        return None
    thread = item.text("thread_ts")
    is_answer = bool(thread) and thread != native
    return Post(
        source="slack", external_id=native, text=text, created_at=created,
        kind=Kind.COMMENT if is_answer else Kind.POST, parent=thread if is_answer else None,
        author=item.text("user", "bot_id") or None,
        engagement=Engagement(likes=_reactions(item), replies=item.count("reply_count")),
    )  # fmt: skip


def _reactions(item: Item) -> int | None:
    found = item.get("reactions")
    return sum(Item(r, item.where).count("count") or 0 for r in found) if isinstance(found, list) else None


def _plain(text: str) -> str:
    """Slack's own marks as words: <@U1|ann> is @ann, <https://…|here> is here; &lt; is <."""
    return clean(html.unescape(_MARK.sub(lambda m: f"{m[1]}{m[3] or m[2]}", text)))
