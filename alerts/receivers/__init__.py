"""Where alerts go: one file per receiver, one row in groundswell/plugins.py.

A receiver is built as `Class(reader, clock, **options)`: whom it writes for and what time it is come from the pipeline,
the options (keyword-only) from the configuration, secrets already looked up.
"""

from typing import Protocol

from groundswell.errors import DeliveryError
from groundswell.types import Notification


class Receiver(Protocol):
    """One verb: deliver."""

    async def send(self, notification: Notification) -> None:
        """Return when the other side has taken it. Raises DeliveryError, whose `permanent` says not to try again.

        May be called again with the same key when we were killed after sending: carry `notification.key` along so
        that the other side can drop the second.
        """


class TryLater(DeliveryError):
    """Not taken now; the receiver asks to wait `after_s` seconds."""

    def __init__(self, message: str, *, after_s: float) -> None:
        super().__init__(message, permanent=False)
        self.after_s = after_s
