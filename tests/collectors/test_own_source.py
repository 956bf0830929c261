"""The page docs/own-source.md is true: its code is laid out as an installed package, found, checked and run."""

import asyncio
import json
import re
import sys
from pathlib import Path

import pytest

from groundswell import plugins, recordings
from groundswell.config import plugin_options, read_config

PAGE = Path(__file__).parents[2] / "docs" / "own-source.md"
FENCE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def blocks(language):
    return [text for kind, text in FENCE.findall(PAGE.read_text(encoding="utf-8")) if kind == language]


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """What pip would lay into site-packages: the module, and the metadata with the entry point of the page."""
    source, tests = blocks("python")
    package = tmp_path / "site" / "complaints"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "source.py").write_text(source, encoding="utf-8")
    points = re.search(r'entry-points\."(.+?)"\]\n(\w+) = "(.+?)"', blocks("toml")[0])
    about = tmp_path / "site" / "complaints-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: complaints\nVersion: 1\n")
    (about / "entry_points.txt").write_text(f"[{points[1]}]\n{points[2]} = {points[3]}\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield tests
    for name in [name for name in sys.modules if name.partition(".")[0] == "complaints"]:
        del sys.modules[name]


def test_it_has_40_lines_and_is_found_by_its_entry_point(installed):
    code = [line for line in blocks("python")[0].splitlines() if line.strip() and not line.strip().startswith('"""')]
    assert len(code) <= 40
    assert "complaints" in plugins.names("groundswell.collectors")
    assert plugins.load("groundswell.collectors", "complaints").name == "complaints"


def test_its_own_tests_hold(installed):
    names = {}
    exec(compile(installed, "own-source.md", "exec"), names)
    names["test_complaints"]()


def test_it_parses_and_its_configuration_is_read(installed, tmp_path):
    recorded = tmp_path / "answer.json"
    recorded.write_text('{"complaints": [{"id": 8, "said": "It leaks", "at": "2026-11-18T09:00:00Z"}]}')
    (row,) = recordings.parse("complaints", recorded)
    assert [(post["id"], post["text"]) for post in row["posts"]] == [("8", "It leaks")]
    config = tmp_path / "groundswell.toml"
    config.write_text('[[brands]]\nname = "A"\nany = ["a"]\n' + blocks("toml")[1], encoding="utf-8")
    (source,) = read_config(config).sources
    assert plugin_options(config, "groundswell.collectors", source)["url"] == "https://desk.example.com"


def test_it_walks_the_desk_and_goes_on_where_it_stopped(installed, site, door, time, reply):
    said = [{"id": n, "said": f"complaint {n}", "at": "2026-11-18T09:00:00Z"} for n in range(1, 26)]

    def desk(request):
        after = int(request.query["after"])
        return reply(json.dumps({"complaints": [c for c in said if c["id"] > after][:10]}))

    site.play("/complaints", desk)

    async def main():
        async with site, door(site) as http:
            source = plugins.load("groundswell.collectors", "complaints")(
                http, time.clock, url=site.url(), token="reader-token"
            )
            first = [page async for page in source.pages({})]
            said.append({"id": 26, "said": "one more", "at": "2026-11-18T10:00:00Z"})
            return first, [page async for page in source.pages(first[-1].cursor)]

    first, second = asyncio.run(main())
    assert [p.external_id for page in first for p in page.posts] == [str(n) for n in range(1, 26)]
    assert [p.external_id for page in second for p in page.posts] == ["26"]
    assert site.asked[0].headers["Authorization"] == "Bearer reader-token"
