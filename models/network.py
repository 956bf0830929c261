"""The multi-task reader: one encoder, four heads, one sentence embedding. Imports torch: training and export only."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from groundswell.errors import ModelError
from models.rows import SENTIMENTS, SERVICES, SIGNALS, TOPICS

SIZES = {"sentiment": len(SENTIMENTS), "topics": len(TOPICS), "service": len(SERVICES), "signals": len(SIGNALS)}
_WHOLE = "give --base the folder of a whole checkpoint"


class Reader(nn.Module):
    """Token ids in, logits of every task and an L2-normalised embedding out."""

    mean: Tensor
    scale: Tensor

    def __init__(self, config: BertConfig, hidden: int = 256, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = BertModel(config, add_pooling_layer=False)
        width = 2 * config.hidden_size
        # Standardising the pooled features keeps the heads from starving: per dimension they deviate by only 0.10
        # around a mean of norm 4.2 (measured on the starting checkpoint).
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))
        self.heads = nn.ModuleDict(
            {
                task: nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, size))
                for task, size in SIZES.items()
            }
        )

    @classmethod
    def from_base(cls, folder: Path, dropout: float = 0.0) -> "Reader":
        """Start from a Hugging Face BERT folder; heads are new. `dropout` is that of hidden states in training.

        Raises ModelError where a part of it is missing or damaged.
        """
        if not (folder / "config.json").is_file():  # without one the library builds a network of its own size
            raise ModelError(f"{folder} cannot be loaded: it holds no config.json", _WHOLE)
        try:
            config = BertConfig.from_pretrained(folder, hidden_dropout_prob=dropout, attention_probs_dropout_prob=0.0)
            reader = cls(config)
            encoder = BertModel.from_pretrained(folder, config=config, add_pooling_layer=False, dtype=torch.float32)
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            raise ModelError(f"{folder} cannot be loaded: {error}", _WHOLE) from error
        reader.encoder.load_state_dict(encoder.state_dict())
        return reader

    def pool(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return pooled features (batch, 2 × width: mean and maximum over tokens), the embedding (batch, width) and
        the tokens' states (batch, tokens, width).
        """
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state  # (batch, tokens, width)
        keep = mask.unsqueeze(-1).to(states.dtype)
        mean = (states * keep).sum(1) / keep.sum(1)
        highest = (states - (1.0 - keep) * 1e4).amax(1)
        return torch.cat([mean, highest], dim=1), nn.functional.normalize(mean, dim=1), states

    def forward(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Return logits by task, each (batch, labels), "embedding" (batch, width), "states" (batch, tokens, width)."""
        pooled, embedding, states = self.pool(ids, mask)
        features = (pooled - self.mean) / self.scale
        return {task: head(features) for task, head in self.heads.items()} | {"embedding": embedding, "states": states}


def loss(out: dict[str, Tensor], batch: dict[str, Tensor], binary_weight: float = 0.4) -> Tensor:
    """Masked multi-task loss: a label its source does not give has no gradient.

    Two-class sources never show neutral, so their cross-entropy is split into -log P(not neutral), at weight
    `binary_weight`, and the choice between the two poles: review sites should not learn "reviews are never neutral".
    """
    return _sentiment_loss(out["sentiment"], batch, binary_weight) + sum(
        (
            factor * _multilabel_loss(out[task], batch[task], batch[f"{task}_mask"], positive)
            for task, factor, positive in (("topics", 0.4, 1.0), ("service", 0.5, 2.0), ("signals", 0.5, 2.0))
        ),
        torch.zeros(()),
    )


def _sentiment_loss(logits: Tensor, batch: dict[str, Tensor], binary_weight: float) -> Tensor:
    target, binary = batch["sentiment"], batch["binary"]
    known = target >= 0
    if not known.any():
        return logits.sum() * 0.0
    logits, target, binary = logits[known], target[known], binary[known]
    log_p = logits.log_softmax(1)
    full = -log_p.gather(1, target.unsqueeze(1)).squeeze(1)
    poles = logits[:, [0, 2]].logsumexp(1) - logits.gather(1, target.unsqueeze(1)).squeeze(1)
    mixed = torch.where(binary, poles + binary_weight * (full - poles), full)
    return mixed.sum() / len(mixed)


def _multilabel_loss(logits: Tensor, target: Tensor, mask: Tensor, positive: float) -> Tensor:
    raw = nn.functional.binary_cross_entropy_with_logits(
        logits, target, reduction="none", pos_weight=logits.new_full((logits.shape[1],), positive)
    )
    rows = (mask.sum(1) > 0).sum().clamp(min=1)
    return (raw * mask).sum() / rows
