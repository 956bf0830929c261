"""Numbers and times as people and spreadsheets write them, in English and Chinese."""

import math
import re
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime

_SCALES = {"千": 1e3, "k": 1e3, "万": 1e4, "萬": 1e4, "w": 1e4, "m": 1e6, "亿": 1e8, "億": 1e8, "b": 1e9}
_COUNT = re.compile(r"^([+-]?\d[\d,，]*(?:\.\d+)?)\s*([千万萬亿億kKwWmMbB]?)\s*\+?$")
_LONGEST = 64  # characters of a number or a time
_EXCEL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  spreadsheets know no zone; when() adds it
_TWITTER = "%a %b %d %H:%M:%S %z %Y"
_UNITS = {
    "秒": 1, "second": 1, "sec": 1, "s": 1,
    "分": 60, "分钟": 60, "分鐘": 60, "minute": 60, "min": 60, "m": 60,
    "小时": 3600, "小時": 3600, "hour": 3600, "hr": 3600, "h": 3600,
    "天": 86400, "日": 86400, "day": 86400, "d": 86400,
    "周": 604800, "週": 604800, "星期": 604800, "week": 604800, "w": 604800,
    "个月": 2592000, "個月": 2592000, "month": 2592000, "mo": 2592000,
    "年": 31536000, "year": 31536000, "y": 31536000,
}  # fmt: skip
_AGO = re.compile(
    r"^(?:about\s+)?(\d+|an?)\s*"
    r"(秒|分钟|分鐘|分|小时|小時|天|日|周|週|星期|个月|個月|年"
    r"|second|sec|minute|min|hour|hr|day|week|month|mo|year|s|m|h|d|w|y)s?\s*(?:钟|鐘)?\s*(?:前|之前|ago)$",
    re.IGNORECASE,
)
_DAY = re.compile(r"^(今天|昨天|前天|today|yesterday)\s*(?:at\s*)?(?:(\d{1,2}):(\d{2})(?::(\d{2}))?)?$", re.IGNORECASE)
_DAYS_BACK = {"今天": 0, "today": 0, "昨天": 1, "yesterday": 1, "前天": 2}
_NUMERIC = re.compile(
    r"^(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?$"
)
_AMERICAN = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$")


def count(value: object) -> int | None:
    """Read a count: 1234, "1,234", "1.2万", "651万", "3.4k", "100万+". None when it is no number.

    >>> count("1.2万"), count("3.4k"), count("转发")
    (12000, 3400, None)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return int(value) if math.isfinite(value) and abs(value) < 2**53 else None
    text = str(value).strip()
    found = _COUNT.match(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    number = float(re.sub("[,，]", "", found.group(1))) * _SCALES.get(found.group(2).lower(), 1)
    return round(number) if abs(number) < 2**53 else None


def when(value: object, now: datetime, zone: tzinfo = UTC) -> datetime | None:
    """Read a moment in any usual spelling as aware UTC, or None.

    Numbers: below 100,000 an Excel day (1900 system), eight digits YYYYMMDD, else unix seconds, milliseconds or
    microseconds. Text: ISO 8601, RFC 2822, "Mon Jun 24 15:35:56 +0800 2019", 2019/6/24 15:30, 2019年6月24日,
    6-24 (the last one before `now`), month/day/year, and relative ones ("3分钟前", "昨天 12:30", "2 hours ago").
    A time without a zone is in `zone`.
    """
    if isinstance(value, datetime):
        found: datetime | None = value
    elif isinstance(value, bool) or value is None:
        return None
    elif isinstance(value, int | float):
        found = _number(float(value))
    else:
        found = _text(str(value).strip(), now, zone)
    if found is None or not 1980 <= found.year <= 2100:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _number(value: float) -> datetime | None:
    if not math.isfinite(value) or value <= 0:
        return None
    if value < 100_000:
        return _EXCEL_ZERO + timedelta(seconds=round(value * 86400))
    if 19_800_101 <= value <= 21_001_231 and value == int(value):
        return _build(int(value) // 10000, int(value) // 100 % 100, int(value) % 100)
    while value >= 1e11:  # milliseconds, microseconds, nanoseconds
        value /= 1e3
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value) if 1e8 <= value < 1e11 else None


def _text(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    if not text or len(text) > _LONGEST:
        return None
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return _number(float(text))
    return _relative(text, now, zone) or _absolute(text, now, zone)


def _relative(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    if text.lower() in ("刚刚", "剛剛", "just now", "now"):
        return now
    if found := _AGO.match(text):
        amount = 1 if found.group(1).lower() in ("a", "an") else int(found.group(1)[:6])
        return now - timedelta(seconds=amount * _UNITS[found.group(2).lower()])
    if found := _DAY.match(text):
        day = now.astimezone(zone) - timedelta(days=_DAYS_BACK[found.group(1).lower()])
        return _build(day.year, day.month, day.day, *(int(part or 0) for part in found.groups()[1:]))
    return None


def _absolute(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    if found := _NUMERIC.match(text):
        year, *rest = (int(part) if part else None for part in found.groups())
        parts = [part or 0 for part in rest]
        if year is not None:
            return _build(year, *parts)
        here = now.astimezone(zone)
        guess = _build(here.year, *parts)
        later = guess is not None and guess.replace(tzinfo=zone) > here + timedelta(days=1)
        return _build(here.year - 1, *parts) if later else guess
    if found := _AMERICAN.match(text):
        month, day, year, *clock = (int(part or 0) for part in found.groups())
        return _build(year, month, day, *clock)
    return _stamp(text)


def _stamp(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _TWITTER)  # noqa: DTZ007  the format holds %z
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _build(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  when() adds the zone
    except ValueError:
        return None
