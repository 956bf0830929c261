"""What is new on a page or in a feed that always shows all it has: told by id and words, not by dates that lie."""

from collections.abc import Sequence
from hashlib import blake2b

from groundswell.types import Post

_KEPT = 2000


def unseen(posts: Sequence[Post], seen: object) -> tuple[list[Post], list[str]]:
    """The posts that are new or were changed, and the marks to remember in the cursor; `seen` are those of before."""
    known = [mark for mark in seen if isinstance(mark, str)] if isinstance(seen, list) else []
    marks = [_mark(post) for post in posts]
    before, shown = set(known), set(marks)
    fresh = [post for post, mark in zip(posts, marks, strict=True) if mark not in before]
    return fresh, [*(mark for mark in known if mark not in shown), *reversed(marks)][-_KEPT:]


def _mark(post: Post) -> str:
    return blake2b(f"{post.external_id}\x1f{post.text}".encode("utf-8", "replace"), digest_size=6).hexdigest()
