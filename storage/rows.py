"""Posts and predictions as table rows, and back."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row, Select, func, select

from groundswell.types import Engagement, Kind, Post, Prediction, Sentiment, Service, Signal, Topic
from storage.json_text import dump
from storage.records import Classified, StoredPost
from storage.schema import corrections, embeddings, posts, predictions

AnyRow = Row[*tuple[Any, ...]]
_WRAP = 1 << 64  # unsigned 64-bit fingerprints are kept in SQLite's signed integers


def post_values(post: Post) -> dict[str, Any]:
    """Write what a source says of a post as columns of `posts`."""
    return {
        "brand": post.brand,
        "source": post.source,
        "external_id": post.external_id,
        "kind": post.kind.value,
        "text": _storable(post.text),
        "lang": post.lang,
        "created_at": post.created_at,
        "author": post.author,
        "parent": post.parent,
        "url": post.url,
        "rating": post.rating,
        "audience": post.audience,
        "likes": post.engagement.likes,
        "replies": post.engagement.replies,
        "shares": post.engagement.shares,
        "views": post.engagement.views,
        "rule": post.rule,
        "rule_version": post.rule_version,
    }


def among(texts: Iterable[str]) -> Any:
    """Select the texts themselves, for `in_`: one value to bind, however many there are."""
    each = func.json_each(dump(list(texts))).table_valued("value")
    return select(each.c.value)


def _storable(text: str) -> str:
    """Replace halves of surrogate pairs, which broken JSON can bring and UTF-8 cannot hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def post_from(row: AnyRow) -> Post:
    """Rebuild the Post of a row that holds all columns of `posts`."""
    return Post(
        source=row.source,
        external_id=row.external_id,
        text=row.text,
        created_at=row.created_at,
        kind=Kind(row.kind),
        brand=row.brand,
        lang=row.lang,
        author=row.author,
        parent=row.parent,
        url=row.url,
        rating=row.rating,
        audience=row.audience,
        engagement=Engagement(likes=row.likes, replies=row.replies, shares=row.shares, views=row.views),
        rule=row.rule,
        rule_version=row.rule_version,
        gated=True,
    )


def stored_post(row: AnyRow) -> StoredPost:
    """Rebuild a post with its id."""
    return StoredPost(id=row.id, post=post_from(row), attempts=row.attempts)


def prediction_values(result: Classified) -> dict[str, Any]:
    """Write a prediction as columns of `predictions`."""
    said = result.prediction
    label = said.label
    values: dict[str, Any] = {
        "post": result.id,
        "model": said.model,
        "label": label.value if label else None,
        "reason": said.reason,
        "lang": said.lang,
        "topics": dict(said.topics),
        "service": dict(said.service),
        "signals": dict(said.signals),
        "topics_on": list(said.topics_on),
        "service_on": list(said.service_on),
        "signals_on": list(said.signals_on),
    }
    for sentiment in Sentiment:
        values[sentiment.value] = float(said.sentiment[sentiment]) if label else None
    return values


def predicted(where: Any) -> Select[Any]:
    """Select the predictions of posts, embedding included; read the rows with `prediction_from`."""
    joined = predictions.outerjoin(embeddings, embeddings.c.post == predictions.c.post)
    return select(predictions, embeddings.c.vector).select_from(joined).where(where)


def prediction_from(row: AnyRow) -> Prediction:
    """Rebuild what the model said, whatever a person said later."""
    scored = row.label is not None
    return Prediction(
        scored=scored,
        model=row.model,
        lang=row.lang,
        reason=row.reason,
        sentiment={s: getattr(row, s.value) for s in Sentiment} if scored else {},
        topics={Topic(name): p for name, p in _pairs(row.topics)},
        service={Service(name): p for name, p in _pairs(row.service)},
        signals={Signal(name): p for name, p in _pairs(row.signals)},
        topics_on=tuple(Topic(name) for name in row.topics_on or ()),
        service_on=tuple(Service(name) for name in row.service_on or ()),
        signals_on=tuple(Signal(name) for name in row.signals_on or ()),
        embedding=row.vector or b"",
    )


def _pairs(column: Mapping[str, float] | None) -> list[tuple[str, float]]:
    return list((column or {}).items())


def to_signed(fingerprint: int) -> int:
    """Fit an unsigned 64-bit number into what SQLite can hold."""
    return fingerprint - _WRAP if fingerprint >= _WRAP >> 1 else fingerprint


def to_unsigned(stored: int | None) -> int:
    """Undo `to_signed`; 0 for none."""
    return (stored or 0) % _WRAP


JOINED = posts.outerjoin(predictions, predictions.c.post == posts.c.id).outerjoin(
    corrections, corrections.c.post == posts.c.id
)
"""Posts with what the model and what a person said of them."""
