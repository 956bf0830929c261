"""How a story has gone on since its first words, as remembered beside its words and stored with them."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Half = NDArray[np.float16]


@dataclass(slots=True)
class Course:
    """The reference window of words and the current one (the terms of Gama et al., ACM Computing Surveys 2014).

    `title` and `centroid` (None: no post of it had an embedding) are the story's when it last spoke of `about`.
    """

    about: Mapping[str, int]  # the words it began with, how often each; never changed
    title: str
    centroid: Half | None
    lately: dict[str, int] = field(default_factory=dict)  # words since then
    posts: int = 0  # that said these
    tokens: int = 0  # sum of them


def kept(course: Course | None) -> dict[str, Any] | None:
    """Return what to store: JSON values; None for a story that still begins."""
    if course is None:
        return None
    centroid = "" if course.centroid is None else b64encode(course.centroid.tobytes()).decode()
    return {
        "about": course.about,
        "title": course.title,
        "centroid": centroid,
        "lately": dict(course.lately),
        "posts": course.posts,
    }


def restored(found: Mapping[str, Any] | None, width: int) -> Course | None:
    """Rebuild what `kept` returned. A centroid of another width is another model's: left out."""
    if not found:
        return None
    centroid = np.frombuffer(b64decode(found["centroid"]), dtype=np.float16)
    lately = dict(found["lately"])
    return Course(
        about=dict(found["about"]),
        title=found["title"],
        centroid=centroid if len(centroid) == width else None,
        lately=lately,
        posts=found["posts"],
        tokens=sum(lately.values()),
    )
