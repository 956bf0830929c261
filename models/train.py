"""One readable training loop for the reader; resumes after a kill with the same data order.

    groundswell train --data DIR --base DIR --out DIR

A source that does not label something gives no gradient for it. Batches are sorted by length, so padding costs little.
Every draw comes from `seed`, so that a resumed run sees exactly the batches an unbroken one would have seen.
"""

import dataclasses
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from groundswell.clock import stopwatch
from groundswell.errors import InputError
from models.draws import DRAWS_OF
from models.network import Reader, loss
from models.rows import Row, read_rows

log = logging.getLogger(__name__)

AUTHORED = Path(__file__).parent / "authored"
"""Posts written and labelled for training by this project."""

BINARY = frozenset({"chnsenticorp", "online_shopping_10", "waimai_10k", "htl_all", "eprstmt"})
"""Sources that know only negative and positive."""


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


def train(
    data: Path, base: Path, out: Path, recipe: Recipe, *, save_every_s: float = 300.0, start: Path | None = None
) -> Path:
    """Train on `data`'s train-*.jsonl.gz from checkpoint `base`; returns the file of the final weights.

    `start` are weights of an earlier run to go on from; its feature scale is kept.

    Raises InputError when a folder lacks what it must hold.
    """
    files = sorted(data.glob("train-*.jsonl.gz"))
    if not files:
        raise InputError(str(data), "holds no train-*.jsonl.gz", "give --data the folder of labelled posts")
    files += sorted(AUTHORED.glob("*.jsonl"))
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    tokenizer = load_tokenizer(base, recipe.max_tokens)
    batches = plan(list(draw(files, recipe)), tokenizer, recipe)[: recipe.steps]
    reader = Reader.from_base(base, recipe.dropout)
    frozen = Reader.from_base(base).eval()
    if start:
        reader.load_state_dict(torch.load(start, weights_only=True)["model"])
    else:
        standardise(reader, batches[:: max(1, len(batches) // 40)])
    optimiser = build_optimiser(reader, recipe)
    averaged = AveragedModel(reader, multi_avg_fn=get_ema_multi_avg_fn(recipe.average)) if recipe.average else None
    state = out / "checkpoint.pt"
    begin = _resume(state, reader, averaged, optimiser)
    _run(reader, averaged, frozen, optimiser, batches, begin, recipe, state, save_every_s)
    final = out / "reader.pt"
    kept = averaged.module if averaged else reader
    torch.save({"model": kept.state_dict(), "recipe": dataclasses.asdict(recipe), "batches": len(batches)}, final)
    return final


def load_tokenizer(base: Path, max_tokens: int) -> Tokenizer:
    """The checkpoint's tokenizer, cutting at `max_tokens`; padding is the batch's business."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def draw(files: Sequence[Path], recipe: Recipe) -> Iterator[Row]:
    """Yield each source's share of one pass: whole repeats first, then a random remainder."""
    for path in files:
        rows = list(read_rows(path))
        chance = random.Random(f"{recipe.seed}:{path.name}")
        wanted = round(DRAWS_OF[recipe.draws].get(rows[0].source, len(rows)) * recipe.scale)
        whole, rest = divmod(wanted, len(rows))
        yield from rows * whole
        yield from chance.sample(rows, rest)


Batch = dict[str, Tensor]


def plan(rows: list[Row], tokenizer: Tokenizer, recipe: Recipe) -> list[Batch]:
    """Shuffle, sort by length inside pools of 3,000, cut into batches of about `batch_tokens`, shuffle the batches."""
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


def standardise(reader: Reader, batches: Sequence[Batch]) -> None:
    """Set the reader's feature mean and scale from a sample of the training posts."""
    with torch.no_grad():
        pooled = torch.cat([reader.pool(b["ids"], b["mask"])[0] for b in batches])
    reader.mean.copy_(pooled.mean(0))
    reader.scale.copy_(pooled.std(0).clamp(min=1e-3))


def build_optimiser(reader: Reader, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW over what is trained: upper layers at `rate`, heads at `head_rate`."""
    for part in (reader.encoder.embeddings, *reader.encoder.encoder.layer[: recipe.frozen_layers]):
        part.requires_grad_(False)
    upper = [p for p in reader.encoder.parameters() if p.requires_grad]
    return torch.optim.AdamW(
        [{"params": upper, "peak": recipe.rate}, {"params": list(reader.heads.parameters()), "peak": recipe.head_rate}],
        lr=recipe.rate,
        weight_decay=recipe.weight_decay,
        foreach=True,
    )


def rate_at(step: int, steps: int, warmup: float) -> float:
    """Share of the peak rate at `step`: linear up, then linear down to zero."""
    rise = max(1, round(steps * warmup))
    return (step + 1) / rise if step < rise else (steps - step) / (steps - rise)


def _run(
    reader: Reader,
    averaged: AveragedModel | None,
    frozen: Reader,
    optimiser: torch.optim.AdamW,
    batches: Sequence[Batch],
    start: int,
    recipe: Recipe,
    state: Path,
    save_every_s: float,
) -> None:
    reader.train()
    began = saved = stopwatch()
    mean_loss = 0.0
    end = min(recipe.stop or len(batches), len(batches))
    for step in range(start, end):
        batch = batches[step]
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * rate_at(step, len(batches), recipe.warmup)
        out = reader(batch["ids"], batch["mask"])
        total = loss(out, batch, recipe.binary_weight)
        if step % recipe.keep_every == 0:
            with torch.no_grad():
                target = frozen.pool(batch["ids"], batch["mask"])[1]
            total = total + recipe.keep_weight * (1.0 - (out["embedding"] * target).sum(1)).mean()
        optimiser.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_([p for g in optimiser.param_groups for p in g["params"]], 1.0)
        optimiser.step()
        if averaged:
            averaged.update_parameters(reader)
        mean_loss = 0.98 * mean_loss + 0.02 * float(total.detach())
        if step % 25 == 0:
            _progress(step, start, end, mean_loss, stopwatch() - began)
        if stopwatch() - saved > save_every_s:
            _save(state, reader, averaged, optimiser, step + 1)
            saved = stopwatch()
    _save(state, reader, averaged, optimiser, end)


def _progress(step: int, start: int, steps: int, mean_loss: float, elapsed_s: float) -> None:
    left_s = elapsed_s / max(1, step - start) * (steps - step) if step > start else float("nan")
    log.info("train step=%d/%d loss=%.3f elapsed_s=%.0f left_s=%.0f", step, steps, mean_loss, elapsed_s, left_s)


def _save(state: Path, reader: Reader, averaged: AveragedModel | None, optimiser: torch.optim.AdamW, step: int) -> None:
    partial = state.with_suffix(".partial")
    torch.save(
        {
            "model": reader.state_dict(),
            "averaged": averaged.state_dict() if averaged else None,
            "optimiser": optimiser.state_dict(),
            "step": step,
            "chance": torch.get_rng_state(),
        },
        partial,
    )
    partial.replace(state)  # atomic: a kill leaves the old checkpoint or the new one


def _resume(state: Path, reader: Reader, averaged: AveragedModel | None, optimiser: torch.optim.AdamW) -> int:
    if not state.exists():
        return 0
    saved = torch.load(state, weights_only=True)
    reader.load_state_dict(saved["model"])
    if averaged:
        averaged.load_state_dict(saved["averaged"])
    optimiser.load_state_dict(saved["optimiser"])
    torch.set_rng_state(saved["chance"])
    log.info("train resumed step=%d", saved["step"])
    return int(saved["step"])
