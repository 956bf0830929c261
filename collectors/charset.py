"""Bytes to text: BOM, then what was declared, then what fits; never a guess that hides damage."""

import codecs
import re

from groundswell.errors import Malformed

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?i)(?:encoding|charset)\s*=\s*["']?([a-z0-9._-]+)""")
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "latin-1": "cp1252", "ascii": "utf-8"}
_SOUND = 3  # characters beyond ASCII that must be whole for each that is not
_STRANGE = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def sniff(raw: bytes, declared: str | None = None) -> str:
    """Return the name of the codec `raw` is written in.

    Order: byte order mark; zero bytes in every second place (UTF-16 without mark); valid UTF-8; `declared`; an XML or
    HTML declaration; UTF-8 with some damage; valid GB18030 with Chinese in it; Windows-1252. Raises LookupError when
    none fits, which means that the bytes are no text.
    """
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return name
    head = raw[:4096]
    if head.count(0) > len(head) // 4:
        wide = "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
        return _first_fitting(raw, [wide])
    named = _DECLARED.search(head[:1024])
    inside = named.group(1).decode("ascii") if named else None
    try:
        return _first_fitting(raw, ["utf-8", declared, inside])
    except LookupError:
        return "utf-8" if is_damaged_utf8(raw) else _first_fitting(raw, ["gb18030", "cp1252"])


def is_damaged_utf8(raw: bytes) -> bool:
    """Whether this is UTF-8 in which a few bytes are wrong, as where words were cut by their bytes."""
    text = raw.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    return 0 < wrong * _SOUND <= len(text) - len(text.encode("ascii", "ignore")) - wrong


def _first_fitting(raw: bytes, names: list[str | None]) -> str:
    for name in names:
        if name and (widest := _WIDER.get(name.lower(), name)) and _fits(raw, widest):
            return widest
    raise LookupError("no text encoding fits")


def _fits(raw: bytes, name: str) -> bool:
    try:
        decoder = codecs.getincrementaldecoder(name)("strict")
        sample = decoder.decode(raw[:65536]) + ("" if len(raw) > 65536 else decoder.decode(b"", final=True))
        if len(raw) > 65536:
            decoder.decode(raw[65536:], final=True)
    except (UnicodeError, LookupError):
        return False
    return len(_STRANGE.findall(sample)) <= len(sample) // 100


def decode(raw: bytes, where: str, declared: str | None = None) -> str:
    """Return the text of `raw`, with U+FFFD for what is damaged. Raises Malformed when it is no text that we know."""
    try:
        codec = sniff(raw, declared)
        return raw.decode(codec, "replace" if codec == "utf-8" else "strict")
    except (LookupError, UnicodeError):
        message = "the bytes are no text in UTF-8, UTF-16, GB18030 or Windows-1252"
        raise Malformed(where, message, "is it a compressed or binary file? save it as UTF-8 text") from None
