"""Which Hugging Face classifiers the torch backend reads and which it refuses, on tiny networks of random weights."""

from pathlib import Path
from typing import Any

import pytest

from groundswell.errors import ModelError
from groundswell.types import Sentiment
from tests.models.tiny import LABELS, NAMES, bert

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

import transformers as hf  # noqa: E402 (after the skip)

from models.torch_reader import TorchReader  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
SMALL = {
    "vocab_size": 48068, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2,
    "intermediate_size": 48, "max_position_embeddings": 140, "pad_token_id": 1,
}  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "Bert": SMALL,
    "Roberta": SMALL,
    "XLMRoberta": SMALL,
    "DistilBert": {"vocab_size": 48068, "dim": 24, "n_layers": 2, "n_heads": 2, "hidden_dim": 48, "pad_token_id": 1},
    "GPT2": {"vocab_size": 48068, "n_embd": 24, "n_layer": 2, "n_head": 2, "pad_token_id": 1},
}
TEXTS = ["ok", "The kettle broke after a week and nobody answers.", "Fine. " * 200, "水壶很好用"]


def make(path: Path, kind: str, **settings: Any) -> Path:
    """A classifier of this kind, its tokenizer the shipped one."""
    bert(path)
    torch.manual_seed(0)
    config = getattr(hf, f"{kind}Config")(id2label=NAMES, **KINDS.get(kind, {}) | settings)
    getattr(hf, f"{kind}ForSequenceClassification")(config).save_pretrained(path)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_is_read_alike_alone_and_in_a_batch(tmp_path: Path, kind: str) -> None:
    reader = TorchReader(make(tmp_path, kind), labels=LABELS)
    for text, said in zip(TEXTS, reader.predict(TEXTS), strict=True):
        alone = reader.predict([text])[0]
        assert [alone.sentiment[s] for s in Sentiment] == pytest.approx(
            [said.sentiment[s] for s in Sentiment], abs=1e-4
        )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"problem_type": "regression"}, "regression"),
        ({"num_labels": 1, "id2label": {0: "LABEL_0"}}, "regression"),
        ({"problem_type": "multi_label_classification"}, "multi-label"),
        ({"vocab_size": 1000}, "more words than its weights"),
        ({"max_position_embeddings": 8}, "8 tokens at once"),
    ],
)
def test_a_head_or_size_that_does_not_fit_is_refused(tmp_path: Path, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        TorchReader(bert(tmp_path / "m", **settings), labels=LABELS)
    assert str(tmp_path) in str(caught.value)
    assert caught.value.hint


def test_an_untrained_head_is_refused(tmp_path: Path) -> None:
    bert(tmp_path)
    config = hf.BertConfig.from_pretrained(tmp_path)
    hf.BertModel(config).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=r"no trained weights for classifier\.bias"):
        TorchReader(tmp_path, labels=LABELS)


def test_an_encoder_with_a_decoder_is_refused(tmp_path: Path) -> None:
    small = {"d_model": 24, "encoder_layers": 1, "decoder_layers": 1, "vocab_size": 48068, "pad_token_id": 1}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 8, "decoder_ffn_dim": 8}
    with pytest.raises(ModelError, match="encoder and a decoder"):
        TorchReader(make(tmp_path, "Bart", **small, **heads), labels=LABELS)


def test_tokenizers_that_are_slow_or_cannot_pad_are_refused(tmp_path: Path) -> None:
    bert(tmp_path)
    tokens = hf.PreTrainedTokenizerFast.from_pretrained(tmp_path)
    tokens.pad_token = None
    tokens.save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="without a pad token"):
        TorchReader(tmp_path, labels=LABELS)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).unlink()
    hf.CanineTokenizer().save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="no fast tokenizer"):
        TorchReader(tmp_path, labels=LABELS)


def test_weights_cut_short_are_named(tmp_path: Path) -> None:
    bert(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match="cannot be loaded"):
        TorchReader(tmp_path, labels=LABELS)


def test_what_reads_padding_too_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = TorchReader._forward

    def leaking(self: TorchReader, ids: list[list[int]]) -> Any:
        return {name: values + len(ids) for name, values in forward(self, ids).items()}

    monkeypatch.setattr(TorchReader, "_forward", leaking)
    with pytest.raises(ModelError, match="differently beside a longer one"):
        TorchReader(bert(tmp_path), labels=LABELS)
