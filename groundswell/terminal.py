"""What every command shares: its usual options, and how a row is printed."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
ConfigPath = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")]
DEFAULT = Path("groundswell.toml")


def echo(row: dict[str, Any]) -> None:
    """One JSON line, at once, so that a reader of the pipe sees it; ASCII where the output is not UTF-8."""
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(row, ensure_ascii=not is_utf8), flush=True)


def show(row: dict[str, Any], as_json: bool, text: str) -> None:
    """The row as JSON, or its sentence."""
    if as_json:
        echo(row)
    else:
        print(text, flush=True)


def configured(path: Path) -> Any:
    """Read a configuration; its modules are loaded when a command needs them, not for its help."""
    from groundswell.config import read_config

    return read_config(path)
