"""The command line, run in this process."""

import sys
from collections.abc import Callable

import pytest

from groundswell import cli

CONFIG = '[[brands]]\nname = "Acme"\nany = ["acme", "示例"]\n'

Run = Callable[..., tuple[int, str, str]]
"""Arguments of the command line to exit code, output, errors."""


def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *args: str) -> tuple[int, str, str]:
    """Run the command line in this process; returns exit code, output, errors."""
    monkeypatch.setattr(sys, "argv", ["groundswell", *args])
    try:
        cli.main()
    except SystemExit as ended:
        code = ended.code
    else:
        code = 0
    out, err = capsys.readouterr()
    return (code if isinstance(code, int) else 0 if code is None else 1), out, err
