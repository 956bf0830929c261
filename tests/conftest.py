"""What several test folders share: where the shared data may lie, and a clock that stands still."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from groundswell.clock import SettableClock

ROOT = Path(__file__).parent.parent


@pytest.fixture
def noon() -> SettableClock:
    return SettableClock(datetime(2026, 3, 2, 12, tzinfo=UTC))
