"""What a run of training sees: the recipe, the rows drawn by it, and the batches they are cut into.

A source that does not label something gives no gradient for it. Batches are sorted by length, so padding costs little.
Every draw comes from `seed`, so that a resumed run sees exactly the batches an unbroken one would have seen.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from groundswell.errors import InputError
from models import readings
from models.draws import DRAWS_OF
from models.rows import BINARY, Row, read_rows
from models.tokenise import open_tokenizer

AUTHORED = Path(__file__).parent / "authored"
"""Posts written and labelled for training by this project."""

Batch = dict[str, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Every knob of a run, each with its reason; it travels into the card."""

    seed: int = 11
    draws: str = "first"  # which of DRAWS_OF says how often each source is drawn
    scale: float = 1.0  # share of DRAWS to use: 1.0 is about 123,000 rows
    steps: int = 1700  # batches of the plan to train on: an hour or two on two plain cores
    max_tokens: int = 80  # 64 to 256 tokens differ by a point on hotel reviews; cost grows with length
    batch_tokens: int = 1800  # about 48 posts: the size the learning rate was chosen for
    rate: float = 1.5e-4
    head_rate: float = 1e-3  # heads are new; at the encoder's rate they stay behind a bag of words
    frozen_layers: int = 4  # the lowest carry general word knowledge; freezing them saves a third of the time
    keep_weight: float = 4.0  # keeps the embedding near the frozen one, else story grouping decays
    keep_every: int = 4  # the keep term costs a second forward pass: pay for it on every fourth batch
    warmup: float = 0.04
    weight_decay: float = 0.01
    stop: int = 0  # batch of the plan to stop at; 0: the last
    average: float = 0.0  # decay of the exponential moving average of weights that is kept; 0: the weights themselves
    dropout: float = 0.0  # of the encoder's hidden states: after four passes it knew its own posts too well
    binary_weight: float = 0.4  # how far a two-class source may teach that a review is not neutral


def load_tokenizer(base: Path, max_tokens: int) -> Tokenizer:
    """The checkpoint's tokenizer, cutting at `max_tokens`; padding is the batch's business. Raises ModelError."""
    tokenizer = open_tokenizer(base / "tokenizer.json", "give --base the folder of a whole checkpoint")
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def draw(files: Sequence[Path], recipe: Recipe) -> Iterator[Row]:
    """Yield each source's share of one pass: whole repeats first, then a random remainder."""
    draws = DRAWS_OF[recipe.draws]
    said = readings.load()
    again: list[Row] = []
    for path in files:
        rows = list(read_rows(path))
        again += readings.read_again(rows, said)
        yield from _share(rows, draws.get(rows[0].source, len(rows)), path.name, recipe)
    if again:
        yield from _share(again, draws.get(readings.SOURCE, 0), readings.SOURCE, recipe)


def _share(rows: list[Row], wanted: int, name: str, recipe: Recipe) -> Iterator[Row]:
    whole, rest = divmod(round(wanted * recipe.scale), len(rows))
    yield from rows * whole
    yield from random.Random(f"{recipe.seed}:{name}").sample(rows, rest)


def plan(rows: list[Row], tokenizer: Tokenizer, recipe: Recipe) -> list[Batch]:
    """Shuffle, sort by length inside pools of 3,000, cut into batches of about `batch_tokens`, shuffle the batches.

    Raises InputError where there is no row.
    """
    if not rows:
        raise InputError("train", "no post is drawn", "give --data a folder with train-*.jsonl.gz, or a larger --scale")
    chance = random.Random(recipe.seed)
    chance.shuffle(rows)
    encoded = tokenizer.encode_batch([row.text for row in rows])
    ids = [e.ids for e in encoded]
    groups: list[list[int]] = []
    for begin in range(0, len(rows), 3000):
        pool = sorted(range(begin, min(begin + 3000, len(rows))), key=lambda i: len(ids[i]))
        chunk: list[int] = []
        for i in pool:
            if chunk and (len(chunk) + 1) * len(ids[i]) > recipe.batch_tokens:
                groups.append(chunk)
                chunk = []
            chunk.append(i)
        groups.append(chunk)
    chance.shuffle(groups)
    return [collate([rows[i] for i in g], [ids[i] for i in g]) for g in groups]


def collate(rows: Sequence[Row], ids: Sequence[list[int]], pad: int = 1) -> Batch:
    """Stack rows into tensors: ids and mask (batch, tokens), targets and masks (batch, labels)."""
    longest = max(map(len, ids))
    read = torch.tensor([[float(r.read)] for r in rows])
    return {
        "ids": torch.tensor([i + [pad] * (longest - len(i)) for i in ids]),
        "mask": torch.tensor([[1] * len(i) + [0] * (longest - len(i)) for i in ids]),
        "sentiment": torch.tensor([r.sentiment for r in rows]),
        "binary": torch.tensor([r.source in BINARY for r in rows]),
        "topics": torch.tensor([r.topics for r in rows]),
        "topics_mask": torch.tensor([r.topics_mask for r in rows]),
        "service": torch.tensor([r.service for r in rows]),
        "service_mask": read.expand(-1, len(rows[0].service)),
        "signals": torch.tensor([r.signals for r in rows]),
        "signals_mask": read.expand(-1, len(rows[0].signals)),
    }
