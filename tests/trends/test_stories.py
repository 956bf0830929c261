import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain

import numpy as np

from groundswell.types import Post
from trends.complaints import complains
from trends.ordinary import RARE, shares
from trends.stories import Stories, story_id
from trends.table import script
from trends.words import words

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
SETTINGS = {"base_cosine": 0.75}


def axis(number):
    """Embeddings like e5's: all share one direction, cosine 0.75 between different subjects."""
    vector = np.zeros(384, dtype=np.float32)
    vector[0], vector[1 + number] = 0.75**0.5, 0.25**0.5
    return vector


def post(n, text, minutes=0.0, brand="Halvero"):
    return Post(
        source="forum",
        external_id=str(n),
        text=text,
        created_at=START + timedelta(minutes=minutes),
        brand=brand,
        gated=True,
    )


LEAKS = [
    "The Arc kettle leaks at the base after one week",
    "Kettle base leaks again, water all over the table",
    "Another leaking kettle: the base drips on my table",
]
LATE = [
    "My order is nine days late and tracking shows nothing",
    "Nine days late, tracking never moves, where is my order",
]


def test_posts_of_one_complaint_join_and_of_another_do_not():
    stories = Stories(**SETTINGS)
    leaks = {stories.assign(i, post(i, text, i), axis(1), None).story for i, text in enumerate(LEAKS)}
    late = {stories.assign(9 + i, post(9 + i, text, 9 + i), axis(2), None).story for i, text in enumerate(LATE)}
    assert len(leaks) == len(late) == 1
    assert leaks != late
    assert leaks == {story_id(post(0, ""))}


def test_in_a_new_brands_empty_table_everyday_posts_do_not_melt_into_one_story():
    parts, looks = (
        ("lid", "cable", "box", "manual", "handle", "filter", "button", "cup"),
        ("blue", "shiny", "thin", "warm"),
    )
    chance, stories = random.Random(3), Stories(**SETTINGS)
    sizes: Counter[str] = Counter()
    for i in range(120):
        said = [chance.choice(looks), chance.choice(parts), chance.choice(("fine", "bad")), chance.choice(parts)]
        sizes[stories.assign(i, post(i, " ".join([*said, f"n{i}"]), 60 * i), axis(i), None).story] += 1
    assert max(sizes.values()) < 12


def test_words_of_the_language_at_large_are_little_evidence_and_rare_ones_are():
    assert RARE < shares()["kitchen"] < shares()["time"] < 0.01
    assert "earthquake" not in shares()
    found = []
    for texts in (("please help today", "please help today again"), ("gearbox howls", "gearbox howls again")):
        stories = Stories(**SETTINGS)
        found.append(len({stories.assign(i, post(i, text, i), axis(1), None).story for i, text in enumerate(texts)}))
    assert found == [2, 1]


def test_brands_never_share_a_story():
    stories = Stories(**SETTINGS)
    a = stories.assign(1, post(1, LEAKS[0]), axis(1), None)
    b = stories.assign(2, post(1, LEAKS[0], brand="Other"), axis(1), None)
    assert a.story != b.story
    assert b.is_new


def test_replies_follow_their_parent_whatever_they_say_and_leave_its_centroid():
    stories = Stories(**SETTINGS)
    first = stories.assign(1, post(1, LEAKS[0]), axis(1), None)
    reply = stories.assign(2, post(2, LATE[0], 1), axis(2), first.story)
    assert reply.story == first.story
    assert not reply.is_new
    assert reply.update.centroid == first.update.centroid


def test_a_reply_to_a_story_that_memory_lost_revives_it():
    given = Stories(**SETTINGS).assign(2, post(2, "same here"), None, "s0123456789ab")
    assert given.story == given.update.story == "s0123456789ab"
    assert not given.is_new


def test_empty_text_without_embedding_is_a_story_of_its_own():
    stories = Stories(**SETTINGS)
    stories.assign(1, post(1, LEAKS[0]), axis(1), None)
    empty = stories.assign(2, post(2, ""), None, None)
    assert empty.is_new
    assert (empty.copy_of, empty.alarm_words, empty.update.centroid, empty.update.title) == (0, (), b"", "")


def test_words_alone_join_when_there_is_no_embedding():
    stories = Stories(**SETTINGS)
    first = stories.assign(1, post(1, LEAKS[1]), None, None)
    assert stories.assign(2, post(2, LEAKS[1] + " indeed", 5), None, None).story == first.story


def test_a_story_silent_for_a_week_takes_no_new_posts_but_replies():
    stories = Stories(**SETTINGS)
    first = stories.assign(1, post(1, LEAKS[0]), axis(1), None)
    later = 8 * 24 * 60
    assert stories.assign(2, post(2, LEAKS[0] + "!", later), axis(1), None).is_new
    assert stories.assign(3, post(3, "still", later), axis(1), first.story).story == first.story


def test_the_title_names_words_and_a_sentence_but_not_the_brand():
    stories = Stories(**SETTINGS)
    given = [stories.assign(i, post(i, "Halvero! " + text, i), axis(1), None) for i, text in enumerate(LEAKS)][-1]
    words, _, sentence = given.update.title.partition(": ")
    assert "kettle" in words or "base" in words
    assert "halvero" not in words
    assert any(sentence.rstrip("…") in text for text in LEAKS)


@dataclass
class Row:
    story: str
    brand: str
    title: str
    first_at: datetime
    last_at: datetime
    posts: int
    negative: int
    centroid: bytes
    words: dict[str, float]
    heat: float = 0.0
    merged_into: str | None = None
    absorbed: int = 0
    course: dict[str, object] | None = None
    drifted_from: str | None = None


def stored(stories):
    """What a store would hold: the last update of every story and its number of posts."""
    rows = []
    for table in chain.from_iterable(stories._tables.values()):
        for s in table.stories.values():
            centroid = table.centroid(s).astype(np.float16).tobytes()
            leads_to, held = stories._merged.get(s.story), dict(s.words)
            row = Row(s.story, s.brand, s.title, s.first_at, s.last_at, s.posts, 0, centroid, held, s.heat, leads_to)
            rows.append(replace(row, absorbed=s.posts))
    return rows


def test_a_restart_changes_nothing():
    texts = [(text, 1) for text in LEAKS] + [(text, 2) for text in LATE] + [("The app crashes on start", 3)]
    stream = [(i, post(i, text + f" {i % 3}", 7 * i), axis(a)) for i, (text, a) in enumerate(texts * 6)]
    whole = Stories(**SETTINGS)
    said = {"topics": [0.9, *[0.0] * 9], "negative": 0.8}
    expected = [whole.assign(i, p, v, None, **said) for i, p, v in stream]
    before = Stories(**SETTINGS)
    found = [before.assign(i, p, v, None, **said) for i, p, v in stream[:17]]
    after = Stories(**SETTINGS)
    after.warm(reversed(stored(before)), [(p, a.copy_of) for (_, p, _), a in zip(stream[:17], found, strict=True)])
    found += [after.assign(i, p, v, None, **said) for i, p, v in stream[17:]]
    assert found == expected


def test_warming_twice_keeps_no_story_twice_and_skips_merged_ones():
    stories = Stories(**SETTINGS)
    stories.assign(1, post(1, LEAKS[0]), axis(1), None)
    rows = stored(stories)
    rows.append(Row("sgone", "Halvero", "", START, START, 3, 0, b"", {"kettle": 9.0}, merged_into=rows[0].story))
    stories.warm(rows)
    stories.warm(rows)
    assert list(stories._tables["Halvero"][0].stories) == [rows[0].story]
    assert stories.assign(2, post(2, LEAKS[1], 1), axis(1), None).story == rows[0].story


def test_memory_is_bounded_and_the_latest_stories_stay():
    stories = Stories(**SETTINGS, stories_per_brand=100)
    for i in range(300):
        text = " ".join(f"{word}{chr(97 + i // 26)}{chr(97 + i % 26)}" for word in ("subject", "topic", "matter"))
        stories.assign(i, post(i, text), axis(i), None)
    table = stories._tables["Halvero"][0]
    assert len(table.stories) == 100
    assert story_id(post(299, "")) in table.stories
    assert len(table.centroids.matrix) == 128
    held = {row for row, story in enumerate(table.seats) if story is not None}
    assert all(rows.keys() <= held for rows in table.postings.values())
    assert table.mass == sum(table.frequency.values()) == sum(story.mass for story in table.stories.values())


def test_a_forgotten_story_is_not_joined():
    stories = Stories(**SETTINGS)
    first = stories.assign(1, post(1, LEAKS[0]), axis(1), None)
    stories.forget("Halvero", first.story)
    stories.forget("Halvero", "never-known")
    assert stories.assign(2, post(2, LEAKS[0], 1), axis(1), None).is_new


def test_a_merged_story_goes_on_drawing_its_own_kind_for_the_one_it_became():
    stories = Stories(**SETTINGS)
    leak = stories.assign(1, post(1, LEAKS[0]), axis(1), None).story
    late = stories.assign(2, post(2, LATE[0]), axis(2), None).story
    rows = [replace(row, merged_into=late if row.story == leak else None) for row in stored(stories)]
    stories.warm(rows)
    drawn = stories.assign(3, post(3, LEAKS[1], 5), axis(1), None)
    assert (drawn.story, drawn.is_new, drawn.update.story, drawn.update.absorbed) == (late, False, leak, 2)
    assert stories.assign(4, post(4, LATE[1], 6), axis(2), None).story == late
    again = stories.assign(5, post(1, "The founding post, edited into something else"), axis(7), None)
    assert (again.story, again.is_new) == (late, False)  # its old name must not come back to life


def test_a_restart_after_a_merge_changes_nothing():
    stream = [(i, post(i, text + f" {i % 3}", 7 * i), axis(a)) for i, (text, a) in enumerate(
        ([(text, 1) for text in LEAKS] + [(text, 2) for text in LATE]) * 6
    )]  # fmt: skip
    before = Stories(**SETTINGS)
    found = [before.assign(i, p, v, None) for i, p, v in stream[:10]]
    leak, late = found[0].story, found[3].story
    rows = [replace(row, merged_into=late if row.story == leak else None) for row in stored(before)]
    before.warm(rows)
    for i, p, v in stream[10:17]:
        before.assign(i, p, v, None)
    after = Stories(**SETTINGS)
    after.warm(stored(before), [(p, 0) for _, p, _ in stream[:17]])
    rest = [(one.assign(i, p, v, None).story, one.assign(i + 99, p, v, None).update) for one in (before, after)
            for i, p, v in stream[17:]]  # fmt: skip
    assert rest[: len(rest) // 2] == rest[len(rest) // 2 :]
    assert {story for story, _ in rest} == {late}


def test_bad_news_of_no_topic_warms_nothing():
    assert complains([], 1.0) == complains([0.0] * 10, 0.99) == complains([0.9] * 10, 0.05) == 0.0
    assert complains([1.0, *[0.0] * 9], 1.0) == 1.0


def test_accents_do_not_cut_a_word_nor_make_it_chinese():
    assert words("Explosión en la refinería de São Paulo") == ["explosión", "refinería", "são", "paulo"]
    assert (script(["explosión", "refinería"]), script(["水壶", "漏水", "arc"])) == (0, 1)
