"""Posts to stories as they arrive: one pass, per brand, by words and embedding; copies are named.

Which story a post is of is worked out in trends/nearest.py as a sum of log-odds. The embedding is followed by what the
post complains of. Reposts and replies follow their parent's story whatever they say. Stories in Chinese characters and
others are kept apart: neither words nor embeddings of the two compare.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from heapq import nsmallest
from types import MappingProxyType

from groundswell.types import Post
from trends.centroids import Vector
from trends.complaints import complains, joined
from trends.copies import CAPACITY, Copies
from trends.drift import follow, leaves, part
from trends.naming import sentence_of, title, typical_sentence, typicality
from trends.nearest import Seeking, nearest
from trends.stored import StoredStory, StoryUpdate, restored, told, written
from trends.table import Story, Table, script
from trends.words import alarm_words, words

OFTEN_NAMED, SELDOM_NAMED = 16, 8  # posts up to which each may give its story a sentence; then every so many


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Where a post belongs. `copy_of` is equal for near-copies of one text and 0 for texts too short to judge.

    `left` is how the story stands that drifted when this post opened a new one; None as a rule.
    """

    story: str
    is_new: bool
    copy_of: int
    alarm_words: tuple[str, ...]
    update: StoryUpdate
    left: StoryUpdate | None = None


class Stories:
    """The stories of all brands. Not thread-safe: one classifier loop owns it."""

    def __init__(
        self,
        *,
        threshold: float = 3.0,
        base_cosine: float = 0.86,
        live_days: float = 7.0,
        stories_per_brand: int = 2000,
        copies_per_brand: int = CAPACITY,
        names: Mapping[str, Iterable[str]] = MappingProxyType({}),
    ) -> None:
        """Set the evidence (nats) from which a post joins (`threshold`), the days without a post that close a story to
        others than replies (`live_days`), what two unrelated posts have under the embedding in use (`base_cosine`).

        `stories_per_brand` are kept in either script. `names` are a brand's own, which say nothing of a story.
        """
        self._threshold, self._base_cosine = threshold, base_cosine
        self._live = timedelta(days=live_days)
        self._stories_per_brand, self._copies_per_brand = stories_per_brand, copies_per_brand
        self._tables: dict[str, tuple[Table, Table]] = {}  # by script
        self._copies: dict[str, Copies] = {}
        self._merged: dict[str, str] = {}  # each draws posts by its own words, for the story it was merged into
        self._names = {brand: frozenset(w for name in known for w in words(name)) for brand, known in names.items()}

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
        own = self._own(post)
        tables = self._both(post.brand)
        copy_of = self._copies[post.brand].fold(post.text) if own else 0
        meant = None if embedding is None else joined(embedding, topics, negative)
        complaint = complains(topics, negative)
        table, name, left = tables[script(own)], parent_story, None
        if name is None and own:
            seeking = Seeking(post.created_at, own, meant, complaint)
            name = nearest(table, seeking, threshold=self._threshold, base_cosine=self._base_cosine, live=self._live)
            if name is not None and leaves(table, table.stories[name], own):
                name, left = self._open(table, name, post)
        is_new = name is None or left is not None
        name = name or story_id(post)
        table = next((one for one in tables if name in one.stories), table)
        story = self._join(table, name, post, own, meant, complaint, parent_story is not None)
        leads_to = self._merged.get(name, name)
        alarms, is_new = alarm_words(post.text), is_new and leads_to == name
        update = told(table, story)
        return Assignment(story=leads_to, is_new=is_new, copy_of=copy_of, alarm_words=alarms, update=update, left=left)

    def retell(
        self, story: str, brand: str, shaped_by: Iterable[tuple[Post, Vector | None, Sequence[float], float]]
    ) -> StoryUpdate:
        """Describe a story anew, as if only these posts had joined it, oldest first.

        They are (post, embedding, topics, negative) as in `assign`; other stories say which words are ordinary.
        """
        self.forget(brand, story)
        posts = list(shaped_by)
        table = self._both(brand)[script([word for post, *_ in posts for word in self._own(post)])]
        known: set[tuple[str, str | None]] = set()
        for post, embedding, topics, negative in posts:
            meant = None if embedding is None else joined(embedding, topics, negative)
            follows = (post.source, post.parent) in known
            self._join(table, story, post, self._own(post), meant, complains(topics, negative), follows)
            known.add((post.source, post.external_id))
        table.stories[story].course = None  # people say that these are one subject: it begins anew
        return told(table, table.stories[story])

    def warm(self, stored: Iterable[StoredStory], recent: Iterable[tuple[Post, int]] = ()) -> None:
        """Forget every story in memory and take these: stories in any order, (post, copy_of) of recent posts in order.

        Called after a restart, and whenever memory and store may differ. Copies seen before stay known.
        """
        self._tables, self._merged = {}, {}
        for row in sorted(stored, key=lambda r: (r.last_at, r.story)):
            if row.merged_into is not None:
                self._merged[row.story] = row.merged_into
            if row.merged_into is None or row.absorbed:
                story, vector = restored(row)
                self._both(row.brand)[written(story.words)].add(story, vector)
        for post, copy_of in recent:
            self._both(post.brand)
            self._copies[post.brand].remember(post.text, copy_of)

    def forget(self, brand: str, story: str) -> None:
        """Drop a story that was purged, merged or edited in the store; unknown ones are fine."""
        for table in self._both(brand):
            if story in table.stories:
                table.remove(story)

    def _both(self, brand: str) -> tuple[Table, Table]:
        tables = self._tables.get(brand)
        if tables is None:
            tables = self._tables[brand] = Table(self._stories_per_brand), Table(self._stories_per_brand)
            self._copies.setdefault(brand, Copies(self._copies_per_brand))
            self._names.setdefault(brand, frozenset())
            self._names[brand] |= set(words(brand))
        return tables

    def _own(self, post: Post) -> list[str]:
        """Return a post's distinct words in order, without the brand's names."""
        names = self._names.get(post.brand, ())
        return [word for word in dict.fromkeys(words(post.text)) if word not in names]

    def _open(self, table: Table, name: str, post: Post) -> tuple[str, StoryUpdate | None]:
        """Open the story that `name` drifted to with `post`, unless its id is taken; returns it and the one left."""
        new, story = story_id(post), table.stories[name]
        if new in self._merged or any(new in one.stories for one in self._both(post.brand)):
            return name, None
        begun, centroid = part(table, story, new, post.created_at)
        left = told(table, story)
        table.add(begun, centroid)
        return new, left

    def _join(
        self,
        table: Table,
        name: str,
        post: Post,
        own: Sequence[str],
        meant: Vector | None,
        complaint: float,
        follows: bool,
    ) -> Story:
        """Add a post to a story, begun when unknown; `follows`: because its parent is there."""
        story = table.stories.get(name)
        if story is None:
            story = Story(name, post.brand, "", post.created_at, post.created_at, 0)
            table.add(story, None)
        if follows and story.posts:  # an answer says how people feel, not what the story is about
            table.absorb(story, post.created_at, (), None, complaint)
        else:
            table.absorb(story, post.created_at, own, meant, complaint)
            if story.posts <= OFTEN_NAMED or story.posts % SELDOM_NAMED == 0 or not story.title:
                self._name(table, story, post)
            follow(table, story, own)
        return story

    def _name(self, table: Table, story: Story, post: Post) -> None:
        """Keep the sentence that carries most of the story's vocabulary; change it only for a clearly better one."""
        ranked = nsmallest(12, [(-weight, word) for weight, word in table.weighed(story.words)])
        lead = {word: -value for value, word in ranked}

        def weight(word: str) -> float:
            return lead.get(word, 0.0)

        sentence, current = typical_sentence(post.text, weight), sentence_of(story.title)
        if current and typicality(sentence, weight) < 1.3 * typicality(current, weight):
            sentence = current
        story.title = title(lead, sentence)


def story_id(post: Post) -> str:
    """Name a story by its first post: the same in every replay."""
    key = f"{post.brand}|{post.source}|{post.external_id}".encode()
    return "s" + blake2b(key).hexdigest()[:12]
