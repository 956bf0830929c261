"""Which reader a configuration asks for: the shipped kind (OpenVINO), or a Hugging Face classifier (torch)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from groundswell.errors import ModelError
from groundswell.types import Prediction
from models.predict import Classifier


class Reader(Protocol):
    """Text to prediction; `name` says which weights spoke, `tasks` what they read beside sentiment."""

    name: str
    tasks: tuple[str, ...]

    def predict(self, texts: Sequence[str], langs: Sequence[str | None] | None = None) -> list[Prediction]: ...
    def logits(self, texts: Sequence[str]) -> dict[str, npt.NDArray[np.float32]]: ...


def open_reader(
    folder: str | Path = "", *, backend: str = "openvino", threads: int = 0, labels: Mapping[str, str] | None = None
) -> Reader:
    """The reader in `folder` ("": the shipped one). Raises ModelError with what is missing."""
    if backend == "openvino":
        return Classifier(Path(folder) if folder else None, threads=threads)
    if not folder:
        raise ModelError("the torch backend ships no weights", "set model.folder to a downloaded Hugging Face model")
    try:
        from models.torch_reader import TorchReader
    except ImportError as error:
        raise ModelError(f"{error.name} is not installed", "pip install 'groundswell[train]'") from error
    return TorchReader(Path(folder), labels=labels, threads=threads)
