"""A story that goes over to another subject opens a new one; one that only varies, grows or digresses does not."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from groundswell.types import Post
from trends import drift
from trends.stories import Stories

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
LANGUAGES = ("en", "zh")


def _words(english, chinese):
    return dict(zip(LANGUAGES, (english.split(), chinese.split()), strict=True))


LEAK = _words(
    "kettle leaks base puddle counter seal dripping soaked plug lid steam water spout gasket drip kitchen",
    "水壶漏水 底座渗水 密封圈老化 台面积水 壶盖松动 壶身开裂 插头受潮 蒸汽外泄 接缝滴漏 烧水漏底",
)
HOTLINE = _words(
    "refund hotline unanswered queue voicemail callback ticket hours music agent dial engaged ringing line",
    "退款无门 热线占线 客服失联 排队等候 电话忙音 工单关闭 回电落空 语音循环 投诉石沉 人工转接",
)
FILLER = _words("again today honestly week two bought since morning", "今天 真的 两周 早上 已经")


def said(rng, lang, words, n=6):
    picked = rng.sample(words, n) + rng.sample(FILLER[lang], 2)
    return " ".join(picked) if lang == "en" else "，".join(picked)


def everyday(rng, lang):
    """A post about something of its own, in the filler words that everyone uses."""
    if lang == "en":
        words = ["".join(rng.choices("bdfglmnprst", k=2)) + "".join(rng.choices("aeiou", k=2)) + "x" for _ in range(4)]
    else:
        words = ["".join(chr(rng.randrange(0x5000, 0x9000)) for _ in range(3)) for _ in range(3)]
    return "other", said(rng, lang, words, len(words)), vector(-1)


def vector(share):
    """An embedding between two subjects: `share` 0 the leak, 1 the hotline; -1 something else."""
    found = np.zeros(384, dtype=np.float32)
    found[0] = 0.75**0.5
    if share < 0:
        found[3] = 0.5
    else:
        found[1], found[2] = 0.5 * (1 - share), 0.5 * share
    return found / np.linalg.norm(found)


def going_over(lang, seed=1):
    """40 posts of a leak, 40 that turn to the hotline bit by bit, 70 of the hotline; between them everyday posts."""
    rng = random.Random(seed)
    stream = [everyday(rng, lang) for _ in range(60)]
    for i in range(150):
        share = min(max((i - 40) / 40, 0.0), 1.0)
        hotline = round(6 * share)
        words = rng.sample(LEAK[lang], 6 - hotline) + rng.sample(HOTLINE[lang], hotline)
        stream.append(("leak" if i < 40 else "hotline" if i >= 80 else "both", said(rng, lang, words), vector(share)))
        stream.append(everyday(rng, lang))
    return stream


def as_post(i, text, minutes=20.0):
    at = START + timedelta(minutes=minutes * i)
    return Post(source="forum", external_id=str(i), text=text, created_at=at, brand="Halvero", gated=True)


@dataclass
class Grouped:
    """What a stream became: per kind of post the stories given, and the last update of every story."""

    given: list[tuple[str, str, bool]] = field(default_factory=list)
    last: dict[str, object] = field(default_factory=dict)

    def of(self, kind):
        return Counter(story for k, story, _ in self.given if k == kind)


def group(stream, *, minutes=20.0, restarts=(), merged=()):
    stories, found = Stories(base_cosine=0.75), Grouped()
    for i, (kind, text, meant) in enumerate(stream):
        if i in restarts:
            stories = Stories(base_cosine=0.75)
            stories.warm([row(u, dict(merged).get(u.story)) for u in found.last.values()])
        put = stories.assign(i, as_post(i, text, minutes), meant, None)
        found.given.append((kind, put.story, put.is_new))
        found.last |= {u.story: u for u in (put.left, put.update) if u is not None}
    return found


def row(update, merged_into=None):
    held = {name: getattr(update, name) for name in update.__slots__}
    return SimpleNamespace(**held, posts=update.absorbed, negative=0, merged_into=merged_into)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_story_that_goes_over_to_another_subject_becomes_two_with_titles_of_their_own(lang):
    found = group(going_over(lang))
    (leak, _), (hotline, most) = found.of("leak").most_common(1)[0], found.of("hotline").most_common(1)[0]
    assert hotline != leak
    assert most >= 45  # the first two windows of it are in the old story
    assert found.of("both")[leak] >= 30
    assert next((k, is_new) for k, story, is_new in found.given if story == hotline) == ("hotline", True)
    titles = [found.last[name].title.partition(": ")[0].lower() for name in (leak, hotline)]
    for title, mine, other in zip(titles, (LEAK, HOTLINE), (HOTLINE, LEAK), strict=True):
        assert any(word in title or title.split(", ")[0] in word for word in mine[lang])
        assert not any(word in title for word in other[lang])
    assert max(found.last[leak].words, key=found.last[leak].words.get) in "".join(LEAK[lang] + FILLER[lang])
    assert not set(found.last[leak].words) & {"hotline", "voicemail", "热线", "忙音"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_drift_the_story_would_have_taken_the_new_subject_along(lang, monkeypatch):
    monkeypatch.setattr(drift, "BEGINNING", 10**9)
    found = group(going_over(lang))
    assert found.of("hotline").most_common(1)[0][0] == found.of("leak").most_common(1)[0][0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_restart_before_while_and_after_it_drifts_changes_nothing(lang):
    stream = going_over(lang)
    whole = group(stream)
    opened = next(i for i, (kind, _, is_new) in enumerate(whole.given) if kind == "hotline" and is_new)
    again = group(stream, restarts=(100, 180, opened - 3, opened - 1, opened, opened + 1, 290))
    assert again == whole


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_old_subject_goes_on_in_the_old_story(lang):
    stream, rng = going_over(lang), random.Random(9)
    found = group([*stream, *(("later", said(rng, lang, LEAK[lang]), vector(0)) for _ in range(8))])
    assert found.of("later").most_common(1)[0] == (found.of("leak").most_common(1)[0][0], 8)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_long_story_of_one_subject_in_varied_words_stays_one(lang):
    rng, stream = random.Random(4), []
    for i in range(300):  # each week says it with other words, the thing it is about remains
        name, turn = LEAK[lang][0], [f"{w}{i // 60}" if lang == "en" else w for w in HOTLINE[lang]]
        own = [name, *rng.sample(LEAK[lang][1:], 2), *rng.sample(turn, 3)]
        stream += [("leak", said(rng, lang, own), vector(0.2)), everyday(rng, lang)]
    assert len(group(stream, minutes=50.0).of("leak")) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_story_that_grows_tenfold_stays_one(lang):
    rng, found, stories = random.Random(5), set(), Stories(base_cosine=0.75)
    for i in range(330):
        hours = i * 1.0 if i < 30 else 30 + (i - 30) * 0.01
        text = said(rng, lang, LEAK[lang])
        found.add(stories.assign(i, as_post(i, text, 60 * hours / max(i, 1)), vector(0), None).story)
    assert len(found) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_digression_is_no_drift(lang):
    rng = random.Random(6)
    stream = [("leak", said(rng, lang, LEAK[lang]), vector(0)) for _ in range(40)]
    bridge = [("both", said(rng, lang, LEAK[lang][:3] + HOTLINE[lang][:3]), vector(0.5)) for _ in range(6)]
    away = [("away", said(rng, lang, HOTLINE[lang]), vector(1)) for _ in range(6)]
    found = group([*stream, *bridge, *away, *stream[:30]])
    assert len(found.of("leak")) == 1
    assert sum(is_new for kind, _, is_new in found.given if kind == "leak") == 1


def test_answers_stay_with_their_parent_after_the_drift():
    stories, leak = Stories(base_cosine=0.75), ""
    for i, (_, text, meant) in enumerate(going_over("en")):
        put = stories.assign(i, as_post(i, text), meant, None)
        leak = leak or put.story
    answer = stories.assign(999, as_post(999, "refund hotline unanswered"), vector(1), leak)
    assert (answer.story, answer.is_new, answer.left) == (leak, False, None)


def test_a_merged_story_that_drifts_opens_one_that_is_not_merged():
    stream = going_over("en")
    first = group(stream[:80])
    leak, other = (first.of(kind).most_common(1)[0][0] for kind in ("leak", "other"))
    found = group(stream, restarts=(80,), merged={leak: other}.items())
    hotline = found.of("hotline").most_common(1)[0][0]
    assert hotline not in (leak, other)
    assert found.of("both").most_common(1)[0][0] == other


def test_what_is_remembered_is_bounded():
    rng, stories = random.Random(7), Stories(base_cosine=0.75)
    leak, hotline = ([f"{word}{end}" for word in words["en"] for end in "abcd"] for words in (LEAK, HOTLINE))
    for i in range(150):
        share = min(max((i - 40) / 40, 0.0), 1.0)
        words = rng.sample(leak, 50 - round(50 * share)) + rng.sample(hotline, round(50 * share))
        put = stories.assign(i, as_post(i, " ".join(words)), vector(share), None)
        for update in (put.update, put.left):
            course = update and update.course
            assert not course or course["posts"] <= 2 * drift.WINDOW
            assert not course or sum(course["lately"].values()) <= 2 * drift.WINDOW * drift.MOST_OF_A_POST
