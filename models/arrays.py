"""Arrays that travel with a reader as .npz files."""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from groundswell.errors import ModelError


def load(path: Path, *names: str, hint: str = "export the model again") -> list[npt.NDArray[Any]]:
    """The arrays called `names`, in that order. Raises ModelError where the file is damaged or lacks one."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:  # np.load leaves a broken one open
            return [held[name] for name in names]
    except (OSError, EOFError, ValueError, LookupError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelError(f"{path}: {type(error).__name__}: {error}", hint) from error
