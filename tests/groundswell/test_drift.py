"""A story that drifts while the monitor runs and is restarted: two stories in the store, the old one as it was."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from groundswell.assemble import Parts
from groundswell.clock import SettableClock
from groundswell.types import Page, Post
from tests.trends.test_drift import going_over

Make = Callable[[SettableClock], Parts]


def test_a_drift_is_stored_with_its_posts_and_goes_on_after_restarts(noon: SettableClock, make_parts: Make) -> None:
    parts, kinds = make_parts(noon), {}
    for n, (kind, text, _) in enumerate(going_over("en")):
        if n in (100, 230, 290):  # before it, while it is told, after it
            parts = make_parts(noon)
        noon.advance_to(noon() + timedelta(minutes=5))
        kinds[str(n)] = kind
        one = Post(source="forum", external_id=str(n), text=f"acme {text} bad", created_at=noon(), author=f"a{n}")
        parts.pipeline.take("s", Page(posts=[one], cursor={}))
        parts.pipeline.observe(parts.pipeline.classify(8))
    given = {row["external_id"]: row["story"] for row in parts.store.export()}
    most = {
        kind: Counter(story for n, story in given.items() if kinds[n] == kind).most_common(1)[0][0]
        for kind in ("leak", "both", "hotline")
    }
    assert most["leak"] == most["both"] != most["hotline"]
    found = {row.story: row for row in parts.store.stories()}
    assert found[most["hotline"]].drifted_from == most["leak"]
    assert found[most["leak"]].drifted_from is None
    assert parts.store.check() == []
