import pytest

from models.language import gate


@pytest.mark.parametrize(
    ("text", "tag", "lang"),
    [
        ("hello there", None, "en"),
        ("这个水壶太差了", None, "zh"),
        ("這個水壺太差了", None, "zh"),
        ("OMG这个app真的crash了", None, "zh"),
        ("lol smh this sux fr fr", None, "en"),
        ("this is great จริงๆ", None, "en"),
        ("😡😡", "en", "en"),
        ("#fail", None, "en"),
        ("hi", "en-GB", "en"),
        ("你好", "zh_CN", "zh"),
        ("good", "und", "en"),
        ("x" * 1_000_000, None, "en"),
    ],
)
def test_english_chinese_and_mixtures_are_scored(text: str, tag: str | None, lang: str) -> None:
    assert gate(text, tag) == (lang, None)


@pytest.mark.parametrize(
    ("text", "tag", "reason"),
    [
        ("สวัสดีครับ สินค้าแย่มาก", None, "language not trained: th"),
        ("المنتج سيء جدا", None, "language not trained: ar"),
        ("この商品は最悪です", None, "language not trained: ja"),
        ("최악의 제품입니다", None, "language not trained: ko"),
        ("Das ist wirklich ein sehr schlechtes Produkt, ich bin enttäuscht", None, "language not trained: de"),
        ("Le service client est vraiment nul, jamais de réponse", None, "language not trained: fr"),
        ("¿Dónde está mi pedido?", None, "language not trained: es"),
        ("muy mal", "es", "language not trained: es"),
        ("สวัสดี", "en", "language not trained: th"),
        ("😡😡😡", None, "no words"),
        ("!!! 123", None, "no words"),
        ("", None, "empty"),
        (" \n\t", "zh", "empty"),
    ],
)
def test_everything_else_says_why_not(text: str, tag: str | None, reason: str) -> None:
    assert gate(text, tag)[1] == reason
