import inspect
import re
from pathlib import Path

import pytest

from groundswell import plugins
from groundswell.config import read_config

SOURCES = plugins.BUILT_IN["groundswell.collectors"]

DOCS = Path(__file__).parents[2] / "docs"
HEADS = ("Key and scopes", "Cost and limits", "Terms", "Collected", "Not collected")
FOR_TESTS = ("base", "firebase", "reddit_url", "oauth_url", "token_url")


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_and_each_of_its_options_is_documented(name):
    cls = plugins.load("groundswell.collectors", name)
    page = (DOCS / "sources.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
    for option in inspect.signature(cls).parameters.values():
        is_ours = option.name in FOR_TESTS
        if option.kind is option.KEYWORD_ONLY and not is_ours and not option.name.startswith("backfill"):
            assert f"`{option.name}`" in row, f"{name}: {option.name}"


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_has_a_page_whose_example_is_a_right_configuration(name, tmp_path):
    page = (DOCS / "sources" / f"{name}.md").read_text(encoding="utf-8")
    for head in HEADS:
        assert re.search(rf"^\*\*{head}\.\*\* \S", page, re.MULTILINE), f"{name}: {head}"
    example = re.search(r"```toml\n(.*?)```", page, re.DOTALL).group(1)
    config = tmp_path / "groundswell.toml"
    config.write_text('[[brands]]\nname = "Example"\nany = ["example"]\n' + example, encoding="utf-8")
    (source,) = read_config(config).sources
    assert source.type == name
