"""Recorded answers of a source to rows: what the `parse` command prints."""

import codecs
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from collectors.answer import LOG_IN, is_login_page
from groundswell import plugins, privacy
from groundswell.errors import InputError, Malformed
from groundswell.types import Page, Post


def parse(source: str, file: Path) -> Iterator[dict[str, Any]]:
    """Yield one row per page of the recording. Raises Malformed, or InputError when the file cannot be read.

    Posts pass the privacy gate under a key that is thrown away, so no raw author is printed.
    """
    try:
        raw = as_it_came(file.read_bytes())
    except OSError as error:
        raise InputError(str(file), error.strerror or str(error), "give a file that can be read") from error
    key = secrets.token_bytes(32)
    try:
        for page in plugins.load("groundswell.collectors", source).parse(raw, file.name):
            yield page_row(page, key)
    except Malformed as error:
        if is_login_page(raw):
            raise Malformed(error.where, f"a login page where an answer of {source} was promised", LOG_IN) from error
        raise


def as_it_came(raw: bytes) -> bytes:
    """A recording without what saving it put before it: blank lines, a byte order mark, UTF-16 (PowerShell's `>`)."""
    if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        try:
            text = raw.decode("utf-16")
        except UnicodeDecodeError:
            return raw
        raw = raw if text.startswith("<?xml") else text.encode()  # an XML declaration names the encoding it has
    return raw.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")


def page_row(page: Page, key: bytes) -> dict[str, Any]:
    """A page as the command prints it."""
    return {
        "posts": [post_row(privacy.gate(p, p.brand, key)) for p in page.posts],
        "gone": list(page.gone),
        "gap": page.gap,
    }


def post_row(post: Post) -> dict[str, Any]:
    """A gated post as JSON-able fields; None means "the source does not say"."""
    return {
        "id": post.external_id,
        "source": post.source,
        "kind": post.kind,
        "text": post.text,
        "lang": post.lang,
        "created_at": post.created_at.isoformat(),
        "author": post.author,
        "parent": post.parent,
        "url": post.url,
        "rating": post.rating,
        "audience": post.audience,
        "likes": post.engagement.likes,
        "replies": post.engagement.replies,
        "shares": post.engagement.shares,
        "views": post.engagement.views,
    }
