"""Every answer `decide` can give, as a code and as sentences a press officer can read out, with their numbers."""

from collections.abc import Sequence
from datetime import timedelta

from alerts.evidence import breadth, evidence, grade, lacking, surge
from alerts.numbers import many, span
from groundswell.types import Reason, Severity, Trend

CODES = {
    "fired": "a story became a viral negative trend",
    "regressed": "a story whose incident was resolved became viral again: a new incident",
    "severity_rose": "an open incident is graver than when people were last told",
    "grew": "an open incident has `growth_factor` times the negative posts last told",
    "still_spreading": "`repeat_h` passed and the story is still viral, with new posts",
    "resolved": "no surge for `resolve_after_h`, with data from every source of the story",
    "merged": "people merged the story into one that has an open incident of its own, which goes on",
    "nothing_seen": "silent: the detector has nothing to say of the story",
    "not_viral": "silent: surprise, growth, breadth and reach do not hold together",
    "below_minimum": "silent: viral, but less grave than `minimum_severity`",
    "silenced": "silent: a person silenced the brand or story",
    "too_soon": "silent: it grew enough for an update, but the last message is younger than `growth_gap_h`",
    "told_already": "silent: still viral, people were told less than `repeat_h` ago",
    "nothing_new": "silent: still viral, but no new negative post since the last message",
    "calming": "silent: open and not viral, but not quiet for `resolve_after_h` yet",
    "no_data": "silent: quiet for long enough, but a source of the story sends nothing, so quiet proves nothing",
}
"""Code → meaning. The first seven are events that are sent; the others say why nothing is."""


def fired(trend: Trend) -> Reason:
    """First message of a story."""
    en, zh = evidence(trend)
    return Reason(code="fired", en=en, zh=zh)


def regressed(trend: Trend, since: timedelta) -> Reason:
    """`since` its last incident was resolved."""
    en, zh = evidence(trend)
    return Reason(
        code="regressed",
        en=f"This story is back, {span(since, 'en')} after it was resolved. {en}",
        zh=f"该事件平息 {span(since, 'zh')}后再度扩散。{zh}",
    )


def severity_rose(trend: Trend, before: Severity) -> Reason:
    """From `before`, the highest told so far."""
    en, zh = evidence(trend)
    now = trend.severity
    return Reason(
        code="severity_rose",
        en=f"Severity rose from {grade(before, 'en')} to {grade(now, 'en')}. {en}",
        zh=f"级别由 {grade(before, 'zh')}升至 {grade(now, 'zh')}。{zh}",
    )


def grew(trend: Trend, told: int, since: timedelta) -> Reason:
    """`told` negative posts in the last message, `since` ago."""
    en, zh = evidence(trend)
    return Reason(
        code="grew",
        en=f"Grew from {told:,} to {trend.negative_seen:,} negative posts in {span(since, 'en')}. {en}",
        zh=f"{span(since, 'zh')}内负面帖子由 {told:,} 条增至 {trend.negative_seen:,} 条。{zh}",
    )


def still_spreading(trend: Trend, told: int, age: timedelta) -> Reason:
    """`age` is the time since the incident fired."""
    en, zh = evidence(trend)
    new = max(0, trend.negative_seen - told)
    return Reason(
        code="still_spreading",
        en=f"Still spreading {span(age, 'en')} after the first alert, {many(new, 'negative post', 'negative posts')} "
        f"more than last told. {en}",
        zh=f"首次预警 {span(age, 'zh')}后仍在扩散，较上次通报新增 {new:,} 条负面帖子。{zh}",
    )


def resolved(trend: Trend, quiet: timedelta, age: timedelta) -> Reason:
    """`trend` is the last one known; `quiet` the time without a surge; `age` the time since the incident fired."""
    return Reason(
        code="resolved",
        en=f"No surge for {span(quiet, 'en')}. In all {_negative(trend)} by "
        f"{many(trend.voices, 'voice', 'voices')} on {many(trend.sources, 'source', 'sources')}; "
        f"the incident lasted {span(age, 'en')}.",
        zh=f"已 {span(quiet, 'zh')}无异常增长。累计 {trend.negative_seen:,} 条负面帖子，来自 {trend.sources} 个来源的 "
        f"{trend.voices:,} 个独立声音；事件历时 {span(age, 'zh')}。",
    )


def merged() -> Reason:
    """Last message of an incident whose story people merged into one with an incident of its own."""
    return Reason(
        code="merged",
        en="People merged this story into another one, whose own alert goes on; nothing more is sent here.",
        zh="该事件已人工并入另一事件，后续以另一事件的预警为准，此处不再通报。",
    )


def nothing_seen() -> Reason:
    """No trend and no open incident."""
    return Reason(code="nothing_seen", en="No unusual negative posts.", zh="没有异常的负面帖子。")


def not_viral(trend: Trend) -> Reason:
    """For a trend that does not meet the definition."""
    en, zh = surge(trend)
    lack_en, lack_zh = lacking(trend)
    return Reason(
        code="not_viral",
        en=f"Not spreading{f' ({lack_en})' if lack_en else ''}: {en}, {breadth(trend)[0]}.",
        zh=f"未见扩散{f'（{lack_zh}）' if lack_zh else ''}：{zh}，{breadth(trend)[1]}。",
    )


def below_minimum(trend: Trend, minimum: Severity) -> Reason:
    """Viral but not grave."""
    return Reason(
        code="below_minimum",
        en=f"Severity {grade(trend.severity, 'en')} is below {grade(minimum, 'en')}, from which on people are told.",
        zh=f"级别 {grade(trend.severity, 'zh')}低于通报下限 {grade(minimum, 'zh')}。",
    )


def silenced(trend: Trend) -> Reason:
    """Somebody asked not to be told."""
    en, zh = surge(trend)
    return Reason(code="silenced", en=f"Silenced by a person; meanwhile {en}.", zh=f"已被人工静默；期间{zh}。")


def too_soon(trend: Trend, since: timedelta) -> Reason:
    """Growth right after a message."""
    return Reason(
        code="too_soon",
        en=f"Now {trend.negative_seen:,} negative posts, but people were told {span(since, 'en')} ago.",
        zh=f"现有 {trend.negative_seen:,} 条负面帖子，但 {span(since, 'zh')}前刚通报过。",
    )


def told_already(trend: Trend, told: int, since: timedelta) -> Reason:
    """Viral, known, and within the repeat interval."""
    return Reason(
        code="told_already",
        en=f"People were told {span(since, 'en')} ago at {told:,} negative posts; now {trend.negative_seen:,}.",
        zh=f"{span(since, 'zh')}前已通报（{told:,} 条负面帖子）；现为 {trend.negative_seen:,} 条。",
    )


def nothing_new(trend: Trend, since: timedelta) -> Reason:
    """For a repeat that would say the same again."""
    return Reason(
        code="nothing_new",
        en=f"Still {trend.negative_seen:,} negative posts, as told {span(since, 'en')} ago.",
        zh=f"仍为 {trend.negative_seen:,} 条负面帖子，与 {span(since, 'zh')}前的通报相同。",
    )


def calming(trend: Trend, quiet: timedelta, need: timedelta) -> Reason:
    """Open, quiet for `quiet` of the `need`ed time."""
    return Reason(
        code="calming",
        en=f"No surge for {span(quiet, 'en')}; resolved after {span(need, 'en')}. {_negative(trend)} so far.",
        zh=f"已 {span(quiet, 'zh')}无异常增长，满 {span(need, 'zh')}即视为平息。"
        f"累计 {trend.negative_seen:,} 条负面帖子。",
    )


def no_data(sources: Sequence[str]) -> Reason:
    """Quiet because nothing arrives."""
    names = ", ".join(sources)
    return Reason(
        code="no_data",
        en=f"Quiet, but {names} sent no data, so the incident stays open.",
        zh=f"看似平静，但 {'、'.join(sources)} 无数据，事件保持打开。",
    )


def _negative(trend: Trend) -> str:
    return many(trend.negative_seen, "negative post", "negative posts")
