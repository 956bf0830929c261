"""What speaks for a story: its own surprise, that of its topic when complaints come in many words, or its brand's."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from groundswell.types import Topic
from trends.baseline import HOUR
from trends.board import BrandState, StoryState
from trends.gate import Latch
from trends.look import BrandLook, StoryLook, leader
from trends.settings import DetectorSettings
from trends.surprise import Surprise

TOPIC, SLOW, RESUMED = "topic:", "slow:", "resumed"
MAIN_SHARE = 0.5  # of a story's negatives, from which it counts as a story of that topic
SAME = 1 / 3  # of a burst's complaints, from which it is the incident that tells them: a cause shows in many topics
MEMORY_H = 24.0
TWIN_H = 6.0  # within which a story of the other language breaks out too, when both tell of one event


@dataclass(frozen=True, slots=True)
class Lead:
    """`code` says what fired; `told` holds the posts that are counted: the story's, or all of its topic."""

    code: str
    surprise: Surprise
    told: StoryState


def lead(
    brand: BrandLook, one: StoryLook, viral: Mapping[str, Latch], settings: DetectorSettings, now: float
) -> Lead | None:
    """Find what speaks for a story now, None when nothing does. `viral` are the brand's viral stories."""
    latch = viral.get(one.story.story)
    if latch is not None and latch.lead.startswith((TOPIC, SLOW)):
        return _same_again(brand, latch.lead)
    if latch is None and _is_covered(brand, one, viral, now):
        return None
    if one.stands:
        return Lead("story", one.surprise, one.story)
    by_topic = _topical(brand, one, viral, now)
    if by_topic is not None:
        return by_topic
    held = one.story.negative(now, brand.surprise.window_h * HOUR)
    is_most = held >= max(settings.least_negatives, settings.brand_share * brand.surprise.observed)
    if brand.stands and is_most and viral.keys() <= {one.story.story}:
        return Lead("brand", brand.surprise, one.story)
    return None


def main_topic(story: StoryState, now: float) -> Topic | None:
    """Return the topic of at least half of a story's negatives of the last day, if there is one."""
    posts = [post for post in story.until(now, now - 24 * HOUR) if post.label == "negative"]
    counts = Counter(topic for post in posts for topic in post.topics)
    topic, n = max(counts.items(), key=lambda item: (item[1], item[0]), default=(None, 0))
    return topic if n >= MAIN_SHARE * len(posts) else None


def _same_again(brand: BrandLook, code: str) -> Lead | None:
    """Return what a topic or slow rise says now of the story it made viral."""
    topic = Topic(code.partition(":")[2])
    told = brand.state.topics.get(topic)
    if told is None:
        return None
    for rise in brand.rises:
        if code == SLOW + rise.topic:
            return Lead(code, Surprise(rise.window_d * 24.0, rise.observed, rise.expected, rise.surprise), told)
    for look in brand.topics:
        if look.topic == topic:
            return Lead(code, look.surprise, told) if look.stands or code.startswith(SLOW) else None
    return None


def _topical(brand: BrandLook, one: StoryLook, viral: Mapping[str, Latch], now: float) -> Lead | None:
    """Return the topic or slow rise that this story leads: the story with most of the topic's complaints tells it."""
    candidates = [(TOPIC + look.topic, look.topic, look.surprise) for look in brand.topics if look.stands]
    for rise in brand.rises:
        window = Surprise(rise.window_d * 24.0, rise.observed, rise.expected, rise.surprise)
        candidates.append((SLOW + rise.topic, rise.topic, window))
    told_of = {latch.lead.partition(":")[2] for latch in viral.values()}
    for code, topic, surprise in candidates:
        told = brand.state.topics.get(topic)
        if told is None or topic in told_of or _is_told_already(brand.state, told, surprise.window_h, viral, now):
            continue
        if leader(told, now, surprise.window_h) == one.story.story:
            return Lead(code, surprise, told)
    return None


def _is_covered(brand: BrandLook, one: StoryLook, viral: Mapping[str, Latch], now: float) -> bool:
    """Tell whether a viral story of the brand tells of this one already: one crisis, one alert."""
    if not viral:
        return False
    if _is_told_already(brand.state, one.story, one.surprise.window_h, viral, now):
        return True
    topic, lang = main_topic(one.story, now), _language(one.story, now)
    for name, latch in viral.items():
        other = brand.state.stories.get(name)
        of = Topic(latch.lead.partition(":")[2]) if ":" in latch.lead else other and main_topic(other, now)
        if topic is not None and topic == of:
            return True
        # Stories are of one language each; two that break out together are one story told twice, unless topics differ.
        is_twin = now - latch.since <= TWIN_H * HOUR and other is not None and _language(other, now) != lang
        if is_twin and (topic is None or of is None):
            return True
    return False


def _language(story: StoryState, now: float) -> str | None:
    """Return the language of most of a story's negatives of the last day."""
    counts = Counter(post.lang for post in story.until(now, now - 24 * HOUR) if post.label == "negative")
    return max(counts.items(), key=lambda item: (item[1], str(item[0])), default=(None, 0))[0]


def _is_told_already(
    state: BrandState, told: StoryState, window_h: float, viral: Mapping[str, Latch], now: float
) -> bool:
    """Tell whether SAME of these negatives are counted by open incidents, themselves or with most of their story."""
    new = [post for post in told.until(now, now - window_h * HOUR) if post.label == "negative"]
    if not new or not viral:
        return False
    counted: set[int] = set()
    stories: Counter[str] = Counter()
    for name, latch in viral.items():
        topic = latch.lead.partition(":")[2]
        source = state.topics.get(Topic(topic)) if topic else state.stories.get(name)
        for post in source.until(now, now - MEMORY_H * HOUR) if source else ():
            if post.label == "negative":
                counted.add(post.post)
                stories[post.story] += 1
    shared = sum(
        post.post in counted
        or stories[post.story] > MAIN_SHARE * state.stories[post.story].negative(now, MEMORY_H * HOUR)
        for post in new
        if post.post in counted or post.story in state.stories
    )
    return shared >= SAME * len(new)
