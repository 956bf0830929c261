"""Who wins a plain comparison of two marked brands: "A beats B", "A比B差", "from A to B".

Comparative sentences and finding them by patterns: Jindal and Liu 2006. Where a pattern fits it decides: a small
network is unsure of such bare sentences, and everything longer is left to it (docs/decisions/0014).
"""

import re
from functools import cache

from groundswell.types import Sentiment

MINE, RIVAL = "\ue000", "\ue001"  # private-use signs: stand for the two sides while rules look at a sentence
LONGEST = 4000  # characters: a longer text says more of a brand than its comparison does
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


def compare(marked: str) -> Sentiment | None:
    """What a comparison says of MINE against RIVAL, sentence by sentence; None where there is none."""
    for sentence in _SENTENCE.split(marked):
        for pattern, winner in _rules():
            if pattern.search(sentence):
                return Sentiment.POSITIVE if winner == MINE else Sentiment.NEGATIVE
    return None


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
