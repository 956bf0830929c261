"""Which stories are viral negative trends now: a streaming object fed one observation at a time, asked every minute.

A look is a function of the posts observed with event time up to `at`, of the latches (what is viral already) and of
nothing else; that is what makes a replay and a live run tell the same.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from groundswell.types import Observation, Topic, Trend
from trends.baseline import HOUR, KEPT_H
from trends.board import DAY, BrandState, SeenPosts, StoryState
from trends.gate import Latch
from trends.judge import Evidence, failing, gather, trend
from trends.labels import Relabelled
from trends.labels import apply as relabel
from trends.leads import RESUMED, SLOW, Lead, lead
from trends.look import BrandLook, control, look
from trends.moves import Move, Moved, apply
from trends.settings import DetectorSettings
from trends.slow import SlowRises
from trends.stored import StoredStory
from trends.surprise import WINDOWS_H

LEAD = "lead:"  # of the code that says what fired a story, in `Trend.because`
SMALL, LARGE = 64, 512
"""Posts of a story up to which its evidence is looked at every minute, every five; above every ten."""
SHARE_PRIOR = 5.0
"""Negative mentions' worth of belief that one story holds all of a brand's negatives: true of most brands most days."""


class Detector:
    """Viral negative trends of all brands. Not thread-safe: one loop owns it."""

    def __init__(self, settings: DetectorSettings | None = None) -> None:
        self._settings = settings or DetectorSettings()
        self._brands: dict[str, BrandState] = {}
        self._latches: dict[tuple[str, str], Latch] = {}
        self._viral: set[tuple[str, str]] = set()
        self._seen, self._moved = SeenPosts(), Moved()
        self._outages: dict[tuple[str, datetime], datetime | None] = {}  # of all brands: source, start → end
        self._slow = SlowRises(self._settings.surprise)
        self._evidence: dict[tuple[str, str], tuple[tuple[float, int], Evidence]] = {}
        self._kept: dict[str, tuple[int, float]] = {}  # brand → hour of the last clean-up, largest story's usual share

    def watch(self, brand: str, since: datetime) -> None:
        """Say that posts of `brand` would have been seen from `since` on: silence after it is known silence."""
        self._brand(brand).baseline.watch(since.timestamp())

    def observe(self, seen: Observation) -> None:
        """Count one classified post; a post observed before is ignored, order does not matter."""
        if self._seen.first_time(seen.post):
            self._brand(seen.brand).add(self._moved.now(seen))

    def move(self, move: Move) -> None:
        """Follow a merge or a split by people: posts, and whether their story is viral already."""
        self._moved.add(move)
        old, new = (move.brand, move.story), (move.brand, move.into or move.story)
        apply(self._brand(move.brand), move, self._settings.posts_per_story)
        for key in (old, new):
            self._evidence.pop(key, None)
        if not move.posts and old in self._latches:
            self._latch(*new).join(self._latches.pop(old))
            if old in self._viral:
                self._viral = (self._viral - {old}) | {new}

    def relabel(self, told: Relabelled) -> None:
        """Take over what people said of a post that was observed, as a restart would; what fired stays fired."""
        brand = told.seen.brand
        relabel(self._brand(brand), told, self._settings.posts_per_story)
        for key in [key for key in self._evidence if key[0] == brand]:
            del self._evidence[key]
        self._kept.pop(brand, None)
        self._slow.forget(brand)

    def told(self, brand: str, story: str, at: datetime, surprise: float) -> None:
        """Say that people were told of these posts already, `surprise`d so much: the story fires above that only."""
        self._latch(brand, story).remember(at.timestamp(), surprise)

    def outage(self, brand: str | None, source: str, start: datetime, end: datetime | None) -> None:
        """`source` could not be read from `start` to `end` (None: still); its share of the baseline is frozen.

        A second call with an equal `start` tells the end. `brand` None means all brands, also those to come.
        """
        if brand is None:
            self._outages[source, start] = end
        for state in [self._brand(brand)] if brand is not None else self._brands.values():
            state.baseline.outage(source, start.timestamp(), end.timestamp() if end else None)

    def warm(
        self,
        hourly: Iterable[tuple[str, str, datetime, int, int]],
        observations: Iterable[Observation],
        *,
        topic_days: Iterable[tuple[str, Topic, datetime, int]] = (),
        stories: Iterable[StoredStory] = (),
        viral: Iterable[tuple[str, str, datetime, Sequence[str]]] = (),
    ) -> None:
        """Restore after a restart.

        `hourly` rows are (brand, source, hour, classified, negative), `topic_days` (brand, topic, day, negative); both
        hold the whole truth of their hour or day, so `observations` (the last 72 h) do not count there again. `stories`
        give what those observations cannot: age and totals. `viral` are the open incidents (brand, story, since,
        `because` of the last trend told, which names what fired).
        """
        for brand, source, hour, classified, negative in hourly:
            state, number = self._brand(brand), int(hour.timestamp() // HOUR)
            state.baseline.add(source, number, classified, negative)
            state.loaded_hours.add((source, number))
        for brand, topic, day, negative in topic_days:
            state, number = self._brand(brand), int(day.timestamp() // DAY)
            state.days[topic][number] = state.days[topic].get(number, 0) + negative
            state.loaded_days.add((topic, number))
        for seen in observations:
            self.observe(seen)
        for state in self._brands.values():
            state.loaded_hours.clear()
            state.loaded_days.clear()
        for known in stories:
            story = self._brand(known.brand).stories.get(known.story)
            if story is not None:
                story.first_at = min(story.first_at, known.first_at)
                story.total, story.total_negative = known.posts, known.negative
        for brand, name, since, because in viral:
            lead_of = (code.removeprefix(LEAD) for code in because if code.startswith(LEAD))
            self._latch(brand, name).fire(since.timestamp(), 0.0, next(lead_of, RESUMED))
            self._viral.add((brand, name))

    def evaluate(self, at: datetime) -> list[Trend]:
        """Return every story worth mentioning at `at`: the viral ones, then those with some negatives lately."""
        now = at.timestamp()
        states = [self._brands[name] for name in sorted(self._brands)]
        shares = [self._upkeep(state, now) for state in states]
        self._slow.look(states, now)
        looks = []
        for state, share in zip(states, shares, strict=True):
            viral = {story for brand, story in self._viral if brand == state.brand}
            looks.append(look(state, now, self._settings, share, self._slow.of(state.brand), viral.__contains__))
        control(looks, self._settings)
        found = [trend for brand in looks for trend in self._decide(brand, now)]
        return sorted(found, key=lambda t: (not t.is_viral, -t.surprise, t.brand, t.story))

    def _brand(self, name: str) -> BrandState:
        state = self._brands.get(name)
        if state is None:
            state = self._brands[name] = BrandState(name, self._settings)
            for (source, start), end in self._outages.items():
                state.baseline.outage(source, start.timestamp(), end.timestamp() if end else None)
        return state

    def _latch(self, brand: str, story: str) -> Latch:
        return self._latches.setdefault((brand, story), Latch())

    def _decide(self, brand: BrandLook, now: float) -> list[Trend]:
        """Fire, keep or calm each story, and tell of those worth it.

        The strongest decides first, because the brand's own surprise speaks for one story only.
        """
        found = []
        history_h = brand.state.baseline.history_h(now)
        for one in brand.stories:
            latch = self._latch(brand.state.brand, one.story.story)
            viral = {name: self._latches[of, name] for of, name in self._viral if of == brand.state.brand}
            found_lead = lead(brand, one, viral, self._settings, now)
            surprise = found_lead.surprise if found_lead else one.surprise
            told = self._told(brand.state, one.story, latch, found_lead)
            evidence = self._gather(brand.state, told, now, is_urgent=found_lead is not None and not latch.is_viral)
            missing = failing(evidence, surprise, self._settings) if found_lead else ["surprise"]
            if history_h < self._settings.least_history_h:
                missing.append("history")
            if (
                found_lead
                and not missing
                and (latch.is_viral or latch.exceeds_record(now, surprise.value, self._settings.record_h * HOUR))
            ):
                latch.fire(now, surprise.value, found_lead.code)
                self._viral.add((brand.state.brand, one.story.story))
            elif latch.is_viral and self._is_calm(brand, told, latch, now):
                latch.calm()
                self._viral.discard((brand.state.brand, one.story.story))
            notes = [f"history:{history_h:.0f} h", *(f"not:{code}" for code in missing)]
            if latch.is_viral:
                notes.append(LEAD + latch.lead)
            rules = self._settings.severity
            found.append(trend(brand.state, one.story, told, latch.is_viral, evidence, surprise, now, notes, rules))
        return found

    @staticmethod
    def _told(state: BrandState, story: StoryState, latch: Latch, found: Lead | None) -> StoryState:
        """Return whose posts are counted for a story: its topic's while a topic made it viral."""
        if found is not None:
            return found.told
        topic = latch.lead.partition(":")[2] if latch.is_viral else ""
        return state.topics.get(Topic(topic), story) if topic else story

    def _is_calm(self, brand: BrandLook, told: StoryState, latch: Latch, now: float) -> bool:
        calm_s = self._settings.calm_h * HOUR
        if latch.lead.startswith(SLOW):
            return not self._slow.lasts(brand.state.brand, Topic(latch.lead.removeprefix(SLOW)))
        recent = told.negative(now, calm_s)
        usual = brand.state.baseline.expected(now, calm_s).mean * self._kept[brand.state.brand][1]
        return now - latch.since >= calm_s and recent < max(self._settings.least_negatives, 2 * usual)

    def _gather(self, state: BrandState, story: StoryState, now: float, *, is_urgent: bool) -> Evidence:
        """Look at a story as of the last full step before `now`: at once while it is small and may fire, up to ten
        minutes back when it is large and its numbers move slowly. The step depends on nothing a restart would forget.
        """
        size = len(story.keys)
        step = 300 if size <= LARGE else 600
        moment = now if is_urgent and size <= SMALL else now - now % step
        if story.count(moment) == 0:
            moment = now
        key, state_of_posts = (state.brand, story.story), (moment, story.count(moment))
        known = self._evidence.get(key)
        if known is None or known[0] != state_of_posts:
            usual = state.baseline.negative_share(now)
            heard = partial(state.accounts_before, story, moment)
            known = self._evidence[key] = (state_of_posts, gather(story, moment, self._settings, usual, heard))
        return known[1]

    def _upkeep(self, state: BrandState, now: float) -> float:
        """Once an hour forget the old and learn which part of the brand's negatives its largest story usually holds."""
        hour = int(now // HOUR)
        if state.brand not in self._kept or self._kept[state.brand][0] != hour:
            state.prune(now)
            before = now - WINDOWS_H[-1] * HOUR
            past = [story.negative(before, self._settings.memory_h * HOUR) for story in state.stories.values()]
            share = (max(past, default=0) + SHARE_PRIOR) / (sum(past) + SHARE_PRIOR)
            self._kept[state.brand] = (hour, share)
            self._forget(state.brand, now)
        return self._kept[state.brand][1]

    def _forget(self, brand: str, now: float) -> None:
        """Forget records, evidence, outages; calm viral stories without posts: they would mute their topic for ever."""
        record_s = self._settings.record_h * HOUR
        stories = self._brands[brand].stories
        for key in [key for key in self._viral if key[0] == brand and key[1] not in stories]:
            self._viral.discard(key)
            self._latches[key].calm()
            if self._latches[key].lead.startswith(SLOW):
                self._slow.told(brand, Topic(self._latches[key].lead.removeprefix(SLOW)))
        for key, latch in list(self._latches.items()):
            if key[0] == brand and not latch.is_viral and latch.exceeds_record(now, -1.0, record_s):
                del self._latches[key]
        for key in [key for key in self._evidence if key[0] == brand and key[1] not in stories]:
            del self._evidence[key]
        oldest = now - KEPT_H * HOUR
        self._outages = {k: end for k, end in self._outages.items() if end is None or end.timestamp() > oldest}
