"""Alerts on a terminal: the receiver that needs no set-up."""

import sys
from typing import TextIO

from alerts.reader import Reader
from alerts.render import render
from groundswell.clock import Clock
from groundswell.errors import DeliveryError
from groundswell.types import Notification

RULE = "─" * 72


class Console:
    """Prints to `stream`, the process's standard output when none is given."""

    def __init__(self, reader: Reader, clock: Clock, stream: TextIO | None = None) -> None:
        self.reader, self.clock, self.stream = reader, clock, stream

    async def send(self, notification: Notification) -> None:
        """Print the alert as plain text; what could steer the terminal was made visible by the renderer."""
        stream = self.stream or sys.stdout
        text = f"{RULE}\n{render(notification.alert, self.reader).text}{RULE}\n"
        try:
            stream.write(_encodable(text, stream))
            stream.flush()
        except (OSError, ValueError) as error:  # a closed pipe or file
            raise DeliveryError(f"console: {type(error).__name__}", permanent=False) from error


def _encodable(text: str, stream: TextIO) -> str:
    """Replace what the terminal's encoding lacks: an alert with question marks is better than none."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
