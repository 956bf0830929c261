"""What several test folders share: where the shared data may lie, and a clock that stands still."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from groundswell.clock import SettableClock

ROOT = Path(__file__).parent.parent


@pytest.fixture
def noon() -> SettableClock:
    return SettableClock(datetime(2026, 3, 2, 12, tzinfo=UTC))


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compiled readers are kept in a folder of this run, never in that of the person who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
        yield
