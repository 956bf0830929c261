import pytest

from trends.naming import sentence_of, title, typical_sentence
from trends.words import alarm_words, clean, words


def test_english_words_lose_stop_words_addresses_and_mentions():
    assert words("RT @anna: The kettles are LEAKING again https://x.test/a1 #HalveroArc") == [
        "kettle",
        "leaking",
        "halveroarc",
    ]


def test_chinese_words_are_bigrams_without_particles():
    assert words("水壶漏水了") == ["水壶", "壶漏", "漏水"]


def test_a_reposted_chain_is_not_the_reposters_own_words():
    assert words("太过分 //@小王:水壶爆炸 //@小李:真的吗") == words("太过分")
    assert alarm_words("转发微博 //@小王: 水壶爆炸") == ()


def test_full_width_and_emoticon_codes_are_folded():
    assert clean("ＡＢＣ[怒]") == "abc "


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("It caught fire and my lawyer will hear of it", ("legal", "safety")),
        ("水壶爆炸，孩子烫伤，央视记者来了", ("media", "safety")),
        ("I would suggest a recallable design", ()),  # "sue" and "recall" only as parts of other words
        ("已向12315投诉", ("legal",)),
        ("", ()),
    ],
)
def test_alarm_words(text, kinds):
    assert alarm_words(text) == kinds


def test_a_title_joins_bigrams_and_keeps_its_sentence():
    weights = {"良心": 3.0, "心奶": 2.9, "生产": 1.0}
    made = title(weights, "他们生产良心奶。")
    assert made == "良心奶, 生产: 他们生产良心奶。"
    assert sentence_of(made) == "他们生产良心奶。"


def test_the_typical_sentence_carries_the_storys_words_and_fits_a_line():
    weights = {"kettle": 3.0, "leak": 3.0}
    text = "Hello there everyone out in this town. The kettle has a leak. " + "More talk " * 30
    assert typical_sentence(text, lambda w: weights.get(w, 0.0)) == "The kettle has a leak."
    assert len(typical_sentence("x" * 500, lambda w: 0.0)) == 60
