"""What people say of posts, as the program sees it; every method one transaction."""

from collections.abc import Collection

from groundswell.clock import Clock
from groundswell.types import Sentiment
from storage import labels
from storage.file import StoreFile


class LabelStore:
    """The part of a store that remembers what people said of posts."""

    _file: StoreFile
    _clock: Clock

    def correct(self, post_id: int, label: Sentiment | None) -> None:
        """Let a person's label outrank the model's, in the counts too; None takes it back. Raises StorageError."""
        with self._file.write() as connection:
            labels.correct(connection, post_id, label, self._clock())

    def last_label(self) -> int:
        """Read the number of the last label given or taken back, 0 before the first."""
        with self._file.read() as connection:
            return labels.newest(connection)

    def relabelled(self, after: int) -> tuple[int, list[labels.Relabelled]]:
        """Read the next labels after number `after`: the last number read, and the classified posts, in event order."""
        with self._file.read() as connection:
            return labels.relabelled(connection, after)

    def said(self, ids: Collection[int]) -> dict[int, Sentiment]:
        """Read what people said of posts; one nobody labelled is missing."""
        with self._file.read() as connection:
            return labels.said(connection, ids)
