import inspect
from pathlib import Path

import pytest

from groundswell import plugins

SOURCES = plugins.BUILT_IN["groundswell.collectors"]

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_and_each_of_its_options_is_documented(name):
    module, _, attribute = SOURCES[name].partition(":")
    cls = getattr(__import__(module, fromlist=[attribute]), attribute)
    row = next(line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{name}` |"))
    for option in inspect.signature(cls).parameters.values():
        is_ours = option.name in ("base", "firebase", "reddit_url", "oauth_url")  # for tests only
        if option.kind is option.KEYWORD_ONLY and not is_ours and not option.name.startswith("backfill"):
            assert f"`{option.name}`" in row, f"{name}: {option.name}"
