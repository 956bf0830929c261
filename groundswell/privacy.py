"""The gate every post passes before anything is stored: authors become pseudonyms, personal data is masked."""

import hmac
import re
from collections.abc import Callable

from groundswell.types import Post

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"


def pseudonym(key: bytes, source: str, author: str) -> str:
    """Keyed hash of a raw handle: the same person on the same source, and nobody without the key.

    HMAC-SHA256 cut to 80 bits: collisions among 10 million authors have a chance of about 1 in 24 billion.
    """
    return hmac.digest(key, f"{source}\0{author}".encode(), "sha256").hex()[:20]


def gate(
    post: Post,
    brand: str,
    key: bytes,
    keep_handles: frozenset[str] = frozenset(),
    *,
    rule: str | None = None,
    rule_version: str | None = None,
) -> Post:
    """Return the post as it may be stored for `brand`: pseudonymous author, masked text, gated.

    `keep_handles` are the firm's own public handles, folded to lower case; every other @handle is masked. `rule` and
    `rule_version` say why it is the brand's (Post.rule).
    """
    return Post(  # written out: every post passes here, and `replace` takes twice as long
        source=post.source,
        external_id=post.external_id,
        text=mask(post.text, keep_handles),
        created_at=post.created_at,
        kind=post.kind,
        brand=brand,
        lang=post.lang,
        author=pseudonym(key, post.source, post.author) if post.author else None,
        parent=post.parent,
        url=post.url,
        rating=post.rating,
        audience=post.audience,
        engagement=post.engagement,
        rule=rule,
        rule_version=rule_version,
        gated=True,
    )


def mask(text: str, keep_handles: frozenset[str] = frozenset()) -> str:
    """Replace mail addresses, ID numbers, cards, phone numbers and handles by [mail], [id], [card], [phone], @[user].

    Numbers are masked only when their checksum or shape proves them, so that order sizes and prices survive.
    """
    has_at = "@" in text
    if has_at:
        text = _MAIL.sub("[mail]", text)
    if _DIGITS.search(text):
        for pattern, change in _NUMBERS:
            text = pattern.sub(change, text)
    if text.count(".") > 2:
        text = _ADDRESS.sub("[ip]", text)
    return _HANDLE.sub(lambda m: m[0] if m[1].lower() in keep_handles else "@[user]", text) if has_at else text


def is_resident_id(number: str) -> bool:
    """GB 11643: 18 places, the last a MOD 11-2 check of the others."""
    if not re.fullmatch(r"\d{17}[\dXx]", number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False))
    return _ID_CHECK[total % 11] == number[17].upper()


def is_card(number: str) -> bool:
    """ISO/IEC 7812 Luhn check over 13 to 19 digits."""
    digits = [int(c) for c in number if c.isdigit()]
    if not 13 <= len(digits) <= 19:
        return False
    doubled = [d if i % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _masked_if(check: Callable[[str], bool], label: str) -> Callable[[re.Match[str]], str]:
    return lambda m: label if check(m[0]) else m[0]


_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}")
_DIGITS = re.compile(r"\d(?:[ .()-]{0,2}\d){7}")  # what all of the following hold: most posts are spared the search
_NUMBERS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?<!\d)\d{17}[\dXx](?![\dA-Za-z])"), _masked_if(is_resident_id, "[id]")),
    (re.compile(r"(?<![\d+])\d(?:[ -]?\d){12,18}(?!\d)"), _masked_if(is_card, "[card]")),
    (re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)"), "[phone]"),
    (re.compile(r"(?<![\d+])\+\d{1,3}(?:[ .()-]{0,2}\d){7,12}(?!\d)"), "[phone]"),
    (re.compile(r"(?<!\d)(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?!\d)"), "[phone]"),
    (re.compile(r"(?<![\d-])0\d{2,3}-\d{7,8}(?!\d)"), "[phone]"),
)
_ADDRESS = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])")
_HANDLE = re.compile(r"(?<![\w@])(?<!\w/)@([A-Za-z0-9_\-·一-鿿]{1,30}(?:\.[A-Za-z0-9_\-]{1,30})*)")
