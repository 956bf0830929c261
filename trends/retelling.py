"""Stories as people want them: what a story that was split is about, told from the posts it has now."""

from collections.abc import Iterator, Sequence

import numpy as np

from groundswell.types import Post, Prediction, Sentiment, Topic
from trends.centroids import Vector
from trends.stored import StoredStory, StoryUpdate
from trends.stories import Stories


def retell(
    story: str, brand: str, told: Sequence[tuple[Post, Prediction]], stories: Sequence[StoredStory]
) -> StoryUpdate:
    """Describe a story from its posts, oldest first, as if only these had joined it.

    `stories` are all of the brand: they say which words are ordinary. `told` must not be empty.
    """
    grouping = Stories()
    grouping.warm(stories)
    return grouping.retell(story, brand, _meant(told))


def _meant(told: Sequence[tuple[Post, Prediction]]) -> Iterator[tuple[Post, Vector | None, list[float], float]]:
    for post, said in told:
        vector = np.frombuffer(said.embedding, dtype=np.float16).astype(np.float32)
        topics = [said.topics.get(topic, 0.0) for topic in Topic]
        yield post, vector if vector.size else None, topics, said.sentiment.get(Sentiment.NEGATIVE, 0.0)
