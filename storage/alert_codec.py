"""Alerts and trends as JSON, and back: driven by the fields of the nouns, so that a new field needs no second place."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from math import isfinite
from typing import Any, TypeVar, cast

from groundswell.errors import StorageError
from groundswell.types import Alert, DataAlarm, Trend

Noun = TypeVar("Noun")


def encode(value: Any) -> Any:
    """Turn a frozen noun into JSON types: times as ISO 8601, enums as their values, infinities as text."""
    if dataclasses.is_dataclass(value):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return value


def alert_from(payload: Mapping[str, Any]) -> Alert:
    """Rebuild an alert from `alerts.payload`; quotes whose post was deleted are left out."""
    alert = _build(Alert, payload)
    return dataclasses.replace(alert, quotes=tuple(quote for quote in alert.quotes if quote))


def alarm_from(payload: Mapping[str, Any]) -> DataAlarm:
    """Rebuild an alarm from `data_alarms.payload`."""
    return _build(DataAlarm, payload)


def trend_from(payload: Mapping[str, Any]) -> Trend:
    """Rebuild a trend from `incidents.last_trend`."""
    return _build(Trend, payload)


@cache
def _fields(noun: Any) -> dict[str, Any]:
    return typing.get_type_hints(noun)


def _build(noun: type[Noun], payload: Mapping[str, Any]) -> Noun:
    try:
        kinds = _fields(cast("Any", noun))
        given = {name: _decode(kind, payload[name]) for name, kind in kinds.items() if name in payload}
        return noun(**given)
    except (TypeError, ValueError, KeyError) as error:
        raise StorageError(f"a stored {noun.__name__} cannot be read: {type(error).__name__}: {error}") from error


def _decode(kind: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:  # only "or None" occurs among the nouns
        return None if value is None else _decode(arguments[0], value)
    if origin is tuple:
        return tuple(_decode(arguments[0], item) for item in value)
    if dataclasses.is_dataclass(kind):
        return _build(cast("type[Any]", kind), value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    return kind(value)
