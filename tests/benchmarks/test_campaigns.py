"""The injected campaigns differ from their organic twins by their traces and by nothing else."""

import numpy as np
import pytest

from benchmarks.campaigns import LEVELS, edited, injected, invented, seen
from benchmarks.copies import probes


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.name[:1])
def test_a_campaign_adds_no_post_and_no_account(level):
    random = np.random.default_rng(4)
    story = invented(random)
    campaign = injected(story, level, random)
    before, after = probes(story), probes(campaign)
    assert (before["posts"], before["accounts"]) == (after["posts"], after["accounts"])
    assert after["duration"] <= before["duration"] + (level.wave_s or 0)
    assert sum(not post.text for post in campaign) == sum(not post.text for post in story)
    if level.wave_s is None:
        assert [post.at for post in campaign] == [post.at for post in story]


def test_a_share_of_the_letters_is_edited():
    random = np.random.default_rng(5)
    text = "a" * 3000
    changed = edited(text, 0.2, ["b"], random)
    assert 0.17 < changed.count("b") / 3000 * 1.5 < 0.23  # two of three kinds of edits bring a letter
    assert edited(text, 0.0, ["b"], random) == text


def test_reposts_without_words_name_no_text():
    posts = seen(invented(np.random.default_rng(6)))
    assert all(post.is_repost and not post.copy_of for post in posts if post.is_repost)
    assert any(post.is_repost for post in posts)
    assert any(post.copy_of for post in posts)
