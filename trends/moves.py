"""What the detector remembers after people merged or split stories: posts change their story, none counts twice."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from groundswell.types import Observation
from trends.board import BrandState, StoryState


class Move(Protocol):
    """Posts that went from `story` to `into`: those in `posts`, or all of them when there are none.

    `count` posts went, `negative` of them negative; more than are remembered one by one.
    """

    @property
    def brand(self) -> str: ...
    @property
    def story(self) -> str: ...
    @property
    def into(self) -> str | None: ...
    @property
    def posts(self) -> tuple[int, ...]: ...
    @property
    def count(self) -> int: ...
    @property
    def negative(self) -> int: ...


@dataclass(slots=True)
class Moved:
    """Where posts that were read before an edit belong when they are observed after it."""

    merged: dict[str, str] = field(default_factory=dict)
    split: dict[int, str] = field(default_factory=dict)

    def add(self, move: Move) -> None:
        """Remember a move; earlier ones lead on to where it leads."""
        into = move.into or move.story
        if move.posts:
            self.split |= dict.fromkeys(move.posts, into)
            return
        self.merged |= {old: into for old, to in self.merged.items() if to == move.story} | {move.story: into}
        self.split |= {post: into for post, to in self.split.items() if to == move.story}

    def now(self, seen: Observation) -> Observation:
        """Return the observation with the story it belongs to now."""
        story = self.split.get(seen.post) or self.merged.get(seen.story, seen.story)
        return seen if story == seen.story else replace(seen, story=story)


def apply(state: BrandState, move: Move, most: int) -> None:
    """Move what a brand remembers of the posts; a story keeps its newest `most`."""
    into, chosen = move.into or move.story, frozenset(move.posts)

    def goes(seen: Observation) -> bool:
        return seen.story == move.story and (not chosen or seen.post in chosen)

    for told in state.topics.values():
        told.posts = [replace(seen, story=into) if goes(seen) else seen for seen in told.posts]
    left = state.stories.pop(move.story, None)
    if left is None:
        return
    kept = state.stories.get(into)
    is_older = not left.posts or left.first_at < left.posts[0].at  # than what is remembered of it
    rest = [seen for seen in left.posts if not goes(seen)]
    since = left.first_at if is_older or not rest else rest[0].at
    stays = _rebuilt(move.story, since, rest, most)
    taken = [replace(seen, story=into) for seen in left.posts if goes(seen)]
    both = [*(kept.posts if kept else ()), *taken]
    arrived = _rebuilt(into, min([left.first_at, *([kept.first_at] if kept else [])]), both, most)
    count, negative = (move.count, move.negative) if chosen else (left.total, left.total_negative)
    arrived.total, arrived.total_negative = count, negative
    if kept is not None:
        arrived.total, arrived.total_negative = kept.total + count, kept.total_negative + negative
    if chosen:
        arrived.first_at = min((seen.at for seen in both), default=left.first_at)
        stays.total, stays.total_negative = max(left.total - count, 0), max(left.total_negative - negative, 0)
    left_over = [stays] if chosen else []
    state.stories |= {one.story: one for one in (*left_over, arrived) if one.posts}


def _rebuilt(story: str, first_at: datetime, posts: list[Observation], most: int) -> StoryState:
    state = StoryState(story, first_at)
    for seen in sorted(posts, key=lambda seen: (seen.at, seen.post)):
        state.add(seen, most)
    return state
