import pytest

from tests.trends.scenes import DAYS, ordinary, rng


@pytest.fixture(scope="module")
def days():
    """Ordinary days of a mid-sized brand, up to the end of that of CRISIS_AT."""
    return ordinary(DAYS + 1, 60, rng=rng())
