"""Hugging Face classifiers of a few thousand random weights, made on the spot; nothing is fetched."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models import weights

NAMES = {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}
LABELS = {"LABEL_0": "positive", "LABEL_1": "neutral", "LABEL_2": "negative"}


def bert(path: Path, names: Mapping[int, str] = NAMES, **settings: Any) -> Path:
    """A BERT classifier with the shipped tokenizer, written to `path`; `settings` go into its configuration."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    torch.manual_seed(0)
    usual = {
        "vocab_size": 48068, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 48, "max_position_embeddings": 140, "pad_token_id": 1, "id2label": dict(names),
    }  # fmt: skip
    BertForSequenceClassification(BertConfig(**usual | settings)).save_pretrained(path)
    PreTrainedTokenizerFast(
        tokenizer_file=str(weights.HERE / weights.TOKENIZER), bos_token="<s>", eos_token="</s>", cls_token="<s>",
        sep_token="</s>", pad_token="<pad>", unk_token="<unk>",
    ).save_pretrained(path)  # fmt: skip
    return path
