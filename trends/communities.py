"""Circles of accounts, to tell a story that left the people among whom it began from one that did not."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from groundswell.types import Observation
from trends.groups import Groups


@dataclass(frozen=True, slots=True)
class Communities:
    """`count` circles hold the accounts; `largest` is the part of the accounts in the largest, 0–1."""

    count: int
    largest: float


def communities(posts: Sequence[Observation], counted: Sequence[Observation]) -> Communities | None:
    """Return the circles in which the accounts of `counted` stand; None where nobody answered or repeated another.

    Two accounts are of one circle when a post of one answers or repeats a post of the other, both among `posts`: the
    connected components of the graph of replies and reposts. An account without such a tie is a circle of its own, and
    so is an unsigned post. A tie to a post that is not among `posts` is not seen. The brand's own account is one like
    any other: whoever answers it stands in its circle.
    """
    account: dict[int, Hashable] = {post.post: post.author or post.post for post in posts}
    circles, is_tied = Groups(), False
    for post in posts:
        other = account.get(post.answers)
        if other is not None and other != account[post.post]:
            circles.join(account[post.post], other)
            is_tied = True
    sizes = circles.sizes({account.get(post.post, post.post) for post in counted})
    return Communities(len(sizes), sizes[0] / sum(sizes)) if is_tied and sizes else None
