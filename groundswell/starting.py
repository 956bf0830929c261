"""The first five minutes: write a configuration that explains itself, and check one."""

from importlib import resources
from pathlib import Path
from typing import Any

from groundswell.config import Config, plugin_options, read_config, resolve
from groundswell.errors import InputError
from groundswell.sections import Receiver, Source
from models.predict import Classifier


def write(path: Path) -> None:
    """Write the explained configuration to `path`. Raises InputError rather than overwrite a file."""
    text = (resources.files("groundswell") / "groundswell.toml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise InputError(str(path), "is there already", "give another name, or move the old file away") from error
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error), "choose a folder that can be written to") from error


def check(path: Path) -> dict[str, Any]:
    """Read the configuration, look its secrets up, load the weights; returns what was found, raises what is wrong."""
    config = read_config(path)
    items: list[Source | Receiver] = [*config.sources, *config.receivers]
    for item in items:
        options(path, item)
    if config.privacy.key:
        resolve("privacy.key", config.privacy.key)
    return {
        "configuration": str(path),
        "brands": ", ".join(b.name for b in config.brands) or "none: add [[brands]]",
        "sources": ", ".join(f"{s.name} ({s.type})" for s in config.sources) or "none: add [[sources]]",
        "receivers": ", ".join(f"{r.name} ({r.type})" for r in config.receivers) or "none: add [[receivers]]",
        "store": _store(config),
        "model": Classifier(Path(config.model.folder) if config.model.folder else None, threads=1).name,
    }


def options(path: Path, item: Source | Receiver) -> dict[str, Any]:
    """A plugin's checked options with its secrets looked up. Raises ConfigError naming the missing variable."""
    group = "groundswell.collectors" if isinstance(item, Source) else "groundswell.receivers"
    return {key: resolve(f"{item.name}.{key}", value) for key, value in plugin_options(path, group, item).items()}


def _store(config: Config) -> str:
    path = config.store_path()
    folder = path.parent if str(path.parent) else Path()
    if not folder.is_dir():
        raise InputError(str(folder), "is no folder", "create it, or change store.path")
    return f"{path} ({'there' if path.exists() else 'made at the first run'})"
