"""Since when each brand is watched: from there on, that nothing was said of it is known."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from storage.file import StoreFile
from storage.schema import watermarks

_WATCHED = "watched:"  # before a brand's name, in `watermarks`


class WatchStore:
    """The part of a store that remembers since when brands are watched, each call a transaction of its own."""

    _file: StoreFile

    def watch(self, brands: Iterable[str], at: datetime) -> None:
        """Say that these brands are watched at `at`: since then, or since it was said first."""
        rows = [{"name": f"{_WATCHED}{brand}", "at": at} for brand in brands]
        if rows:
            with self._file.write() as connection:
                connection.execute(insert(watermarks).on_conflict_do_nothing(), rows)

    def watched(self) -> dict[str, datetime]:
        """Read since when each brand is watched; one that never was is missing."""
        wanted = select(watermarks).where(watermarks.c.name.startswith(_WATCHED))
        with self._file.read() as connection:
            return {row.name.removeprefix(_WATCHED): row.at for row in connection.execute(wanted)}
