"""What the program sees of stories in the store, and what people do to them; every method one transaction."""

from collections.abc import Sequence
from datetime import datetime

from groundswell.types import Post
from storage import reads, story_edits
from storage.alert_store import AlertStore
from storage.records import Retell, StoredStory, StoryEdit


class StoryStore(AlertStore):
    """The part of a store that remembers stories."""

    def stories(self, brand: str | None = None, since: datetime | None = None) -> list[StoredStory]:
        """Read the stories that had a post at or after `since`, oldest first; merged ones say into which."""
        with self._file.read() as connection:
            return reads.read_stories(connection, brand, since)

    def copied(self, brand: str, limit: int) -> list[tuple[Post, int]]:
        """Read a brand's newest `limit` posts whose text can be told from others, with its `copy_of`, oldest first."""
        with self._file.read() as connection:
            return reads.copied(connection, brand, limit)

    def title(self, story: str) -> str:
        """Read what a story is called; "" for one that is not stored."""
        with self._file.read() as connection:
            return reads.title(connection, story)

    def story_edits(self, after: int = 0, story: str | None = None) -> list[StoryEdit]:
        """Read what people did after edit number `after`, in order; to one story when it is named."""
        with self._file.read() as connection:
            return story_edits.read_edits(connection, after, story)

    def last_edit(self) -> int:
        """Read the number of the last edit, 0 before the first."""
        with self._file.read() as connection:
            return story_edits.newest(connection)

    def rename_story(self, story: str, title: str, by: str) -> StoryEdit:
        """Give a story a person's title, which the machine leaves alone. Raises InputError."""
        with self._file.write() as connection:
            return story_edits.rename(connection, story, title, by, self._clock())

    def merge_stories(self, story: str, into: str, by: str) -> StoryEdit:
        """Count all posts of `story` under `into`, where its id leads from now on; its incident goes along.

        Raises InputError for stories that are unknown, merged away, the same, or about two brands.
        """
        with self._file.write() as connection:
            return story_edits.merge(connection, story, into, by, self._clock())

    def split_story(self, story: str, posts: Sequence[int], by: str, *, retell: Retell, title: str = "") -> StoryEdit:
        """Move posts, with the answers to them, into a new story; `retell` describes both anew.

        Raises InputError for posts that are not in it, and unless some but not all would go.
        """
        with self._file.write() as connection:
            return story_edits.split(connection, story, posts, title, by, self._clock(), retell)
