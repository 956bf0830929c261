"""An invented stream of posts that meets every branch of grouping; the same for every run."""

import random
from datetime import UTC, datetime, timedelta

import numpy as np

from groundswell.types import Post

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
WIDTH = 384
_SYLLABLES = ["ka", "le", "mo", "ri", "tu", "ban", "dor", "fes", "gil", "hum", "jar", "pel", "sor", "vin", "wax", "zet"]
_SIGNS = "壶漏水电煮饭锅裂焦糊味客服退款快递慢碎包装假货贵账单页面崩溃黑屏烫手孩子医院起火律师记者不的了很"
_TAILS = (
    "",
    "!",
    " @anna",
    " https://x.test/a",
    " [怒]",
    " //@bob: old words",
    " It caught fire.",
    " 12315",
    " me too?",
)


def posts(count, *, brands=("Halvero", "禾维洛"), subjects=30, seed=7):
    """Yield (number, post, vector or None, number of the parent or None, topics, negative)."""
    rng, vectors = random.Random(seed), np.random.default_rng(seed)
    told = {brand: _told(subjects, rng, vectors) for brand in brands}
    seen = []
    for number in range(count):
        brand = rng.choice(brands)
        hours = number * 0.05 + (rng.random() * 3 if rng.random() < 0.2 else 0.0)  # some come late or early
        subject, is_chinese, direction = rng.choice(told[brand][: 4 + number * subjects // count])
        old = [n for n, b, _ in seen[-300:] if b == brand]
        follows = bool(old) and rng.random() < 0.3
        parent = rng.choice(old) if follows else None
        text = _text(subject, is_chinese, rng)
        if rng.random() < 0.25 and seen:
            text = rng.choice(seen[-80:])[2] + rng.choice(_TAILS)  # a copy, sometimes edited
        if rng.random() < 0.03:
            text = rng.choice(("", "!!!", "ok", "转发微博", "a" * 300))
        vector = direction + 0.25 * vectors.normal(size=WIDTH).astype(np.float32) / WIDTH**0.5
        vector = None if rng.random() < 0.1 or not text else vector / np.linalg.norm(vector)
        topics = [round(rng.random() * (0.9 if i == len(subject) % 10 else 0.2), 3) for i in range(10)]
        post = Post(
            source="forum",
            external_id=str(number),
            text=text,
            created_at=START + timedelta(hours=hours),
            brand=brand,
            gated=True,
        )
        seen.append((number, brand, text))
        yield number, post, vector, parent, topics if rng.random() < 0.8 else (), round(rng.random(), 3)


def _told(subjects, rng, vectors):
    """Subjects: their vocabulary, their script, their direction (cosine 0.75 to each other, as e5's)."""
    common = vectors.normal(size=(2, WIDTH))
    common /= np.linalg.norm(common, axis=1, keepdims=True)
    found = []
    for _ in range(subjects):
        is_chinese = rng.random() < 0.4
        own = vectors.normal(size=WIDTH)
        direction = 0.75**0.5 * common[int(is_chinese)] + 0.25**0.5 * own / np.linalg.norm(own)
        if is_chinese:
            words = ["".join(rng.choices(_SIGNS, k=rng.randint(2, 4))) for _ in range(14)]
        else:
            words = ["".join(rng.choices(_SYLLABLES, k=rng.randint(1, 3))) for _ in range(14)]
        found.append((words, is_chinese, direction.astype(np.float32)))
    return found


def _text(words, is_chinese, rng):
    picked = rng.choices(words, k=rng.randint(2, 14))
    if is_chinese:
        return "".join(word + rng.choice(("", "", "，", "。")) for word in picked)
    return "The " + "".join(word + rng.choice((" ", " ", "s ", ". ", ", the ")) for word in picked).strip()
