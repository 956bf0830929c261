"""From trained weights to what ships: an int8 OpenVINO graph, its tokenizer and its card. Needs the extra `train`."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import nncf
import openvino
import torch
from torch import Tensor, nn
from transformers import BertConfig

from models.card import revision as revision
from models.card import write_card as write_card
from models.network import SIZES, Reader
from models.tokenise import Tokens, batches
from models.weights import GRAPH, TOKENIZER

OUTPUTS = (*SIZES, "embedding", "states")


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
