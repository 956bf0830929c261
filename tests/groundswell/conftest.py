import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from groundswell.assemble import Parts, assemble
from groundswell.clock import SettableClock
from groundswell.types import Post, Query
from tests.groundswell.commands import CONFIG, Run, call
from tests.groundswell.keyword_reader import KeywordReader

ACME = Query(brand="Acme", any_terms=("acme",))
BETA = Query(brand="Beta", any_terms=("beta",))
_ADJECTIVES = (
    "blue",
    "loud",
    "small",
    "heavy",
    "round",
    "cheap",
    "shiny",
    "warm",
    "slow",
    "thin",
    "old",
    "new",
    "soft",
)
_THINGS = ("lid", "cable", "box", "manual", "colour", "handle", "filter", "button", "stand", "cup", "spout", "base")


def everyday(end: datetime, days: int = 7, count: int = 400, seed: int = 1) -> list[Post]:
    """Posts of ordinary days: some bad, about different things, no story among them."""
    chance = random.Random(seed)
    return [
        Post(
            source=chance.choice(("forum", "shop")),
            external_id=f"e{i}",
            text=" ".join(
                [
                    "acme",
                    chance.choice(_ADJECTIVES),
                    chance.choice(_THINGS),
                    "bad" if chance.random() < 0.25 else "fine",
                    chance.choice(_ADJECTIVES),
                    chance.choice(_THINGS),
                    f"n{i}",
                ]
            ),
            created_at=end - timedelta(days=days * (1 - i / count)),
            author=f"a{chance.randrange(200)}",
        )
        for i in range(count)
    ]


def outbreak(end: datetime, count: int = 60, minutes: float = 90, seed: int = 2) -> list[Post]:
    """Different people report, each in words of their own, that a kettle melted; faster and faster up to `end`."""
    chance = random.Random(seed)
    posts = []
    for i in range(count):
        extra = " ".join(chance.sample(_ADJECTIVES + _THINGS, 7))
        posts.append(
            Post(
                source=("forum", "social")[i % 2],
                external_id=f"o{i}",
                author=f"z{i}",
                text=f"acme kettle melted smoke bad {extra} {chance.randrange(10**6)}",
                created_at=end - timedelta(minutes=minutes * (1 - (i + 1) / count) ** 2),
            )
        )
    return posts


@pytest.fixture
def make_parts(tmp_path: Path) -> Iterator[Callable[[SettableClock], Parts]]:
    made: list[Parts] = []

    def make(clock: SettableClock) -> Parts:
        made.append(
            assemble(
                store_path=tmp_path / "store.db", queries=[ACME, BETA], key=b"test", clock=clock, reader=KeywordReader()
            )
        )
        return made[-1]

    yield make
    for parts in made:
        parts.store.close()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "groundswell.toml").write_text(CONFIG, encoding="utf-8")
    return lambda *args: call(capsys, monkeypatch, *map(str, args))
