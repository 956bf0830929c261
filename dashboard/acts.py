"""What a reader may do to a story from its page: the dashboard's only writes, each one method of the store."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from groundswell.clock import Clock
from storage.records import StoryEdit
from storage.store import Store, open_store
from trends.retelling import retell

MOST_POSTS = 100_000  # of one story that words can choose at once


def rename(path: Path, clock: Clock, story: str, title: str, by: str) -> StoryEdit:
    """Give a story a person's title. Raises InputError and StorageError."""
    with _opened(path, clock) as store:
        return store.rename_story(story, title, by)


def merge(path: Path, clock: Clock, story: str, into: str, by: str) -> StoryEdit:
    """Count a story's posts under another one. Raises InputError and StorageError."""
    with _opened(path, clock) as store:
        return store.merge_stories(story, into, by)


def split(path: Path, clock: Clock, story: str, words: str, title: str, by: str) -> StoryEdit:
    """Move the posts that hold all of `words` into a new story. Raises InputError and StorageError."""
    with _opened(path, clock) as store:
        chosen = [post.id for post in store.search(words, story=story, limit=MOST_POSTS)] if words.strip() else []
        return store.split_story(story, chosen, by, retell=retell, title=title)


@contextmanager
def _opened(path: Path, clock: Clock) -> Iterator[Store]:
    store = open_store(path, clock)
    try:
        yield store
    finally:
        store.close()
