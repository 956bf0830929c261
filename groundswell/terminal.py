"""What every command shares: its usual options, and how a row is printed."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
ConfigPath = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")]
Model = Annotated[Path | None, typer.Option(help="A folder `groundswell train` wrote; else the shipped reader.")]
ModelConfigPath = Annotated[
    Path | None, typer.Option("--config", "-c", help="Take the reader of this configuration; else the shipped one.")
]
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


def chosen_reader(model: Path | None, config: Path | None) -> Any:
    """The reader in a folder, or the one a configuration names; without either the shipped one.

    Raises ModelError with what is missing.
    """
    from models.readers import open_reader

    if model and config:
        raise typer.BadParameter("give --model or --config, not both")
    if config is None:
        return open_reader(model or "")
    found = configured(config).model
    return open_reader(found.folder, backend=found.backend, threads=found.threads, labels=found.labels)
