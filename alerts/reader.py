"""For whom a message is written: language and time zone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alerts.words import MONTHS
from groundswell.errors import InputError

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Reader:
    """Raises InputError for a time zone that the tz database does not know, so that a typo is found at the start."""

    language: Language = "en"
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InputError("time_zone", f"no such zone: {self.time_zone!r}", "for example Asia/Shanghai") from error

    def time(self, at: datetime) -> str:
        """`at` on this reader's clock, the zone named so that nobody has to guess."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        offset = local.strftime("%z")
        zone = f"{self.time_zone}, UTC{offset[:3]}:{offset[3:5]}"
        if self.language == "zh":
            return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}（{zone}）"
        return f"{local.day} {MONTHS[local.month - 1]} {local.year}, {local:%H:%M} ({zone})"
