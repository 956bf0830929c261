"""Cost of stories, counts and spread: `python -m benchmarks.trends_speed [--posts N] [--brands N] [--stories N]`.

Invented posts with ready predictions and embeddings go through `Stories.assign` and `Detector.observe` on one core,
with a look at every brand each simulated minute. Prints posts per second of each part and together, seconds a look at
all brands takes, and the peak memory of the process with so many brands and live stories. Figures are CPU time.
"""

import argparse
import random
import resource
import time
from datetime import UTC, datetime, timedelta

import numpy as np

from groundswell.types import Observation, Post, Sentiment, Topic
from trends.centroids import EMBEDDING
from trends.detector import Detector
from trends.stories import Stories

START = datetime(2026, 3, 2, tzinfo=UTC)
VOCABULARY = 20_000
WORDS = 12  # a post
REPOSTS = 0.3


def post_of(number: int, at: datetime, brand: str, subject: int, rng: random.Random) -> Post:
    """A post of words half its subject's, half anyone's."""
    own = [f"w{(subject * 37 + rng.randrange(24)) % VOCABULARY}x" for _ in range(WORDS // 2)]
    other = [f"w{int(VOCABULARY * rng.random() ** 3)}x" for _ in range(WORDS // 2)]
    return Post(
        source="forum", external_id=str(number), text=" ".join(own + other), created_at=at, brand=brand, gated=True
    )


def observation(
    number: int, post: Post, story: str, copy_of: int, rng: random.Random, *, is_repost: bool
) -> Observation:
    """What the detector is told of a post; three in ten are negative."""
    is_negative = rng.random() < 0.3
    return Observation(
        post=number,
        brand=post.brand,
        story=story,
        source=post.source,
        at=post.created_at,
        label=Sentiment.NEGATIVE if is_negative else Sentiment.NEUTRAL,
        negative=0.9 if is_negative else 0.1,
        author=f"a{rng.randrange(10**6)}",
        copy_of=copy_of,
        is_repost=is_repost,
        topics=(Topic.DELIVERY,) if is_negative else (),
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--brands", type=int, default=50)
    parser.add_argument("--stories", type=int, default=2000, help="subjects per brand that posts are about")
    parser.add_argument("--a-minute", type=int, default=100, help="posts per simulated minute, all brands")
    measure(parser.parse_args())


def measure(given: argparse.Namespace) -> None:
    """Feed the posts one after the other, look once a simulated minute, print."""
    rng, vectors = random.Random(1), np.random.default_rng(1)
    subjects = vectors.normal(size=(given.stories, EMBEDDING)).astype(np.float32)
    stories, detector = Stories(), Detector()
    known: dict[str, list[str]] = {}
    spent = {"stories": 0.0, "counts": 0.0, "looks": 0.0}
    looks = 0
    for number in range(1, given.posts + 1):
        at = START + timedelta(minutes=number / given.a_minute)
        brand, subject = f"brand{rng.randrange(given.brands)}", rng.randrange(given.stories)
        post = post_of(number, at, brand, subject, rng)
        vector = subjects[subject] + 0.5 * vectors.normal(size=EMBEDDING).astype(np.float32)
        vector /= np.linalg.norm(vector)
        parents = known.setdefault(brand, [])
        parent = rng.choice(parents[-200:]) if parents and rng.random() < REPOSTS else None
        began = time.process_time()
        given_story = stories.assign(number, post, vector, parent)
        spent["stories"] += time.process_time() - began
        parents.append(given_story.story)
        seen = observation(number, post, given_story.story, given_story.copy_of, rng, is_repost=parent is not None)
        began = time.process_time()
        detector.observe(seen)
        spent["counts"] += time.process_time() - began
        if number % given.a_minute == 0:
            began = time.process_time()
            detector.evaluate(at)
            spent["looks"] += time.process_time() - began
            looks += 1
    live = sum(len(set(names)) for names in known.values())
    print(f"{given.posts} posts, {given.brands} brands, {live} stories")
    for name in ("stories", "counts"):
        print(
            f"{name:8s} {given.posts / spent[name]:,.0f} posts a second ({1e6 * spent[name] / given.posts:.0f} us each)"
        )
    print(f"together {given.posts / (spent['stories'] + spent['counts']):,.0f} posts a second on one core")
    print(f"a look at all brands takes {spent['looks'] / max(looks, 1):.3f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
