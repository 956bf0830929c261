import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from groundswell.demo.scenario import BRAND, DAYS, OUTAGE, QUERY, SOURCES, scenario, truth, written
from groundswell.matching import matches
from groundswell.types import Kind
from models.rows import SERVICES, SIGNALS, TOPICS

END = datetime(2026, 11, 22, 12, tzinfo=UTC)


def shingles(text: str, size: int = 5) -> set[int]:
    plain = "".join(text.lower().split())
    return {
        int(hashlib.blake2b(plain[i : i + size].encode(), digest_size=6).hexdigest(), 16)
        for i in range(max(1, len(plain) - size + 1))
    }


def test_there_are_enough_different_posts_in_both_languages() -> None:
    texts = [r["text"] for r in written() if r["group"] != "reaction"]
    assert len(texts) >= 1500
    assert len(set(texts)) == len(texts)
    share = Counter(r["lang"] for r in written())
    assert min(share.values()) > 0.45 * sum(share.values())


def test_at_most_two_in_a_hundred_are_near_duplicates() -> None:
    sets = [shingles(r["text"]) for r in written() if r["group"] != "reaction"]
    holders: dict[int, list[int]] = {}
    close: set[int] = set()
    for i, mine in enumerate(sets):
        shared = Counter(j for s in mine for j in holders.get(s, ()))
        if any(n / len(mine | sets[j]) > 0.5 for j, n in shared.items()):
            close.add(i)
        for s in mine:
            holders.setdefault(s, []).append(i)
    assert len(close) <= 0.02 * len(sets)


def test_every_post_names_the_brand_and_uses_known_labels() -> None:
    for row in written():
        assert row["src"] in SOURCES
        assert set(row["t"]) <= set(TOPICS)
        assert set(row["v"]) <= set(SERVICES)
        assert set(row["q"]) <= set(SIGNALS)
        assert row["group"] == "reaction" or matches(QUERY, row["text"]), row["text"]


def test_the_same_moment_tells_the_same_story() -> None:
    assert scenario(END) == scenario(END)
    later = scenario(END + timedelta(days=3))
    assert [a.post.external_id for a in later] == [a.post.external_id for a in scenario(END)]


def test_the_time_line_keeps_its_bounds() -> None:
    arrivals = scenario(END)
    ids = [(a.post.source, a.post.external_id) for a in arrivals]
    assert len(set(ids)) == len(ids)
    first = END - timedelta(days=DAYS, hours=1)
    assert all(first <= a.post.created_at <= END and a.post.created_at <= a.arrives_at <= END for a in arrivals)
    source, days, hours = OUTAGE
    down = END - timedelta(days=days)
    assert not [a for a in arrivals if a.post.source == source and down <= a.arrives_at < down + timedelta(hours=hours)]


def test_streams_have_echoes_reposts_and_engagement() -> None:
    arrivals = scenario(END)
    kinds = Counter(a.post.kind for a in arrivals)
    assert kinds[Kind.REPOST] > 100
    assert kinds[Kind.COMMENT] > 100
    known = {(a.post.source, a.post.external_id): a.post for a in arrivals}
    for a in arrivals:
        if a.post.parent:
            assert known[a.post.source, a.post.parent].created_at <= a.post.created_at
    assert sum((a.post.engagement.likes or 0) > 0 for a in arrivals) > 1000


@pytest.mark.parametrize("event", truth(), ids=lambda e: e["name"])
def test_the_truth_fits_the_time_line(event: dict[str, object]) -> None:
    if "group" not in event:
        assert event["source"] == OUTAGE[0]
        return
    hours = [(END - a.post.created_at) / timedelta(hours=1) for a in scenario(END) if a.group == event["group"]]
    inside = [h for h in hours if float(str(event["to_h"])) <= h <= float(str(event["from_h"])) + 0.01]
    assert len(inside) > 0.9 * len(hours)
    assert BRAND
