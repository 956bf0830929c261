"""One groundswell.toml, checked on reading; the only place that reads the environment."""

import os
import secrets
import tomllib
from collections.abc import Mapping
from inspect import Parameter
from pathlib import Path
from typing import Any, get_args

from pydantic import Field, TypeAdapter, ValidationError

from groundswell import plugins
from groundswell.errors import ConfigError
from groundswell.sections import (
    AlertConfig,
    Brand,
    DashboardConfig,
    HttpConfig,
    ModelConfig,
    PrivacyConfig,
    Receiver,
    SecretRef,
    SeverityConfig,
    Source,
    StoreConfig,
    Strict,
    TrendConfig,
)
from groundswell.types import Query

SECRET_ENDINGS = ("secret", "password", "token", "key")


class Config(Strict):
    """The whole file."""

    brands: tuple[Brand, ...] = ()
    sources: tuple[Source, ...] = ()
    receivers: tuple[Receiver, ...] = ()
    store: StoreConfig = StoreConfig()
    model: ModelConfig = ModelConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    http: HttpConfig = HttpConfig()
    trends: TrendConfig = TrendConfig()
    alerts: AlertConfig = AlertConfig()
    severity: SeverityConfig = SeverityConfig.model_validate({})
    dashboard: DashboardConfig = DashboardConfig()
    folder: Path = Field(default=Path(), exclude=True)

    def queries(self) -> list[Query]:
        """One query per brand."""
        return [brand.query() for brand in self.brands]

    def store_path(self) -> Path:
        """The store's path, relative to the file that names it."""
        return self.folder / self.store.path

    def own_handles(self) -> frozenset[str]:
        """Handles that are the firms' own, lower case: the gate leaves them readable."""
        return frozenset(handle.lstrip("@").lower() for brand in self.brands for handle in brand.handles)


def read_config(path: Path) -> Config:
    """Read and check `path`. Raises ConfigError with file, key, found and wanted."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        hint = "write one with `groundswell init`, or name another with --config"
        found = (error.strerror or str(error)).lower()
        raise ConfigError(str(path), "(file)", found, "a configuration file", hint) from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), "(file)", f"byte {error.start} is no text", "UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), "(syntax)", str(error), "TOML 1.0") from error
    if "folder" in raw:
        raise ConfigError(str(path), "folder", raw["folder"], _keys(("folder",)))
    try:
        config = Config.model_validate(raw | {"folder": path.parent})
    except ValidationError as error:
        raise _explain(path, raw, error) from error
    _check_names(path, config)
    for group, items in (("collectors", config.sources), ("receivers", config.receivers)):
        for item in items:
            plugin_options(path, f"groundswell.{group}", item)
    return config


def plugin_options(path: Path, group: str, item: Source | Receiver) -> dict[str, Any]:
    """Check a source's or receiver's own keys against what its type takes and resolve its secrets.

    Secrets themselves are looked up by `resolve` when the plugin is built. Raises ConfigError.
    """
    where = f"{'sources' if isinstance(item, Source) else 'receivers'}.{item.name}"
    if item.type not in plugins.names(group):
        raise ConfigError(str(path), f"{where}.type", item.type, f"one of {', '.join(plugins.names(group))}")
    known = plugins.options(plugins.load(group, item.type))
    given: Mapping[str, Any] = item.model_extra or {}
    for key in given:
        if key not in known:
            raise ConfigError(str(path), f"{where}.{key}", given[key], f"one of {', '.join(sorted(known))}")
    checked: dict[str, Any] = {}
    for key, (annotation, default) in known.items():
        if key not in given:
            if default is Parameter.empty:
                raise ConfigError(str(path), f"{where}.{key}", "nothing", _spelled(annotation))
            continue
        if key.endswith(SECRET_ENDINGS):
            _want(path, f"{where}.{key}", "a literal secret", SecretRef, given[key], '"env:NAME"')
            checked[key] = given[key]
        else:
            checked[key] = _want(path, f"{where}.{key}", given[key], annotation, given[key], _spelled(annotation))
    return checked


def resolve(where: str, value: Any, environment: Mapping[str, str] = os.environ) -> Any:
    """Turn "env:NAME" into its value; anything else is returned as it is. Raises ConfigError when NAME is not set."""
    if not (isinstance(value, str) and value.startswith("env:")):
        return value
    name = value.removeprefix("env:")
    if name not in environment:
        hint = f"export {name}=..., or give the service that variable"
        raise ConfigError("environment", name, "not set", f"a value, because {where} refers to it", hint)
    return environment[name]


def pseudonym_key(config: Config) -> bytes:
    """The key of author pseudonyms; made once beside the store (mode 0600) when the configuration names none."""
    if config.privacy.key:
        return str(resolve("privacy.key", config.privacy.key)).encode()
    path = config.store_path().with_suffix(".key")
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass  # made by an earlier start: the same person must keep the same pseudonym
    except OSError as error:
        hint = f"make the folder {path.parent.absolute()} exist and be writable, or set privacy.key"
        raise ConfigError(str(path), "(file)", error.strerror, "a place for the key of the pseudonyms", hint) from error
    return path.read_bytes()


def _want(path: Path, key: str, found: Any, annotation: Any, value: Any, wanted: str) -> Any:
    try:
        return TypeAdapter(annotation).validate_python(value)
    except ValidationError as error:
        raise ConfigError(str(path), key, found, wanted) from error


def _explain(path: Path, raw: Mapping[str, Any], error: ValidationError) -> ConfigError:
    first = error.errors()[0]
    key = ".".join(_name(raw, first["loc"], i) for i in range(len(first["loc"])))
    if first["type"] == "extra_forbidden":
        return ConfigError(str(path), key, first["input"], _keys(first["loc"]))
    found = "nothing" if first["type"] == "missing" else first["input"]
    wanted = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return ConfigError(str(path), key or "(file)", found, wanted)


def _keys(location: tuple[int | str, ...]) -> str:
    """What could stand where an unknown key does."""
    section: Any = Config
    for part in location[:-1]:
        if isinstance(part, str):
            annotation = section.model_fields[part].annotation
            section = get_args(annotation)[0] if get_args(annotation) else annotation
    return (
        f"one of the keys {', '.join(name for name in section.model_fields if name != 'folder' or section != Config)}"
    )


def _spelled(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) and not get_args(annotation) else str(annotation)


def _name(raw: Any, location: tuple[int | str, ...], index: int) -> str:
    """A list entry by its own name where it has one: brands.Halvero.any, not brands.0.any."""
    part = location[index]
    if isinstance(part, str):
        return part
    for step in location[: index + 1]:
        raw = raw[step]
    return str(raw.get("name", part)) if isinstance(raw, dict) else str(part)


def _check_names(path: Path, config: Config) -> None:
    for kind, items in (("brands", config.brands), ("sources", config.sources), ("receivers", config.receivers)):
        seen: set[str] = set()
        for item in items:
            if item.name in seen:
                raise ConfigError(str(path), f"{kind}.{item.name}.name", item.name, "a name used only once")
            seen.add(item.name)
