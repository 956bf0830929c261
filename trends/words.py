"""Text to words for grouping and naming stories, and the table of words that make a story grave."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from operator import add

_QUOTE_CHAIN = re.compile(r"//\s*@.*", re.DOTALL)  # Weibo appends the whole chain of reposted comments
_NOISE = re.compile(
    r"https?\S*|[@＠][\w\-]+[:：]?|\bRT\b|\[[^\[\]]{1,8}\]|转发微博|轉發微博|回复|<[a-z_]+>", re.IGNORECASE
)
_NOISY = re.compile("http|rt|[@＠<\\[]|转发微博|轉發微博|回复")  # in lower case; without any of these nothing is cut
_RUNS = re.compile(r"[^\W\d_㐀-鿿](?:[^\W\d_㐀-鿿]|['’])+|[0-9]+|[㐀-鿿]+")  # any letters: accents do not cut a word
_TOKENS = re.compile(r"\w+")
_LONG = 4000  # characters: longer texts are not remembered

_STOP_EN = """
    a about after again all also am an and any are as at be because been before being but by can cannot could did do
    does doing don't down for from get got had has have having he her here hers him his how i i'm i've if im in into is
    isn't it it's its just know like made make me more most much my no not now of off on one only or other our out over
    really said same say see she should so some still such than that that's the their them then there these they thing
    this those though through to too up us via very want was wasn't way we well went were what when where which while
    who why will with won't would yes yet you you're your"""
STOP_EN = frozenset(_STOP_EN.split())
_STOP_ZH = (
    "的了是我你他她它们这那在有和就都也很不没吗吧啊呢哦嘛呀着过给被把让从到对与及或而但又再还上下个么什怎为以于之"
)
STOP_ZH = frozenset(_STOP_ZH)
_CUT_ZH = re.compile(f"[{_STOP_ZH}]")

ALARM_WORDS: Mapping[str, tuple[str, ...]] = {
    "safety": (
        "poison", "poisoned", "poisoning", "hospital", "injured", "injury", "injuries", "burned", "burnt", "burns",
        "fire", "exploded", "explode", "explosion", "electric shock", "electrocuted", "allergic", "choking",
        "mould", "toxic", "contaminated", "died", "death", "killed", "recall", "smoke", "carbon monoxide",
        "中毒", "住院", "送医", "受伤", "烧伤", "烫伤", "起火", "着火", "自燃", "爆炸", "触电", "漏电", "过敏", "窒息",
        "发霉", "有毒", "致癌", "超标", "死亡", "身亡", "伤亡", "召回", "冒烟", "失踪",
    ),
    "legal": (
        "lawsuit", "sue", "suing", "sued", "lawyer", "attorney", "court", "class action", "police", "regulator",
        "trading standards", "small claims", "ombudsman", "consumer protection", "fined", "illegal", "investigation",
        "起诉", "律师", "法院", "诉讼", "报警", "警方", "12315", "消协", "工商局", "市场监管", "监管部门", "消费者协会",
        "违法", "立案", "处罚", "罚款", "维权", "食药监",
    ),
    "media": (
        "bbc", "cnn", "reuters", "journalist", "reporter", "newspaper", "headline", "breaking news", "tv news",
        "went viral", "boycott", "expose", "exposed",
        "央视", "新华社", "人民日报", "记者", "媒体报道", "新闻报道", "曝光", "热搜", "抵制", "3·15", "315晚会",
    ),
}  # fmt: skip
"""Kind of gravity → words and phrases, English and Chinese, lower case. A rule table, not a classifier: it is meant to
be read and edited. One such word proves nothing; severity asks for several voices (trends/severity.py)."""


def clean(text: str) -> str:
    """Return `text` in NFKC lower case without addresses, mentions, emoticons and quoted reposts: its own words."""
    return _clean(text) if len(text) > _LONG else _remembered_clean(text)


def _clean(text: str) -> str:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    lower = plain.lower()
    if not _NOISY.search(lower):
        return lower
    return _NOISE.sub(" ", _QUOTE_CHAIN.sub(" ", plain)).lower()


_remembered_clean = lru_cache(maxsize=512)(_clean)  # a post is cleaned for its words, its copies and its alarm words


def is_chinese(word: str) -> bool:
    """Say whether a word is of Chinese characters, by its first."""
    return "㐀" <= word[0] <= "鿿"


def words(text: str) -> list[str]:
    """Content words in order: words in letters without English stop words, Chinese bigrams without particles."""
    return _words(text) if len(text) > _LONG else list(_remembered_words(text))


def _words(text: str) -> list[str]:
    found: list[str] = []
    for run in _RUNS.findall(clean(text)):
        if is_chinese(run):
            for part in _CUT_ZH.split(run):
                found += map(add, part, part[1:])
        elif word := _word(run):
            found.append(word)
    return found


@lru_cache(maxsize=512)
def _remembered_words(text: str) -> tuple[str, ...]:
    return tuple(_words(text))


@lru_cache(maxsize=32768)
def _word(run: str) -> str:
    """Return a run of letters or digits as a word; empty when it says nothing."""
    if run[0].isdigit():
        return run if len(run) > 1 else ""
    return _stem(run.replace("’", "'")) if len(run) > 2 and run not in STOP_EN else ""


def _stem(word: str) -> str:
    """Fold plain plurals and possessives; anything cleverer joins words that differ."""
    word = word.removesuffix("'s")
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@lru_cache(maxsize=1)
def _alarm_patterns() -> dict[str, tuple[re.Pattern[str], tuple[str, ...]]]:
    """Per kind: English as one pattern on word boundaries, Chinese as plain substrings."""
    patterns = {}
    for kind, table in ALARM_WORDS.items():
        english = "|".join(re.escape(w) for w in table if w.isascii() and not w.isdigit())
        others = tuple(w for w in table if not w.isascii() or w.isdigit())
        patterns[kind] = (re.compile(rf"\b(?:{english})\b"), others)
    return patterns


@lru_cache(maxsize=1)
def _alarm_signs() -> tuple[frozenset[str], re.Pattern[str]]:
    """First words of the English phrases and a pattern of the other words: a text without any holds no alarm word."""
    every = [w for table in ALARM_WORDS.values() for w in table]
    firsts = frozenset(w.split()[0] for w in every if w.isascii() and not w.isdigit())
    return firsts, re.compile("|".join(re.escape(w) for w in every if not w.isascii() or w.isdigit()))


def alarm_words(text: str) -> tuple[str, ...]:
    """Return the kinds of `ALARM_WORDS` that occur in the text's own words, sorted."""
    own = clean(text)
    firsts, others_of_all = _alarm_signs()
    if firsts.isdisjoint(_TOKENS.findall(own)) and not others_of_all.search(own):
        return ()
    return tuple(
        sorted(
            kind
            for kind, (english, others) in _alarm_patterns().items()
            if english.search(own) or any(word in own for word in others)
        )
    )
