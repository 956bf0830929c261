"""HTML to the words a reader sees, by the standard library alone."""

import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser

_BLOCKS = frozenset(
    "p div br li ul ol tr table h1 h2 h3 h4 h5 h6 blockquote pre section article header hr dd dt".split()  # noqa: SIM905
)
_SILENT = frozenset(["script", "style", "template", "noscript", "title", "svg"])
_SPACES = re.compile(r"[^\S\n]{2,}|[^\S\n ]")  # whatever is not one plain space already
_LINES = re.compile(r"\n\s*\n\s*")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]+);")
_SURROGATES = re.compile("[\ud800-\udfff\x00]")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0
        self._unclosed = set[str]()

    def parse_comment(self, i: int, report: bool = True) -> int:
        return self._once("<!--", lambda: HTMLParser.parse_comment(self, i, report))

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        try:
            return self._once(self.rawdata[i : i + 6].lower(), lambda: HTMLParser.parse_marked_section(self, i, report))
        except AssertionError:  # <![ and a name that no standard knows
            return self.parse_bogus_comment(i, report)

    def _once(self, what: str, parse: Callable[[], int]) -> int:
        """Where one was not closed up to the end none behind it is: each would be searched for in all that follows."""
        end = -1 if what in self._unclosed else parse()
        if end < 0:
            self._unclosed.add(what)
        return end

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "img":  # emoji are pictures on several platforms; their name is in alt
            self.parts.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS and tag != "br":
            self.parts.append("\n" if tag == "li" else "\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(_SPACES.sub(" ", data.replace("\n", " ")))


def to_text(html: str) -> str:
    r"""Return what a reader of `html` sees: blocks on their own lines, images as their alt text, no scripts.

    >>> to_text("<p>Leaks &amp; smells</p><ul><li>one<li>two</ul>")
    'Leaks & smells\n\none\ntwo'
    """
    if "<" not in html and "&" not in html:
        return clean(html)
    reader = _Reader()
    tags, end, rest = html.rpartition(">")  # HTMLParser takes hours over a megabyte of tags that nothing closes
    reader.feed(tags + end)
    reader.close()
    reader.handle_data(unescape(rest))
    return clean("".join(reader.parts))


def clean(text: str) -> str:
    """Trim, fold blank lines and runs of spaces, and replace what no database can hold (NUL, lone surrogates)."""
    text = _SURROGATES.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n")
    if "\n" not in text:
        return _SPACES.sub(" ", text).strip()
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _LINES.sub("\n\n", "\n".join(lines)).strip()


def looks_like_html(text: str) -> bool:
    """Whether a tag or an entity is left in `text`."""
    return _TAG.search(text) is not None
