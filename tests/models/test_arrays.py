"""What travels as .npz beside a graph: a file cut short or of something else is refused by name."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from groundswell.errors import ModelError
from models import addition, toward, words

READS: list[tuple[str, Callable[[Path], object]]] = [
    (addition.FILE, addition.read),
    (toward.FILE, toward.read),
    (words.FILE, words.read),
]


def packed(**arrays: object) -> bytes:
    held = io.BytesIO()
    np.savez(held, **{name: np.asarray(value) for name, value in arrays.items()})
    return held.getvalue()


NAMES = ("sentiment", "weights", "bias", "keys", "scale")
WHOLE = packed(**{name: np.zeros((9, 3)) for name in NAMES})


@pytest.mark.parametrize(("file", "read"), READS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no numbers",
        WHOLE[: len(WHOLE) // 2],
        WHOLE[:-10],
        WHOLE.replace(b"\x93NUMPY", b"\x93NUMBY"),
        packed(other=[1]),
        packed(**{name: [object()] for name in NAMES}),
    ],
    ids=["empty", "text", "half", "no end", "damaged", "other names", "pickled"],
)
def test_a_damaged_file_is_refused_by_name(
    tmp_path: Path, file: str, read: Callable[[Path], object], content: bytes
) -> None:
    (tmp_path / file).write_bytes(content)
    with pytest.raises(ModelError, match=file):
        read(tmp_path)
