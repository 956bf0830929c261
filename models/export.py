"""From trained weights to what ships: an int8 OpenVINO graph, its tokenizer and its card. Needs the extra `train`."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import nncf
import openvino
import torch
from torch import Tensor, nn
from transformers import BertConfig

from models.network import SIZES, Reader
from models.tokenise import Tokens, batches
from models.weights import GRAPH, TOKENIZER

OUTPUTS = (*SIZES, "embedding")


class _Flat(nn.Module):
    """The reader with a tuple of outputs in the order of OUTPUTS, as a graph wants it."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
        out = self.reader(ids, mask)
        return tuple(out[name] for name in OUTPUTS)


def load_trained(trained: Path, base: Path) -> Reader:
    """The network with weights saved by `train` (final file or checkpoint)."""
    reader = Reader(BertConfig.from_pretrained(base, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0))
    reader.load_state_dict(torch.load(trained, weights_only=True)["model"])
    return reader.eval()


def export(reader: Reader, base: Path, sample: Sequence[str], out: Path, *, quantise: bool = True) -> Path:
    """Write graph and tokenizer to `out`; `sample` are training posts that set the int8 activation ranges."""
    out.mkdir(parents=True, exist_ok=True)
    example = (torch.ones(2, 8, dtype=torch.int64), torch.ones(2, 8, dtype=torch.int64))
    graph = openvino.convert_model(_Flat(reader), example_input=example)
    graph.reshape({0: [-1, -1], 1: [-1, -1]})
    for port, name in zip(graph.inputs, ("ids", "mask"), strict=True):
        port.get_tensor().set_names({name})
    for port, name in zip(graph.outputs, OUTPUTS, strict=True):
        port.get_tensor().set_names({name})
    if quantise:
        feed = [{"ids": b.ids, "mask": b.mask} for b in batches(Tokens(base / TOKENIZER).windows(sample), 1)]
        graph = nncf.quantize(
            graph,
            nncf.Dataset(feed),
            model_type=nncf.ModelType.TRANSFORMER,
            preset=nncf.QuantizationPreset.MIXED,
            subset_size=len(feed),
        )
    openvino.save_model(graph, out / GRAPH, compress_to_fp16=quantise)
    shutil.copyfile(base / TOKENIZER, out / TOKENIZER)
    return out


def revision(folder: Path) -> str:
    """First eight hex digits of the hash over graph, weights, tokenizer and calibration: what made a prediction."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in {".xml", ".bin", ".json"} and path.name != "card.json":
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def write_card(folder: Path, facts: dict[str, object]) -> None:
    """Store what a reader of the weights must know, for machines; models/weights/README.md is for people."""
    text = json.dumps(facts | {"revision": revision(folder)}, indent=1, ensure_ascii=False)
    (folder / "card.json").write_text(text + "\n", encoding="utf-8")
