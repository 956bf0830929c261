"""The evidence of a trend as pairs of an English and a Chinese sentence: what was counted, not what it must mean."""

from datetime import timedelta

from alerts.numbers import count, many, odds, small, span
from alerts.words import MISSING, RULE, SEVERITY, TOPIC, TRACE
from groundswell.types import Severity, Topic, Trend, Verdict

Pair = tuple[str, str]
LONG_HALF_LIFE_H = 168.0
MIN_COPIES = 3
"""Two equal texts happen by themselves ("sold out again"); from three on the copies are worth a sentence."""


def evidence(trend: Trend) -> Pair:
    """All that speaks for an alert, in reading order; parts that are not known are left out, not guessed."""
    parts = [
        surge(trend, with_odds=True), breadth(trend), growth(trend), _ahead(trend), _reached(trend), copying(trend),
        gravity(trend),
    ]  # fmt: skip
    told = [part for part in parts if part is not None]
    return ". ".join(_capital(en) for en, _ in told) + ".", "。".join(zh for _, zh in told) + "。"


def surge(trend: Trend, *, with_odds: bool = False) -> Pair:
    """Observed against expected negative posts, and the chance of so many on a normal day.

    Not always the story's own: the detector's `lead:` code says when a surge of the whole brand, or a slow rise of one
    topic, is what this story leads.
    """
    window = timedelta(hours=trend.window_h)
    length = span(window, "en").removeprefix("1 ")
    about_en, about_zh = _about(trend)
    seen = many(trend.observed, f"negative post{about_en}", f"negative posts{about_en}")
    en = f"{seen} in the last {length}, {small(trend.expected)} expected"
    zh = f"近 {span(window, 'zh')}有 {trend.observed:,} 条{about_zh}负面帖子，预期 {small(trend.expected)} 条"
    if with_odds and trend.surprise >= 1:
        en += f" (chance on a normal day {odds(trend.surprise, 'en')})"
        zh += f"（平常出现的概率{odds(trend.surprise, 'zh')}）"
    return en, zh


def breadth(trend: Trend) -> Pair:
    """Independent voices, sources, and the circles of accounts that answer or repeat one another, where known."""
    voices = many(trend.voices, "independent voice", "independent voices")
    en = f"{voices} on {many(trend.sources, 'source', 'sources')}"
    zh = f"{trend.sources} 个来源，{trend.voices:,} 个独立声音"
    if trend.communities is None or trend.largest_community is None:
        return en, zh
    if trend.communities == 1:
        return f"{en}, all in one circle of accounts", f"{zh}，都在同一个账号圈内"
    part = f"{min(trend.largest_community, 0.99):.0%}"  # all of them would be one circle
    return (
        f"{en}, in {trend.communities:,} circles of accounts (the largest holds {part} of them)",
        f"{zh}，分属 {trend.communities:,} 个账号圈（最大的占 {part}）",
    )


def growth(trend: Trend) -> Pair | None:
    """R with its interval, and what the interval allows to say."""
    r = trend.reproduction
    if r is None:
        return None
    if r.lo > 1:
        says = "it is growing", "正在扩大"
    elif r.hi < 1:
        says = "it is fading", "正在减弱"
    else:
        says = "growth is not certain", "是否扩大尚不确定"
    halves = half_life(trend)
    return (
        f"each post brings about {r.mid:.1f} more (R, 90% interval {r.lo:.1f}–{r.hi:.1f}): {says[0]}"
        + (f"; at this R it halves in {halves[0]}" if halves else ""),
        f"每条帖子约带来 {r.mid:.1f} 条新帖（R，90% 区间 {r.lo:.1f}–{r.hi:.1f}）：{says[1]}"
        + (f"；按此 R 热度减半需{halves[1]}" if halves else ""),
    )


def half_life(trend: Trend) -> Pair | None:
    """The time in which a story halves at its present R, told while it surely fades; beyond a week no number."""
    hours, r = trend.half_life_h, trend.reproduction
    if hours is None or r is None or r.hi >= 1:
        return None
    if hours > LONG_HALF_LIFE_H:
        return "over a week", "一周以上"
    length = timedelta(hours=hours)
    return f"about {span(length, 'en')}", f"约 {span(length, 'zh')}"


def forecast(trend: Trend) -> Pair | None:
    """Negative posts of the next 24 hours with the 80 % interval."""
    f = trend.forecast
    if f is None:
        return None
    lo, mid, hi = (round(x) for x in (f.lo, f.mid, f.hi))
    return (
        f"about {mid:,} more negative posts (80% interval {lo:,}–{hi:,})",
        f"预计新增约 {mid:,} 条负面帖子（80% 区间 {lo:,}–{hi:,}）",
    )


def copying(trend: Trend) -> Pair | None:
    """Traces of copying and of one clock, worded as what was counted; None when nothing stands out."""
    a = trend.automatism
    en, zh = [], []
    if a.copies >= MIN_COPIES:
        en.append(f"{a.copies:,} of {a.of:,} posts are one text")
        zh.append(f"{a.of:,} 条帖子中有 {a.copies:,} 条为同一文本")
    marked = [found for found in a.findings if found.is_marked and found.trace in TRACE]
    for found in marked:
        words = TRACE[found.trace]
        en.append(words["en"].format(n=f"{found.n:,}", of=f"{found.of:,}"))
        zh.append(words["zh"].format(n=f"{found.n:,}", of=f"{found.of:,}"))
    if not marked and a.verdict in (Verdict.SYNCHRONOUS, Verdict.MIXED):
        en.append("posts arrived in step with each other")
        zh.append("帖子发布时间高度同步")
    if a.one_shot_share is not None and a.one_shot_share >= 0.5:
        en.append(f"{a.one_shot_share:.0%} of the posts come from accounts seen only once")
        zh.append(f"{a.one_shot_share:.0%} 的帖子来自仅出现一次的账号")
    if a.verdict is Verdict.INCONCLUSIVE and a.copies < MIN_COPIES:
        return "whether posts are copied cannot be told yet", "是否存在复制尚无定论"
    return ("; ".join(en), "；".join(zh)) if en else None


def reach(trend: Trend) -> Pair:
    """Known audiences: an upper bound, and missing stays missing."""
    if trend.reach is None:
        return "no audience is known", "受众数未知"
    en, zh = f"at most {count(trend.reach, 'en')} followers", f"至多 {count(trend.reach, 'zh')} 关注者"
    if trend.reach_missing:
        en += f", unknown for {many(trend.reach_missing, 'post', 'posts')}"
        zh += f"，另有 {trend.reach_missing:,} 条帖子受众未知"
    return en, zh


def total(trend: Trend) -> Pair:
    """Everything seen of the story."""
    return (
        f"{trend.negative_seen:,} negative of {many(trend.posts_seen, 'post', 'posts')}",
        f"{trend.posts_seen:,} 条帖子，其中负面 {trend.negative_seen:,} 条",
    )


def gravity(trend: Trend) -> Pair | None:
    """Name the rule that set the severity, from the detector's `severity:` code; None when it is not known."""
    rule = RULE.get(code(trend, "severity:"))
    if rule is None:
        return None
    return (
        f"severity {grade(trend.severity, 'en')}: {rule['en']}",
        f"级别 {grade(trend.severity, 'zh')}：{rule['zh']}",
    )


def lacking(trend: Trend) -> Pair:
    """Say what a story lacks to be viral, from the detector's `not:` codes; empty when they are not known."""
    found = [MISSING[c[4:]] for c in trend.because if c.startswith("not:") and c[4:] in MISSING]
    return ", ".join(words["en"] for words in found), "、".join(words["zh"] for words in found)


def grade(severity: Severity, language: str) -> str:
    """Write a severity with its word: L3 (serious)."""
    word = SEVERITY[severity][language]
    return f"{severity} ({word})" if language == "en" else f"{severity}（{word}）"


def code(trend: Trend, prefix: str) -> str:
    """Return what follows `prefix` among the detector's codes, "" when none begins so."""
    return next((c.removeprefix(prefix) for c in trend.because if c.startswith(prefix)), "")


def _ahead(trend: Trend) -> Pair | None:
    told = forecast(trend)
    return told and (f"in the next 24 hours {told[0]}", f"未来 24 小时{told[1]}")


def _reached(trend: Trend) -> Pair | None:
    """Reach as a sentence of its own; left out when no audience is known."""
    if trend.reach is None:
        return None
    en, zh = reach(trend)
    return f"it reached {en}", f"触达{zh}"


def _about(trend: Trend) -> Pair:
    lead = code(trend, "lead:")
    topic = lead.removeprefix("slow:")
    if lead == "brand":
        return " about the whole brand", "全品牌"
    if lead.startswith("slow:") and topic in set(Topic):
        words = TOPIC[Topic(topic)]
        return f" about {words['en']}", f"“{words['zh']}”"
    return "", ""


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
