"""What a killed run of training goes on from: weights, optimiser, chance, precision, and which run it was."""

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from groundswell.errors import InputError
from models.network import Reader
from models.plan import Batch, Recipe

log = logging.getLogger(__name__)


def identity(recipe: Recipe, batches: Sequence[Batch], base: Reader, start: Path | None) -> dict[str, Any]:
    """What makes two runs the same: the recipe, and hashes of all batches, the base's weights and the start's file."""
    return {
        "recipe": asdict(recipe),
        "data": _digest(tensor for batch in batches for _, tensor in sorted(batch.items())),
        "base": _digest(base.encoder.state_dict().values()),
        "start": hashlib.sha256(start.read_bytes()).hexdigest() if start else "",
    }


def _digest(tensors: Iterable[Tensor]) -> str:
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.cpu().numpy().tobytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The file at `path`, which run it is of (see `identity`), and the parts that training changes."""

    path: Path
    run: Mapping[str, Any]
    reader: Reader
    averaged: AveragedModel | None
    optimiser: torch.optim.AdamW

    def save(self, step: int, bf16: bool) -> None:
        """Keep everything as it is before batch `step`; `bf16` is the precision of products."""
        partial = self.path.with_suffix(".partial")
        torch.save(
            {
                "run": dict(self.run),
                "model": self.reader.state_dict(),
                "averaged": self.averaged.state_dict() if self.averaged else None,
                "optimiser": self.optimiser.state_dict(),
                "step": step,
                "bf16": bf16,
                "chance": torch.get_rng_state(),
                "cuda_chance": torch.cuda.get_rng_state_all(),
            },
            partial,
        )
        partial.replace(self.path)  # atomic: a kill leaves the old checkpoint or the new one

    def load(self) -> tuple[int, bool] | None:
        """Put everything back; returns the next batch and whether products are in bf16, None where nothing is kept.

        Raises InputError when what is kept is of another run.
        """
        if not self.path.exists():
            return None
        saved = torch.load(self.path, map_location="cpu", weights_only=True)
        held = saved.get("run", {})
        other = [name for name, value in self.run.items() if held.get(name) != value]
        if other:
            problem = f"holds the checkpoint of a run with another {', '.join(other)}"
            raise InputError(str(self.path.parent), problem, "name a new folder, or delete this one to begin anew")
        self.reader.load_state_dict(saved["model"])
        if self.averaged:
            self.averaged.load_state_dict(saved["averaged"])
        self.optimiser.load_state_dict(saved["optimiser"])
        torch.set_rng_state(saved["chance"])
        if torch.cuda.is_available():
            torch.cuda.set_rng_state_all(saved["cuda_chance"])
        log.info("train resumed step=%d bf16=%s", saved["step"], saved["bf16"])
        return int(saved["step"]), bool(saved["bf16"])
