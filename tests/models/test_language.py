import pytest

from models import weights
from models.language import gate
from models.tokenise import Tokens


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
        ("hello there", "eng", "en"),
        ("这个水壶太差了", "zho", "zh"),
        ("这个水壶太差了", "chi", "zh"),
        ("这个水壶太差了", "cmn-Hans-CN", "zh"),
        ("呢間餐廳好差", "yue", "zh"),
        ("𝐭𝐡𝐢𝐬 𝐢𝐬 𝐭𝐞𝐫𝐫𝐢𝐛𝐥𝐞 𝐬𝐞𝐫𝐯𝐢𝐜𝐞, never again", None, "en"),
        ("𝐭𝐡𝐢𝐬 𝐢𝐬 𝐭𝐞𝐫𝐫𝐢𝐛𝐥𝐞 𝐬𝐞𝐫𝐯𝐢𝐜𝐞", "en", "en"),
        ("ｔｈｉｓ　ｉｓ　ｔｅｒｒｉｂｌｅ　ｓｅｒｖｉｃｅ", None, "en"),
        ("服務很差 очень плохо совсем ужасно", None, "zh"),
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
        ("𝐝𝐚𝐬 𝐢𝐬𝐭 𝐰𝐢𝐫𝐤𝐥𝐢𝐜𝐡 𝐞𝐢𝐧 𝐬𝐞𝐡𝐫 𝐬𝐜𝐡𝐥𝐞𝐜𝐡𝐭𝐞𝐬 𝐏𝐫𝐨𝐝𝐮𝐤𝐭", None, "language not trained: de"),
        ("この商品は品質劣化返品不可対応最低最悪", None, "language not trained: ja"),
        ("ﾎﾝﾄｳﾆ最悪", None, "language not trained: ja"),
        ("美 연준 금리 인상", None, "language not trained: ko"),
        ("服務很差 очень плохо совсем ужасно", "ru", "language not trained: ru"),
        ("差 очень плохо совсем ужасно", None, "language not trained: cyrillic"),
        ("😡😡😡", None, "no words"),
        ("!!! 123", None, "no words"),
        ("", None, "empty"),
        (" \n\t", "zh", "empty"),
    ],
)
def test_everything_else_says_why_not(text: str, tag: str | None, reason: str) -> None:
    assert gate(text, tag)[1] == reason


def test_the_reader_sees_plain_letters_in_mathematical_and_full_width_ones() -> None:
    tokens = Tokens(weights.HERE / weights.TOKENIZER)
    plain, bold, wide = tokens.windows(["this is bad", "𝐭𝐡𝐢𝐬 𝐢𝐬 𝐛𝐚𝐝", "ｔｈｉｓ　ｉｓ　ｂａｄ"])
    assert plain.ids == bold.ids == wide.ids
