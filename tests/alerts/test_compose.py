"""Quotes are exact, cut cleanly, typical and different; identities are stable; receivers get what they asked for."""

import hashlib
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.compose import compose, incident_id, notifications, story_link
from alerts.policy import Policy, decide
from alerts.quotes import LIMIT, choose_quotes, excerpt
from groundswell.types import AlertState, Post, Severity

FAMILY = "👨‍👩‍👧‍👦"


def test_incident_id_follows_the_contract(t0):
    wanted = hashlib.blake2b(f"Halvero|s1|{t0.isoformat()}".encode()).hexdigest()[:12]
    assert incident_id("Halvero", "s1", t0) == "i" + wanted
    assert incident_id("Halvero", "s1", t0 + timedelta(seconds=1)) != "i" + wanted


def test_an_alert_has_three_exact_quotes_and_a_link_to_our_dashboard(make_alert):
    alert = make_alert()
    assert len(alert.quotes) == 3
    assert alert.link == f"http://127.0.0.1:8501/story?story={alert.story}&alert={alert.incident}"
    assert alert.number == 1
    assert alert.state is AlertState.FIRING


def test_a_link_cannot_be_broken_out_of():
    assert story_link("http://h/", 's"1&x=<y>', "i1") == "http://h/story?story=s%221%26x%3D%3Cy%3E&alert=i1"


def test_an_update_counts_on_and_keeps_the_highest_severity(make_trend, make_incident, t0):
    incident = make_incident(severity=Severity.L4, number=3)
    at = t0 + timedelta(hours=7)
    trend = make_trend(negative_seen=50, severity=Severity.L2)
    alert = compose(decide(trend, incident, Policy(), at), trend=trend, incident=incident, at=at, title="t", posts=[],
                    dashboard_url="http://h")  # fmt: skip
    assert (alert.incident, alert.number, alert.severity) == (incident.incident, 4, Severity.L4)
    assert alert.trend.severity is Severity.L2


def test_a_resolution_without_trend_shows_the_last_one_told(make_incident, t0):
    incident, at = make_incident(), t0 + timedelta(days=2)
    alert = compose(decide(None, incident, Policy(), at), trend=None, incident=incident, at=at, title="t", posts=[],
                    dashboard_url="http://h")  # fmt: skip
    assert alert.state is AlertState.RESOLVED
    assert alert.trend == incident.last_trend
    assert alert.quotes == ()


def test_receivers_get_their_severities_and_brands(make_alert, wish):
    alert = make_alert(severity=Severity.L3)
    wishes = [wish("all"), wish("grave", Severity.L4), wish("ours", brands=("Halvero",)), wish("theirs", brands=("X",))]
    sent = notifications(alert, wishes)
    assert [n.receiver for n in sent] == ["all", "ours"]
    assert [n.key for n in sent] == [f"{alert.incident}:1:all", f"{alert.incident}:1:ours"]


def test_three_quotes_even_from_copies_and_fewer_only_for_fewer_posts(make_posts):
    assert (
        choose_quotes(make_posts("same words here", "same words here", "same words here")) == ("same words here",) * 3
    )
    assert choose_quotes(make_posts("one", " \n ", "")) == ("one",)
    assert choose_quotes([]) == ()


def test_a_copy_campaign_does_not_crowd_out_other_voices(make_posts):
    copy = "Never buy a Halvero, they poison families and hide the truth from everyone"
    own = ["My kettle leaked over the counter again and support went quiet", "水壶漏水，客服三天没有回复，真的失望"]
    quotes = choose_quotes(make_posts(*[copy] * 31, *own))
    assert set(quotes) == {copy, *own}


def test_quotes_are_typical_of_the_story(make_posts):
    about = [
        "the lid comes off when pouring hot water",
        "lid comes off and hot water spills when pouring",
        "pouring hot water made the lid come off",
        "the lid fell when pouring water, hot water everywhere",
    ]
    quotes = choose_quotes(make_posts("lol", "unrelated thoughts regarding seasonal gardening tips online", *about))
    assert quotes[0] in about
    assert "lol" not in quotes


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(texts=st.lists(st.text(max_size=500), max_size=12))
def test_quotes_are_always_exact_substrings(texts, t0):
    posts = [Post(source="s", external_id=str(i), text=t, created_at=t0) for i, t in enumerate(texts)]
    quotes = choose_quotes(posts)
    assert len(quotes) == min(3, sum(bool(t.strip()) for t in texts))
    for quote in quotes:
        assert 0 < len(quote) <= LIMIT
        assert any(quote in text for text in texts)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("short", "short"),
        ("First sentence " + "a" * 100 + ". Second " + "b" * 150, "a."),
        ("水" * 150 + "。" + "漏" * 100, "水。"),
        ("word " * 60, "word"),
        ("水" * 300, "水"),
        ("x" * 300, "x"),
    ],
)
def test_cuts_fall_on_boundaries(text, end):
    cut = excerpt(text)
    assert cut.endswith(end)
    assert cut in text
    assert len(cut) <= LIMIT


@pytest.mark.parametrize("whole", [FAMILY, "👍🏽", "e\u0301", "🇨🇳"])
def test_no_cut_inside_a_visible_character(whole):
    for shift in range(len(whole) + 1):
        cut = excerpt("水" * (LIMIT - shift) + whole * 5 + "水" * 50)
        rest = cut.lstrip("水")
        assert rest.replace(whole, "") == ""


def test_a_ten_megabyte_post_is_quoted_quickly(make_posts):
    assert len(choose_quotes(make_posts("漏水 " * 2_000_000))[0]) <= LIMIT
