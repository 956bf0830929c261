"""Sentiment toward one brand of a post that names several: which words concern it, and who wins a comparison.

The second pass reads short texts only where a post names a rival, so it costs little. A clause belongs to the brand it
names; one that names none goes on with the brand before it. A clause that names both is asked for a comparison
("A beats B", "A比B差", "from A to B"): the rule then says whose side is hurt (Jindal and Liu 2006 call these
comparative sentences and find them by such patterns). Without one, the whole clause is read for both.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from groundswell.types import Prediction, Query, Sentiment

Read = Callable[[Sequence[str], Sequence[str | None]], list[Prediction]]
"""What reads texts (with language tags): `Classifier.predict`."""

MINE, RIVAL = "\ue000", "\ue001"  # private-use signs: stand for the two sides while rules look at a sentence
_CUT = re.compile(
    r"(?<=[.!?;,:。！？；，：…\n])\s*|\s+(?=(?:but|while|whereas|yet|though|although|however)\b)"
    rf"|\s+(?=and\b(?! (?:\w+ )?[{MINE}{RIVAL}]))|(?<=[^不])(?=但是|可是|然而|却)",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"\b(?:both|neither|either of|the two|so (?:did|does|do|is|was|has)|no difference)\b|都|半斤八两|一个样|没区别",
    re.IGNORECASE,
)
_FIRST = 0xE100  # private-use signs after a side remember which spelling stood there
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_LONGEST = 4000  # characters: a longer text says more of a brand than its comparison does
_NUMBER = re.compile("[\ue100-\uf8ff]")
_LETTER = re.compile(rf"[^\W_{MINE}{RIVAL}\ue100-\uf8ff]")
_SENTENCE = re.compile(r"[.!?。！？;；\n]")
_BAD = "worse|slower|louder|weaker|uglier|dearer|pricier|ruder|heavier|flimsier|noisier|more (?:expensive|fragile)"
_LEFT = "sold|ditched|dropped|left|dumped|returned|binned|quit|cancelled|swapped|replaced|traded"
_CHOSE = r"chose|choose|prefer\w*|pick(?:ed)?|recommend|went with"
_MOVED = "switch(?:ed|ing)?|mov(?:ed|ing)|chang(?:ed|ing)|came|coming|migrat(?:ed|ing)|defect(?:ed|ing)"
_BEATS = (
    r"beats?|outclass(?:es|ed)?|outlasts?|outperforms?|destroys?|crush(?:es|ed)|tops?|trumps?|puts? .{0,20}to shame"
    r"|吊打|完爆|碾压|秒杀|强过|胜过|甩开?|赢过|好过"
)
_ZH_BAD = "差|烂|贵|慢|吵|坏|糟|次|难|脏|重|弱|丑|坑|不"

# (pattern with X and Y for the two brands, the side that wins). Tried in order, for both ways of filling X and Y.
_RULES: tuple[tuple[str, str], ...] = (
    (r"(?:nothing|nobody|no one).{0,25}X.{0,40}(?:near|like|close to|touch|match)\b.{0,12}Y", "Y"),
    (r"X.{0,30}\b(?:not|n't|never|nowhere|isn't)\b.{0,30}\b(?:as|near|like|match|compare|touch)\b.{0,25}Y", "Y"),
    (r"(?:wish|if only|if)\b.{0,15}X.{0,40}\b(?:like|as)\b.{0,25}Y", "Y"),
    (rf"X.{{0,40}}\b(?:{_BAD}) than\b.{{0,15}}Y", "Y"),
    (r"X.{0,40}\b(?:\w+er|more \w+|less \w+) than\b.{0,15}Y", "X"),
    (rf"X.{{0,30}}\b(?:{_BEATS})\b.{{0,15}}Y", "X"),
    (rf"\b(?:{_MOVED})\b.{{0,15}}\bfrom\b.{{0,15}}X.{{0,25}}\b(?:to|over to|for)\b.{{0,15}}Y", "Y"),
    (rf"\b(?:{_LEFT})\b.{{0,15}}X.{{0,25}}\b(?:for|with|bought|got)\b.{{0,15}}Y", "Y"),
    (r"(?:glad|happy|relieved|thank\w*).{0,40}(?:ignored|left|skipped|avoided|dodged).{0,15}X.{0,40}Y", "Y"),
    (r"(?:sorry|regret\w*|wish i had\w*).{0,40}(?:ignored|left|skipped|avoided|sold).{0,15}X.{0,40}Y", "X"),
    (rf"\b(?:{_CHOSE})\b.{{0,15}}X.{{0,15}}\b(?:over|to|instead of|rather than)\b.{{0,15}}Y", "X"),
    (r"X.{0,15}(?:不如|比不上|不及|赶不上|没有?|远不如|输给|逊于).{0,4}Y", "Y"),
    (rf"X.{{0,6}}比.{{0,4}}Y.{{0,12}}(?:{_ZH_BAD})", "Y"),
    (r"X.{0,14}比.{0,4}Y", "X"),
    (rf"X.{{0,8}}(?:{_BEATS}).{{0,6}}Y", "X"),
    (r"(?:从|由|把|卖了|弃|丢了|退了|抛弃|告别).{0,4}X.{0,10}(?:换|转|改|投|买|入|到).{0,6}Y", "Y"),
    (r"X.{0,8}(?:要是|但凡|如果|若).{0,8}(?:有|像|跟).{0,4}Y", "Y"),
    (r"(?:幸好|幸亏|还好|庆幸).{0,6}(?:没|不).{0,6}X.{0,14}Y", "Y"),
    (r"Y.{0,20}\b(?:never|not|don't)\b.{0,15}\b(?:turn into|become|end up like)\b.{0,12}X", "Y"),
    (r"Y.{0,6}(?:别|不要|千万别).{0,6}(?:变成|成为|学).{0,6}X", "Y"),
    (r"X.{0,20}\b(?:copy|imitation|knock-?off|clone)\b.{0,20}Y", "Y"),
    (r"X.{0,20}Y.{0,6}(?:山寨|仿品|盗版|翻版)", "Y"),
    (r"(?:后悔|可惜|悔不).{0,6}(?:没|不).{0,6}X.{0,14}Y", "X"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """What to read for one brand, and what a comparison said already (None: nothing)."""

    text: str
    verdict: Sentiment | None = None


def sides(queries: Sequence[Query]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The spellings of every watched brand, and those of its rivals: the ones it names and the other watched brands."""
    return {
        q.brand: (q.terms, tuple({*q.rivals, *(t for o in queries for t in o.terms)} - set(q.terms))) for q in queries
    }


def refine(
    read: Read,
    whole: Sequence[Prediction],
    texts: Sequence[str],
    terms: Sequence[Sequence[str]],
    others: Sequence[Sequence[str]],
) -> list[Prediction]:
    """Turn readings of whole texts into readings toward the brand that `terms` spell; `others` spell its rivals.

    A text that does not name both keeps its reading. Topics, service and signals become those of the words that
    concern the brand; praise has no topics. The embedding stays that of the whole text.
    """
    parts = {
        i: found
        for i, (text, mine, rivals) in enumerate(zip(texts, terms, others, strict=True))
        if mine and rivals and whole[i].scored and (found := part(text, mine, rivals)) is not None
    }
    again = read([p.text for p in parts.values()], [whole[i].lang for i in parts]) if parts else []
    out = list(whole)
    for (i, said), own in zip(parts.items(), again, strict=True):
        out[i] = _joined(whole[i], own if own.scored else whole[i], said)
    return out


def part(text: str, terms: Sequence[str], others: Sequence[str]) -> Part | None:
    """The words of `text` that concern the brand; None when it does not name both it and a rival."""
    if len(text) > _LONGEST:
        return None
    names: list[str] = []

    def sign(match: re.Match[str], side: str) -> str:
        names.append(match.group())
        return f"{side}{chr(_FIRST + len(names) - 1)}"

    marked = _pattern(tuple(terms)).sub(lambda m: sign(m, MINE), _PRIVATE.sub("", text))
    marked = _pattern(tuple(others)).sub(lambda m: sign(m, RIVAL), marked)
    if MINE not in marked or RIVAL not in marked:
        return None
    plain = _NUMBER.sub("", marked)
    kept = marked if _BOTH.search(plain) else "".join(_concerning(_clauses(marked)))
    words = _NUMBER.sub(lambda m: names[ord(m.group()) - _FIRST], kept or marked)
    return Part(re.sub(f"[{MINE}{RIVAL}]", "", words).strip(), compare(plain))


def compare(marked: str) -> Sentiment | None:
    """What a comparison says of MINE against RIVAL, sentence by sentence; None where there is none."""
    for sentence in _SENTENCE.split(marked):
        for pattern, winner in _rules():
            if pattern.search(sentence):
                return Sentiment.POSITIVE if winner == MINE else Sentiment.NEGATIVE
    return None


def _clauses(marked: str) -> list[str]:
    """`marked` cut in clauses; a clause that is a name alone ("Acme, please ...") stays with the next."""
    out: list[str] = []
    begin = 0
    for end in [*(m.start() for m in _CUT.finditer(marked) if m.start()), len(marked)]:
        if len(_LETTER.findall(marked[begin:end])) or end == len(marked):
            out.append(marked[begin:end])
            begin = end
    return [clause for clause in out if clause]


def _concerning(clauses: Sequence[str]) -> list[str]:
    """The clauses that belong to MINE, in order."""
    owner: tuple[bool, bool] | None = None  # nobody yet: an opening without a name belongs to the first that comes
    kept: list[str] = []
    opening: list[str] = []
    for clause in clauses:
        named = (MINE in clause, RIVAL in clause)
        owner = named if any(named) else owner
        if owner is None:
            opening.append(clause)
            continue
        kept += [*opening, clause] if owner[0] else []
        opening = []
    return kept


def _joined(whole: Prediction, read: Prediction, said: Part) -> Prediction:
    """The restricted reading with the whole text's embedding; a comparison moves the weight to its pole."""
    sentiment = dict(read.sentiment)
    if said.verdict is not None:
        loser = Sentiment.NEGATIVE if said.verdict is Sentiment.POSITIVE else Sentiment.POSITIVE
        low, middle, high = sorted(sentiment.values())
        sentiment = {said.verdict: high, Sentiment.NEUTRAL: middle, loser: low}
        sentiment = {label: sentiment[label] for label in Sentiment}
    found = replace(read, sentiment=sentiment, embedding=whole.embedding)
    return replace(found, topics_on=(), service_on=()) if found.label is Sentiment.POSITIVE else found


@cache
def _rules() -> list[tuple[re.Pattern[str], str]]:
    """Every rule for both ways of filling its two sides, with the side that wins."""
    filled = []
    for pattern, winner in _RULES:
        for x, y in ((MINE, RIVAL), (RIVAL, MINE)):
            filled.append(
                (re.compile(pattern.replace("X", x).replace("Y", y), re.IGNORECASE), x if winner == "X" else y)
            )
    return filled


@lru_cache(maxsize=1024)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the terms, whole words where they are of Latin script."""
    plain = sorted(map(re.escape, terms), key=len, reverse=True)
    word = "[A-Za-z0-9_\u00c0-\u024f]"
    return re.compile("|".join(rf"(?<!{word}){p}(?!{word})" if p[-1].isascii() else p for p in plain), re.IGNORECASE)
