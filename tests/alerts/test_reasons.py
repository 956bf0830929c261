"""What a reason says: numbers, what surged, which rule was met; evidence and never an accusation."""

import pytest

from alerts.policy import Policy, decide
from alerts.words import RULE, TRACE
from groundswell.severity import RULES
from groundswell.types import Automatism, Finding, Interval, Trace, Verdict

SAID_EN = (
    "12 negative posts in the last hour, 1.4 expected",
    "about 1 in 30,000",
    "9 independent voices on 3 sources",
    "1.8 more (R, 90% interval 1.2–2.5): it is growing",
    "31 of 40 posts are one text",
)
SAID_ZH = (
    "近 1 小时有 12 条负面帖子，预期 1.4 条",
    "约 3万分之一",
    "3 个来源，9 个独立声音",
    "1.2–2.5）：正在扩大",
    "40 条帖子中有 31 条为同一文本",
)


def test_reasons_carry_the_numbers(make_trend, t0):
    reason = decide(make_trend(), None, Policy(), t0).reason
    assert [said for said in SAID_EN if said.lower() not in reason.en.lower()] == []
    assert [said for said in SAID_ZH if said not in reason.zh] == []


def test_reasons_tell_half_life_forecast_and_reach_where_they_are_known(make_trend, t0):
    def told(**changes):
        reason = decide(make_trend(**changes), None, Policy(), t0).reason
        return reason.en, reason.zh

    fading, unsure = Interval(lo=0.4, mid=0.7, hi=0.9), Interval(lo=0.5, mid=0.7, hi=1.0)
    en, zh = told(reproduction=fading, half_life_h=5.2)
    assert "it is fading; at this R it halves in about 5 hours. In the next 24 hours about 70 more negative posts" in en
    assert "it reached at most 23,456 followers, unknown for 4 posts" in en.lower()
    assert "正在减弱；按此 R 热度减半需约 5 小时。未来 24 小时预计新增约 70 条负面帖子（80% 区间 40–120）" in zh
    assert "触达至多 2.3万 关注者，另有 4 条帖子受众未知" in zh
    for hours in (169.0, 1e300, float("inf")):  # R a hair below 1
        en, zh = told(reproduction=fading, half_life_h=hours)
        assert "halves in over a week" in en
        assert "减半需一周以上" in zh
    assert "halves" not in told(reproduction=unsure, half_life_h=5.2)[0]
    en, zh = told(half_life_h=None, forecast=None, reach=None, reach_missing=40)
    assert not any(word in en for word in ("halves", "next 24 hours", "followers", "audience"))
    assert not any(word in zh for word in ("减半", "未来 24 小时", "触达", "受众"))


def test_reasons_tell_the_circles_of_accounts_where_somebody_answered(make_trend, t0):
    def told(**changes):
        reason = decide(make_trend(**changes), None, Policy(), t0).reason
        return reason.en, reason.zh

    en, zh = told(communities=14, largest_community=0.304)
    assert "9 independent voices on 3 sources, in 14 circles of accounts (the largest holds 30% of them)." in en
    assert "9 个独立声音，分属 14 个账号圈（最大的占 30%）。" in zh
    assert "in 2 circles of accounts (the largest holds 99% of them)" in told(communities=2, largest_community=0.998)[0]
    en, zh = told(communities=1, largest_community=1.0)
    assert "on 3 sources, all in one circle of accounts." in en
    assert "9 个独立声音，都在同一个账号圈内。" in zh
    assert "circle" not in told(communities=None, largest_community=None)[0]


def test_reasons_name_what_surged_and_which_rule_was_met(make_trend, t0):
    def told(*because, **changes):
        return decide(make_trend(because=because, **changes), None, Policy(), t0).reason

    assert "12 negative posts about the whole brand in the last hour" in told("lead:brand").en
    assert "negative posts about delivery in the last 7 days" in told("lead:slow:delivery", window_h=168).en
    assert "条“物流配送”负面帖子" in told("lead:slow:delivery").zh
    assert "Severity L3 (serious): several voices report a danger." in told("severity:safety_words").en
    assert "级别 L3（严重）：有声音反映安全问题" in told("severity:safety_words").zh
    assert told("severity:a_new_rule", "lead:slow:unheard", "not:x").en == told().en
    assert "(no growth, too few independent voices)" in told("not:growth", "not:breadth", is_viral=False).en


def test_every_rule_of_the_detector_has_its_words():
    assert set(RULE) == {rule.code for rule in RULES}


def test_every_trace_has_its_words():
    assert set(TRACE) == set(Trace) - {Trace.COPIES, Trace.ONE_SHOT}  # these two have sentences of their own


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("copies", [0, 31])
def test_automatism_is_evidence_never_an_accusation(verdict, copies, make_trend, t0):
    findings = tuple(Finding(trace=trace, n=24, of=40, is_marked=True) for trace in Trace)
    a = Automatism(verdict=verdict, copies=copies, of=40, one_shot_share=0.7, findings=findings)
    reason = decide(make_trend(automatism=a), None, Policy(), t0).reason
    for word in ("fake", "bot", "fraud", "troll", "水军", "虚假", "造假", "机器人"):
        assert word not in reason.en.lower()
        assert word not in reason.zh
    assert ("31 of 40 posts are one text" in reason.en) is (copies == 31)
    if copies or verdict is not Verdict.INCONCLUSIVE:
        assert "24 of 40 posts came within five minutes of a similar text" in reason.en
        assert "40 条帖子中有 24 条与其他账号的相似文本" in reason.zh


@pytest.mark.parametrize(
    ("interval", "said"),
    [((1.1, 2, 3), "growing"), ((0.2, 0.4, 0.9), "fading"), ((0.9, 1.1, 1.5), "not certain"), (None, None)],
)
def test_growth_says_what_the_interval_allows(interval, said, make_trend, t0):
    r = None if interval is None else Interval(lo=interval[0], mid=interval[1], hi=interval[2])
    text = decide(make_trend(reproduction=r), None, Policy(), t0).reason.en
    assert said in text if said else "each post brings" not in text.lower()
