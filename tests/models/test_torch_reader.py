"""The torch backend on a tiny, randomly initialised classifier made here; nothing is fetched."""

from pathlib import Path

import numpy as np
import pytest

from groundswell.errors import ModelError
from groundswell.types import Sentiment
from models.readers import open_reader
from tests.models.tiny import LABELS, NAMES, bert

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from transformers import BertForSequenceClassification, PreTrainedTokenizerFast  # noqa: E402

from models.torch_reader import TorchReader, columns  # noqa: E402 (after the skip)

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
TEXTS = ["The kettle broke after a week and nobody answers.", "水壶很好用，推荐。", "ok", "Fine. " * 200]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bert(tmp_path_factory.mktemp("hf"))


@pytest.fixture(scope="module")
def reader(folder: Path) -> TorchReader:
    return TorchReader(folder, labels=LABELS)


def test_it_says_what_the_network_says(folder: Path, reader: TorchReader) -> None:
    network = BertForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    for text in TEXTS[:3]:
        with torch.no_grad():
            p = network(**tokenizer(text, return_tensors="pt")).logits.softmax(1)[0].numpy()
        said = reader.predict([text], ["en"])[0]
        assert said.scored
        found = [said.sentiment[s] for s in (Sentiment.POSITIVE, Sentiment.NEUTRAL, Sentiment.NEGATIVE)]
        assert found == pytest.approx(p.tolist(), abs=1e-4)


def test_a_batch_and_windows_change_nothing(reader: TorchReader) -> None:
    together = reader.predict(TEXTS, ["en", "zh", "en", "en"])
    for text, lang, expected in zip(TEXTS, ["en", "zh", "en", "en"], together, strict=True):
        alone = reader.predict([text], [lang])[0]
        assert [alone.sentiment[s] for s in Sentiment] == pytest.approx(
            [expected.sentiment[s] for s in Sentiment], abs=1e-4
        )
    assert sum(together[3].sentiment.values()) == pytest.approx(1.0)


def test_the_interface_is_the_shipped_readers(reader: TorchReader) -> None:
    said = reader.predict(["", "Всё сломалось и никто не отвечает", "fine thing"])
    assert [p.scored for p in said] == [False, False, True]
    assert said[0].reason == "empty"
    vector = np.frombuffer(said[2].embedding, dtype=np.float16).astype(float)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-2)
    assert reader.predict([]) == []


def test_a_long_text_is_bounded(reader: TorchReader) -> None:
    assert sum(len(b) for b in reader._batches(["word " * 200_000])) <= 8


def test_labels_come_from_names_or_from_the_configuration() -> None:
    assert columns({0: "NEG", 1: "Positive"}, None) == [Sentiment.NEGATIVE, Sentiment.POSITIVE]
    stars = {"1 star": "negative", "2 stars": "negative", "3 stars": "neutral", "4 stars": "pos", "5 stars": "positive"}
    assert columns(dict(enumerate(stars)), stars).count(Sentiment.NEGATIVE) == 2
    with pytest.raises(ModelError, match="LABEL_0") as caught:
        columns(NAMES, None)
    assert "model.labels" in caught.value.hint


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        open_reader(tmp_path, backend="torch")
    with pytest.raises(ModelError, match="ships no weights"):
        open_reader(backend="torch")


@pytest.mark.parametrize(
    ("names", "labels", "said"),
    [
        ({0: "negative", 1: "neutral"}, None, "no output means positive"),
        ({0: "negligible", 1: "positive"}, None, "'negligible' has no known meaning"),
        ({0: "negative", 1: "positive"}, {"LABEL_9": "neutral"}, "'LABEL_9', no output"),
    ],
)
def test_outputs_that_cannot_be_mapped_are_named(
    names: dict[int, str], labels: dict[str, str] | None, said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        columns(names, labels)
