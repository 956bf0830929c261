from datetime import timedelta

from tests.trends.test_stories import START
from trends.table import MOST_TOKENS, Story, Table


def test_a_story_follows_what_it_says_lately_and_counts_stay_whole():
    table = Table(10)
    story = Story("s1", "Halvero", "", START, START, 0)
    table.add(story, None)
    for i in range(600):
        table.absorb(story, START + timedelta(minutes=i), ["kettle", "leak" if i < 350 else "lid", f"w{i}"], None)
    assert story.tokens == sum(story.words.values()) <= MOST_TOKENS
    assert story.words["lid"] > story.words["leak"]
    assert table.mass == sum(table.frequency.values()) == story.mass
    table.remove("s1")
    assert (table.mass, table.postings, table.frequency, table._repeated) == (0, {}, {}, {})
