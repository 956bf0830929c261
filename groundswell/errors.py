"""Every error a user or an operator can meet; each names the place and says whether trying again can help.

GroundswellError
├── ConfigError          the configuration is wrong: file, key, found, wanted
├── InputError           a file or argument is wrong: place and fix
│   └── UnknownName      nothing of that name is configured: what there is
├── SourceError          a source could not be read
│   ├── Throttled        it asks us to wait until a time (retry)
│   │   └── Exhausted    our own budget of the day is spent (retry)
│   ├── Unreachable      network or server trouble (retry)
│   ├── AuthNeeded       a key is missing, wrong or expired
│   ├── Gone             the thing watched exists no more
│   ├── Malformed        the answer is not what the source promises: where
│   └── Drift            fields that used to be filled are empty
├── StorageError         the store cannot be used: what and how to mend it
├── ModelError           weights are missing or do not fit
└── DeliveryError        a receiver did not take a notification; `permanent` says whether to try again
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import PurePath
from traceback import extract_tb


class GroundswellError(Exception):
    """Base of all; `hint` is the next step to try."""

    retry = False

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ConfigError(GroundswellError):
    """`file` and `key` say where, `found` and `wanted` what; a `key` in brackets stands for the whole file."""

    def __init__(self, file: str, key: str, found: object, wanted: str, hint: str = "") -> None:
        if key.startswith("("):
            message, usual = f"{file}: {found}; wanted {wanted}", f"edit {file}"
        else:
            message, usual = f"{file}: {key}: found {found!r}, wanted {wanted}", f"edit {key} in {file}"
        super().__init__(message, hint or usual)
        self.file, self.key, self.found, self.wanted = file, key, found, wanted


class InputError(GroundswellError):
    """A file or argument given by the user is wrong; `where` names the place."""

    def __init__(self, where: str, message: str, hint: str = "") -> None:
        super().__init__(f"{where}: {message}", hint)
        self.where = where


class UnknownName(InputError):
    """A name given on the command line stands for nothing; the hint lists what there is."""


class SourceError(GroundswellError):
    """A source could not be read; never turned into an empty result."""


class Throttled(SourceError):
    """The source asks to wait; `until` is an aware UTC time."""

    retry = True

    def __init__(self, host: str, until: datetime) -> None:
        super().__init__(
            f"{host} {self._asks} {until.isoformat(timespec='seconds')}", "it is asked again then, nothing is lost"
        )
        self.host, self.until = host, until

    _asks = "asks to wait until"


class Exhausted(Throttled):
    """The day's budget of a source is spent; a larger one in the configuration is heeded at once."""

    _asks = "has cost the day's budget: nothing is asked until"


class Unreachable(SourceError):
    """Connection refused, reset, timed out, or a 5xx answer."""

    retry = True


class AuthNeeded(SourceError):
    """401/403, or a login page where data was promised."""


class Gone(SourceError):
    """404/410: the feed, video or product exists no more."""


class Malformed(SourceError):
    """`where` is a path, line or field inside the answer."""

    def __init__(self, where: str, message: str, hint: str = "") -> None:
        super().__init__(f"{where}: {message}", hint)
        self.where = where


class Drift(SourceError):
    """`fields` used to be filled by this source and are empty now."""

    def __init__(self, source: str, fields: tuple[str, ...]) -> None:
        super().__init__(f"{source}: fields {', '.join(fields)} are empty now", "the source changed its answer")
        self.source, self.fields = source, fields


class StorageError(GroundswellError):
    """The store cannot be opened, read or written."""


class ModelError(GroundswellError):
    """Weights are missing, damaged, or of another shape than the code expects."""


class DeliveryError(GroundswellError):
    """A receiver refused a notification; `permanent` means that trying again cannot help."""

    def __init__(self, message: str, *, permanent: bool, hint: str = "") -> None:
        super().__init__(message, hint)
        self.permanent = permanent
        self.retry = not permanent


def place(error: Exception) -> str:
    """File and line of a bug. Its words may hold a secret or a post's text: they are neither logged nor stored."""
    last = extract_tb(error.__traceback__)[-1]
    return f"{PurePath(last.filename).name}:{last.lineno}"


@contextmanager
def first_error() -> Iterator[None]:
    """Raise the first of our own errors in a group as itself.

    Not by raising inside `except*`: whether that wraps the error in a group again differs between Python releases.
    """
    try:
        yield
    except ExceptionGroup as group:
        ours = group.subgroup(GroundswellError)
        if ours is None:
            raise
        error: BaseException = ours
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None
