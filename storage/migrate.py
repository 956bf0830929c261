"""Bringing a store file to this program's tables, step by step, in one transaction."""

from pathlib import Path

from sqlalchemy import Connection, text

from groundswell.errors import StorageError
from storage.schema import REVISION

FOLDER = Path(__file__).parent / "migrations"


def upgrade(connection: Connection, path: str) -> None:
    """Run the missing migrations; `connection` must hold the write lock, so that two programs do not both.

    Raises StorageError for a file of another program, or of a newer Groundswell.
    """
    found = revision(connection)
    if found == REVISION:
        return  # the usual case does not load Alembic: a fifth of a second
    if found is None and connection.scalar(text("SELECT count(*) FROM sqlite_schema")):
        raise StorageError(f"{path}: a SQLite file of another program", "give the path of a store, or of a new file")
    _run(connection, found, path)


def revision(connection: Connection) -> str | None:
    """Read which migration a file saw last; None for a file without tables of ours."""
    if not connection.scalar(text("SELECT count(*) FROM sqlite_schema WHERE name = 'alembic_version'")):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _run(connection: Connection, found: str | None, path: str) -> None:
    from alembic import command  # here, because only a new or old file needs it
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StorageError(f"{path}: written by a newer Groundswell (schema {found})", "upgrade Groundswell")
    command.upgrade(config, REVISION)
