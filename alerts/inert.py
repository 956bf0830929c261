"""Text from outside made harmless for terminals, mail headers and pages."""

import re
from html import escape

_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_LINKISH = re.compile(r"(://|(?<=\w)[.@](?=\w))")


def one_line(text: str) -> str:
    """`text` without line breaks and control characters, white space collapsed."""
    return " ".join(_UNSAFE.sub(" ", text).split())


def visible(text: str) -> str:
    """`text` with characters that steer a terminal or turn the reading direction made visible; line breaks stay."""
    return _UNSAFE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def inert(text: str) -> str:
    """Escaped, and with break opportunities where a mail program would make a link of an address in a post.

    The visible and copied text stays the post's own: <wbr> adds no character.
    """
    pieces = _LINKISH.split(visible(text))
    found = "".join(
        f"{escape(piece)}<wbr>" if i % 2 else escape(piece) for i, piece in enumerate(pieces)
    )  # odd pieces are the separators
    return found.replace("\n", "<br>")
