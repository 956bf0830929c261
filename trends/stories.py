"""Posts to stories as they arrive: one pass, per brand, by embedding and distinctive words; copies are named.

Similarity of a post to a story is the mean of two numbers: the cosine of embedding and centroid, rescaled so that
what this post is to an ordinary story counts 0 and equality 1 (e5 embeddings of unrelated texts have cosine 0.75), and
the cosine of IDF-weighted words. The embedding is followed by what the post complains of. To that comes a prior: a
complaint more likely belongs to what is being complained of now, so a story attracts complaints with the logarithm of
its recent ones (a recurrent Chinese restaurant process: Ahmed and Xing, SDM 2008; here greedy and with a threshold).
Reposts and replies follow their parent's story whatever they say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

import numpy as np

from groundswell.types import Post
from trends.centroids import TOPICS, WIDTH, Vector, length
from trends.copies import Copies
from trends.naming import sentence_of, title, typical_sentence, typicality
from trends.nearest import Seeking, nearest
from trends.stored import StoredStory
from trends.table import Story, Table
from trends.words import alarm_words, words

TOPIC_WEIGHT = 0.3  # of the square roots of topic probabilities beside an embedding of length 1
REPLY_WEIGHT = 0.25  # of a reply's words beside those of a post that stands by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryUpdate:
    """How a story stands after a post joined it; written in the post's transaction. `centroid` is float16 bytes.

    `absorbed` posts shaped it; `story` is what they were drawn by, which people may have merged into another.
    """

    story: str
    brand: str
    title: str
    first_at: datetime
    last_at: datetime
    centroid: bytes
    words: dict[str, float]
    heat: float
    absorbed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Where a post belongs. `copy_of` is equal for near-copies of one text and 0 for texts too short to judge."""

    story: str
    is_new: bool
    copy_of: int
    alarm_words: tuple[str, ...]
    update: StoryUpdate


class Stories:
    """The stories of all brands. Not thread-safe: one classifier loop owns it."""

    def __init__(
        self,
        *,
        threshold: float = 0.37,
        base_cosine: float = 0.86,
        live_days: float = 7.0,
        stories_per_brand: int = 2000,
        copies_per_brand: int = 5000,
    ) -> None:
        """Set the similarity from which a post joins (`threshold`), the days without a post that close a story to
        others than replies (`live_days`), what two unrelated posts have under the embedding in use (`base_cosine`).
        """
        self._threshold, self._base_cosine = threshold, base_cosine
        self._live = timedelta(days=live_days)
        self._stories_per_brand, self._copies_per_brand = stories_per_brand, copies_per_brand
        self._tables: dict[str, Table] = {}
        self._copies: dict[str, Copies] = {}
        self._merged: dict[str, str] = {}  # each draws posts by its own words, for the story it was merged into

    def assign(
        self,
        post_id: int,  # noqa: ARG002 -- part of the contract
        post: Post,
        embedding: Vector | None,
        parent_story: str | None,
        *,
        topics: Sequence[float] = (),
        negative: float = 0.0,
    ) -> Assignment:
        """Give `post` its story and update that story. `embedding` is L2-normalised, None when there is no text.

        `topics` are the probabilities of its complaint topics in the order of `Topic`, `negative` that of its label.
        """
        table = self._table(post.brand)
        own = words(post.text)
        copy_of = self._copies[post.brand].fold(post.text) if own else 0
        meant = None if embedding is None else joined(embedding, topics, negative)
        name = parent_story or nearest(
            table,
            Seeking(post.created_at, own, meant, negative),
            threshold=self._threshold,
            base_cosine=self._base_cosine,
            live=self._live,
        )
        is_new = name is None
        name = name or story_id(post)
        story = self._join(table, name, post, own, meant, negative, parent_story is not None)
        leads_to = self._merged.get(name, name)
        alarms, is_new = alarm_words(post.text), is_new and leads_to == name
        update = _update(table, story)
        return Assignment(story=leads_to, is_new=is_new, copy_of=copy_of, alarm_words=alarms, update=update)

    def retell(
        self, story: str, brand: str, told: Iterable[tuple[Post, Vector | None, Sequence[float], float]]
    ) -> StoryUpdate:
        """Describe a story anew, as if only these posts had joined it, oldest first.

        They are (post, embedding, topics, negative) as in `assign`; other stories say which words are ordinary.
        """
        table = self._table(brand)
        self.forget(brand, story)
        known: set[tuple[str, str | None]] = set()
        for post, embedding, topics, negative in told:
            meant = None if embedding is None else joined(embedding, topics, negative)
            follows = (post.source, post.parent) in known
            self._join(table, story, post, words(post.text), meant, negative, follows)
            known.add((post.source, post.external_id))
        return _update(table, table.stories[story])

    def warm(self, stored: Iterable[StoredStory], recent: Iterable[tuple[Post, int]] = ()) -> None:
        """Forget every story in memory and take these: stories in any order, (post, copy_of) of recent posts in order.

        Called after a restart, and whenever memory and store may differ. Copies seen before stay known.
        """
        self._tables, self._merged = {}, {}
        for row in sorted(stored, key=lambda r: (r.last_at, r.story)):
            if row.merged_into is not None:
                self._merged[row.story] = row.merged_into
            if row.merged_into is None or row.absorbed:
                held = dict(row.words)
                story = Story(row.story, row.brand, row.title, row.first_at, row.last_at, row.absorbed, held, row.heat)
                vector = _fitting(np.frombuffer(row.centroid, dtype=np.float16)) if row.centroid else None
                self._table(row.brand).add(story, vector)
        for post, copy_of in recent:
            self._table(post.brand)
            self._copies[post.brand].remember(post.text, copy_of)

    def forget(self, brand: str, story: str) -> None:
        """Drop a story that was purged, merged or edited in the store; unknown ones are fine."""
        if story in self._table(brand).stories:
            self._table(brand).remove(story)

    def _table(self, brand: str) -> Table:
        if brand not in self._tables:
            self._tables[brand] = Table(self._stories_per_brand)
            self._copies.setdefault(brand, Copies(self._copies_per_brand))
        return self._tables[brand]

    def _join(
        self,
        table: Table,
        name: str,
        post: Post,
        own: Sequence[str],
        meant: Vector | None,
        negative: float,
        follows: bool,
    ) -> Story:
        """Add a post to a story, begun when unknown; `follows`: because its parent is there."""
        story = table.stories.get(name)
        if story is None:
            story = Story(name, post.brand, "", post.created_at, post.created_at, 0, dict.fromkeys(own, 0.0))
            table.add(story, None)
        # A reply's few words say how people feel, not what the story is about: they count little, its vector nothing.
        vector = None if follows and story.posts else meant
        table.absorb(story, post.created_at, own, vector, REPLY_WEIGHT if follows else 1.0, negative)
        if not follows or not story.title:
            self._name(table, story, post)
        return story

    def _name(self, table: Table, story: Story, post: Post) -> None:
        """Keep the sentence that carries most of the story's vocabulary; change it only for a clearly better one."""
        brand = post.brand.lower()
        ranked = sorted([(-weight, word) for weight, word in table.weighed(story.words) if word not in brand])
        lead = {word: -value for value, word in ranked[:12]}

        def weight(word: str) -> float:
            return lead.get(word, 0.0)

        sentence, current = typical_sentence(post.text, weight), sentence_of(story.title)
        if current and typicality(sentence, weight) < 1.3 * typicality(current, weight):
            sentence = current
        story.title = title(lead, sentence)


def joined(embedding: Vector, topics: Sequence[float], negative: float) -> Vector:
    """Return what a post means as one unit vector: its embedding, then what it complains of (len(Topic) numbers)."""
    complaint = np.zeros(TOPICS, dtype=np.float32)
    if len(topics):
        complaint[:] = TOPIC_WEIGHT * np.sqrt(np.asarray(topics, dtype=np.float32) * negative)
    both: Vector = np.concatenate([embedding, complaint])
    return both / max(length(both), 1e-6)


def _fitting(stored: Vector) -> Vector:
    """Return a stored centroid in today's width: another model's is cut or filled, and soon forgotten."""
    vector = np.zeros(WIDTH, dtype=np.float32)
    vector[: min(len(stored), WIDTH)] = stored[:WIDTH]
    return vector


def story_id(post: Post) -> str:
    """Name a story by its first post: the same in every replay."""
    key = f"{post.brand}|{post.source}|{post.external_id}".encode()
    return "s" + blake2b(key).hexdigest()[:12]


def _update(table: Table, story: Story) -> StoryUpdate:
    centroid = table.centroid(story)
    return StoryUpdate(
        story=story.story,
        brand=story.brand,
        title=story.title,
        first_at=story.first_at,
        last_at=story.last_at,
        centroid=centroid.astype(np.float16).tobytes() if centroid.any() else b"",
        words=story.words,
        heat=story.heat,
        absorbed=story.posts,
    )
