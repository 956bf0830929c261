"""One look at everything watched: each brand and each active story is tested, then all tests are judged together."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from groundswell.types import Topic
from trends.baseline import HOUR, Expectation
from trends.board import DAY, BrandState, StoryState
from trends.settings import DetectorSettings
from trends.slow import Rise
from trends.surprise import WINDOWS_H, Surprise, discoveries, most_surprising

LONGEST_S = WINDOWS_H[-1] * HOUR
Normal = Mapping[float, Expectation]
"""What is normal for a brand now, by window in hours."""


@dataclass(slots=True)
class StoryLook:
    """One story at one moment; `stands` is what the false-discovery rule says."""

    story: StoryState
    surprise: Surprise
    stands: bool = False


@dataclass(slots=True)
class TopicLook:
    """One brand's complaints of one topic at one moment."""

    topic: Topic
    surprise: Surprise
    stands: bool = False


@dataclass(slots=True)
class BrandLook:
    """One brand at one moment: its own surprise, its stories', its slow rises; `tests` made in all."""

    state: BrandState
    surprise: Surprise
    stories: list[StoryLook]
    topics: list[TopicLook]
    rises: Sequence[Rise]
    tests: int
    stands: bool = False


def look(
    state: BrandState,
    now: float,
    settings: DetectorSettings,
    share: float,
    rises: Sequence[Rise],
    is_viral: Callable[[str], bool],
) -> BrandLook:
    """Test a brand and those of its stories that had negatives in the longest window or are viral.

    A story is held against `share` of what is normal for its brand: the part the largest story usually has; a topic
    against its own part of the brand's past, or of the mentions that there are now.
    """
    normal = {window: state.baseline.expected(now, window * HOUR) for window in WINDOWS_H}
    counts = [state.minutes.count(now, window * HOUR) for window in WINDOWS_H]
    read = [state.mentions.count(now, window * HOUR) for window in WINDOWS_H]
    misread = settings.misread_share
    brand = most_surprising(counts, normal.__getitem__, settings.least_negatives, read=read, misread=misread)
    stories, of_stories = _stories(state, now, settings, share, normal, is_viral)
    topics, of_topics = _topics(state, now, settings, normal)
    told = [(one.topic, one.surprise.window_h) for one in topics] + [(r.topic, r.window_d * 24.0) for r in rises]
    wanted = {leader(state.topics[topic], now, window_h) for topic, window_h in told if topic in state.topics}
    unseen = (wanted - {one.story.story for one in stories}) & state.stories.keys()
    nothing = Surprise(WINDOWS_H[-1], 0, 0.0, 0.0)
    stories += [StoryLook(state.stories[name], nothing) for name in sorted(unseen)]
    return BrandLook(state, brand, stories, topics, rises, 1 + of_stories + of_topics)


def _stories(
    state: BrandState,
    now: float,
    settings: DetectorSettings,
    share: float,
    normal: Normal,
    is_viral: Callable[[str], bool],
) -> tuple[list[StoryLook], int]:
    """Look at the stories, the most surprising first; and count the tests that were made."""
    stories, tests = [], 0
    least, misread = settings.least_negatives, settings.misread_share

    def expected(window_h: float) -> Expectation:
        return replace(normal[window_h], mean=normal[window_h].mean * share)

    for story in state.stories.values():
        viral = is_viral(story.story)
        if story.last <= now - LONGEST_S and not viral:
            continue
        counts = [story.negative(now, window * HOUR) for window in WINDOWS_H]
        tests += counts[-1] > 0
        if counts[-1] >= settings.mention_negatives or viral:
            read = [story.read(now, window * HOUR) for window in WINDOWS_H]
            stories.append(StoryLook(story, most_surprising(counts, expected, least, read=read, misread=misread)))
    stories.sort(key=lambda one: (-one.surprise.value, -one.story.negative(now, LONGEST_S), one.story.story))
    return stories, tests


def _topics(state: BrandState, now: float, settings: DetectorSettings, normal: Normal) -> tuple[list[TopicLook], int]:
    """Look at the topics; and count the tests that were made. Any crowd brings its usual complaints."""
    share = state.baseline.negative_share(now)
    usual = settings.misread_share if share is None else share
    level = {
        window: replace(one, mean=max(one.mean, state.mentions.count(now, window * HOUR) * usual))
        for window, one in normal.items()
    }
    topics, tests = [], 0
    for topic, told in sorted(state.topics.items()):
        counts = [told.negative(now, window * HOUR) for window in WINDOWS_H]
        tests += counts[-1] > 0
        if counts[-1] >= settings.least_negatives:
            part = state.topic_share(topic, int(now // DAY))
            expected = {window: replace(one, mean=one.mean * part) for window, one in level.items()}
            topics.append(TopicLook(topic, most_surprising(counts, expected.__getitem__, settings.least_negatives)))
    return topics, tests


def leader(told: StoryState, now: float, window_h: float) -> str:
    """Return the story with most of a topic's complaints in a window: the one the topic is told under."""
    counts = Counter(post.story for post in told.until(now, now - window_h * HOUR))
    return max(counts.items(), key=lambda item: (item[1], item[0]), default=("", 0))[0]


def control(looks: Sequence[BrandLook], settings: DetectorSettings) -> None:
    """Mark what stands after Benjamini-Hochberg over every brand, story and topic that was tested."""
    tested: list[BrandLook | StoryLook | TopicLook] = []
    for brand in looks:
        tested += [brand, *brand.stories, *brand.topics]
    tests = sum(brand.tests for brand in looks)
    stands = discoveries([one.surprise.value for one in tested], tests, settings.surprise)
    for one, holds in zip(tested, stands, strict=True):
        one.stands = holds
