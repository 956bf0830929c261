"""What training starts from: a checkpoint without a part, and data of which nothing is drawn, are refused by name."""

import shutil
from pathlib import Path

import pytest

from groundswell.errors import InputError, ModelError
from models import weights

pytest.importorskip("torch", reason="the extra `train` is not installed")

from transformers import BertConfig, BertModel

from models.network import Reader
from models.plan import Recipe, load_tokenizer, plan

pytestmark = pytest.mark.train


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = tmp_path / "checkpoint"
    config = BertConfig(
        vocab_size=9, hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4, pad_token_id=1
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    shutil.copyfile(weights.HERE / weights.TOKENIZER, folder / weights.TOKENIZER)
    return folder


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
@pytest.mark.parametrize("content", [None, b"", b"{cut short"])
def test_a_checkpoint_with_a_part_missing_or_damaged_is_refused_by_name(
    checkpoint: Path, file: str, content: bytes | None
) -> None:
    Reader.from_base(checkpoint)
    (checkpoint / file).unlink()
    if content is not None:
        (checkpoint / file).write_bytes(content)
    with pytest.raises(ModelError, match="checkpoint cannot be loaded"):
        Reader.from_base(checkpoint)


def test_a_run_of_which_no_post_is_drawn_is_refused(checkpoint: Path) -> None:
    with pytest.raises(InputError, match="no post is drawn"):
        plan([], load_tokenizer(checkpoint, 32), Recipe())
    with pytest.raises(ModelError, match=r"tokenizer\.json is missing"):
        load_tokenizer(checkpoint / "nope", 32)
