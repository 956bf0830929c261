"""One readable training loop for the reader; resumes after a kill with the same data order.

    groundswell train --data DIR --base DIR --out DIR

Runs on the GPU where there is one, and in bf16 where the device is faster in it (models/device.py).
"""

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from groundswell.clock import stopwatch
from groundswell.errors import InputError
from models.checkpoint import Checkpoint, identity
from models.device import autocast, device, is_bf16_faster
from models.network import Reader, loss
from models.plan import AUTHORED, Batch, Recipe, draw, load_tokenizer, plan

log = logging.getLogger(__name__)


def train(
    data: Path, base: Path, out: Path, recipe: Recipe, *, save_every_s: float = 300.0, start: Path | None = None
) -> Path:
    """Train on `data`'s train-*.jsonl.gz from checkpoint `base`; returns the file of the final weights.

    `start` are weights of an earlier run to go on from; its feature scale is kept. The file carries the recipes of all
    runs so far; None where `start` does not know its own.

    Raises InputError when a folder lacks what it must hold, or `out` holds the checkpoint of another run.
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
    held = torch.load(start, map_location="cpu", weights_only=True) if start else {"recipes": []}
    if start:
        reader.load_state_dict(held["model"])
    else:
        standardise(reader, batches[:: max(1, len(batches) // 40)])
    reader, frozen = reader.to(device()), frozen.to(device())
    optimiser = build_optimiser(reader, recipe)
    averaged = AveragedModel(reader, multi_avg_fn=get_ema_multi_avg_fn(recipe.average)) if recipe.average else None
    run = identity(recipe, batches, frozen, start)
    checkpoint = Checkpoint(path=out / "checkpoint.pt", run=run, reader=reader, averaged=averaged, optimiser=optimiser)
    _run(checkpoint, frozen, batches, recipe, save_every_s)
    final = out / "reader.pt"
    kept = averaged.module if averaged else reader
    state_dict = {name: tensor.cpu() for name, tensor in kept.state_dict().items()}
    earlier = held.get("recipes")
    recipes = None if earlier is None else [*earlier, dataclasses.asdict(recipe)]
    torch.save({"model": state_dict, "recipes": recipes, "batches": len(batches)}, final)
    return final


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


def _run(checkpoint: Checkpoint, frozen: Reader, batches: Sequence[Batch], recipe: Recipe, save_every_s: float) -> None:
    reader, averaged, optimiser = checkpoint.reader, checkpoint.averaged, checkpoint.optimiser
    reader.train()
    on = device()
    start, bf16 = checkpoint.load() or (0, is_bf16_faster(on))
    precision = autocast(on, bf16)
    began = saved = stopwatch()
    mean_loss = 0.0
    end = min(recipe.stop or len(batches), len(batches))
    for step in range(start, end):
        batch = {name: tensor.to(on) for name, tensor in batches[step].items()}
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * rate_at(step, len(batches), recipe.warmup)
        total = _loss(reader, frozen if step % recipe.keep_every == 0 else None, batch, recipe, precision)
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
            checkpoint.save(step + 1, bf16)
            saved = stopwatch()
    checkpoint.save(end, bf16)


def _loss(
    reader: Reader, frozen: Reader | None, batch: Batch, recipe: Recipe, precision: torch.autocast
) -> torch.Tensor:
    """The masked multi-task loss of a batch; with `frozen`, how far the embedding has moved from its is added."""
    with precision:
        out = reader(batch["ids"], batch["mask"])
    out = {name: tensor.float() for name, tensor in out.items()}
    total = loss(out, batch, recipe.binary_weight)
    if frozen is None:
        return total
    with torch.no_grad(), precision:
        target = frozen.pool(batch["ids"], batch["mask"])[1]
    moved: torch.Tensor = (1.0 - (out["embedding"] * target).sum(1)).mean()
    return total + recipe.keep_weight * moved


def _progress(step: int, start: int, steps: int, mean_loss: float, elapsed_s: float) -> None:
    left_s = elapsed_s / max(1, step - start) * (steps - step) if step > start else float("nan")
    log.info("train step=%d/%d loss=%.3f elapsed_s=%.0f left_s=%.0f", step, steps, mean_loss, elapsed_s, left_s)
