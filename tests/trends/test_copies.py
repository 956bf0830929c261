import random

from trends.copies import Copies, signature, sketch

TEXT = "My Halvero kettle leaked boiling water over the counter this morning and support never answered my call"


def test_an_edited_copy_has_the_fingerprint_of_the_first_text():
    copies = Copies()
    first = copies.fold(TEXT)
    assert first == sketch(signature(TEXT))
    assert copies.fold(TEXT.replace("morning", "evening") + " !!!") == first
    assert copies.fold("@bob " + TEXT + " https://t.test/x") == first


def test_chinese_copies_fold_too():
    copies = Copies()
    text = "禾维洛的水壶今天早上漏水了，客服电话打了三次都没有人接，太让人失望"
    assert copies.fold(text) == copies.fold(text.replace("三次", "五次"))


def test_other_texts_and_short_texts_do_not_fold():
    copies = Copies()
    a = copies.fold(TEXT)
    b = copies.fold("The air fryer basket peels after two weeks, please replace it or give me the money back")
    assert 0 not in (a, b)
    assert a != b
    assert copies.fold("me too!!") == 0
    assert copies.fold("太感动了") == 0


def test_memory_is_bounded_and_the_texts_used_last_stay():
    copies, letters = Copies(capacity=50), random.Random(3)
    kept = copies.fold(TEXT)
    for _ in range(200):
        copies.fold("".join(letters.choices("abcdefghijklmnopqrstuvwxyz", k=60)))
        assert copies.fold(TEXT) == kept
    assert len(copies._signatures) == 50
    assert set().union(*copies._bands.values()) == set(copies._signatures)


def test_a_remembered_text_folds_after_a_restart():
    fresh = Copies()
    fresh.remember(TEXT, 12345)
    assert fresh.fold(TEXT + " indeed") == 12345


def test_names_of_texts_too_far_apart_to_be_copies_still_tell_that_they_are_alike():
    letters, copies = random.Random(5), Copies()

    def bits_in_common(a, b):
        return 62 - (a ^ b).bit_count()

    def edited():
        return "".join(letters.choice("abcdefghijklmnop") if letters.random() < 0.15 else c for c in TEXT)

    def unlike():
        return "".join(letters.choices("abcdefghijklmnop", k=len(TEXT)))

    first = copies.fold(TEXT)
    like = [bits_in_common(first, sketch(signature(edited()))) for _ in range(50)]
    other = [bits_in_common(first, sketch(signature(unlike()))) for _ in range(50)]
    assert 29 < sum(other) / 50 < 33
    assert sum(like) / 50 > sum(other) / 50 + 8


def test_a_restart_keeps_the_texts_used_last_and_the_first_text_of_each():
    copies, edited = Copies(capacity=2), TEXT.replace("morning", "evening") + " !!!"
    mark = sketch(signature(TEXT))
    for text, name in ((TEXT, mark), ("The air fryer basket peels", 7), (edited, mark), ("Late again, the bus", 8)):
        copies.remember(text, name)
    assert list(copies._signatures) == [mark, 8]
    assert copies.fold(TEXT) == mark
    assert (copies._rows[copies._signatures[mark]] == signature(TEXT)).all()
