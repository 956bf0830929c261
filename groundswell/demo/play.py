"""The demo: three weeks of Halvero in a throw-away store, the last hours quickened, the dashboard beside it."""

import asyncio
import io
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from alerts.dispatch import Dispatcher
from alerts.reader import Reader as Addressee
from alerts.receivers.console import Console
from dashboard.serve import require_free, serve
from groundswell import clock
from groundswell.assemble import assemble
from groundswell.clock import SettableClock
from groundswell.demo.scenario import BRAND, DAYS, OUTAGE, QUERY, Arrival, scenario
from groundswell.pipeline import Reader
from groundswell.replay import Wheel
from groundswell.sections import Receiver
from groundswell.types import Alert, Prediction
from models.predict import Classifier

LIVE_H = 11.0  # event time that is replayed before the viewer's eyes: the crisis begins an hour into it
LIVE_S = 110.0  # how long that takes
TICK_S = 1.0
HISTORY_STEP = timedelta(minutes=15)  # the coarsest look that the definition of a trend allows
HISTORY_PAGE = timedelta(hours=6)
BATCH = 200  # texts between two lines of progress
CONSOLE = Receiver(name="console", type="console")

Say = Callable[[str], None]


class Remembered:
    """A reader that reads every text once: the past is read in large batches before its time line is walked."""

    def __init__(self, reader: Reader) -> None:
        self._reader, self._said = reader, dict[tuple[str, str | None], Prediction]()

    def predict(self, texts: Sequence[str], langs: Sequence[str | None] | None = None) -> list[Prediction]:
        keys = list(zip(texts, langs or [None] * len(texts), strict=True))
        new = list(dict.fromkeys(key for key in keys if key not in self._said))
        self._said |= zip(new, self._reader.predict([t for t, _ in new], [tag for _, tag in new]), strict=True)
        return [self._said[key] for key in keys]


def play(*, port: int, with_dashboard: bool, say: Say) -> None:
    """Run the demo until Ctrl-C (without a dashboard: until the last post)."""
    if with_dashboard:
        require_free("127.0.0.1", port)  # before a minute of reading, not after
    say(f"{BRAND} 禾维洛 is a fictional brand; every post was written for this demo.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends the demo ends its page and its store
    with tempfile.TemporaryDirectory(prefix="groundswell-demo-") as folder:
        stage = Stage(Path(folder) / "demo.db", clock.now().replace(second=0, microsecond=0), Classifier(), port)
        page = None
        try:
            stage.past(say)
            if with_dashboard:
                page = serve(stage.path, port=port, demo=True)
                say(f"Dashboard: http://127.0.0.1:{port}  (Ctrl-C ends the demo)")
            say(f"Now the last {LIVE_H:.0f} hours in {LIVE_S:.0f} seconds: watch a complaint appear and spread.")
            stage.live(LIVE_S)
            say("The demo has reached the present." + (" The dashboard stays open until Ctrl-C." if page else ""))
            if page:
                page.wait()
        except KeyboardInterrupt:
            say("Demo ended.")
        finally:
            if page:
                page.terminate()
                page.wait()
            stage.close()


class Stage:
    """The scenario, the parts that read it, and the event time they have reached."""

    def __init__(self, path: Path, end: datetime, reader: Reader, port: int = 8501) -> None:
        self.path, self._end, self._reader = path, end, Remembered(reader)
        self._clock = SettableClock(end - timedelta(days=DAYS, hours=1))
        self.parts = assemble(
            store_path=path,
            queries=[QUERY],
            key=b"demo",
            clock=self._clock,
            reader=self._reader,
            wishes=[CONSOLE],
            dashboard_url=f"http://127.0.0.1:{port}",
        )
        self.parts.detector.watch(BRAND, self._clock())
        for source in ("forum", "social"):
            self.parts.store.expect(source, 12 * 3600)
        self._coming = scenario(end)
        self._wheel = Wheel(self.parts, self._clock, step=HISTORY_STEP)

    def close(self) -> None:
        """Let go of the store."""
        self.parts.store.close()

    def past(self, say: Say) -> list[Alert]:
        """Everything before the quickened hours; its alerts are in the store, but nobody is woken for them now."""
        begin, began = self._end - timedelta(hours=LIVE_H), clock.stopwatch()
        old = [a.post for a in self._coming if a.arrives_at < begin]
        for done in range(0, len(old), BATCH):
            chunk = old[done : done + BATCH]
            self._reader.predict([p.text for p in chunk], [p.lang for p in chunk])
            say(f"  {min(done + BATCH, len(old))} of {len(old)} posts read, {clock.stopwatch() - began:.0f} s")
        events: list[Alert] = []
        while self._clock() < begin:
            events += self._advance(min(begin, self._clock() + HISTORY_PAGE))
        # They were told in their time; the viewer finds them in the store.
        then = Console(Addressee(CONSOLE.language, CONSOLE.time_zone), self._clock, io.StringIO())
        asyncio.run(self._deliver({"console": then}))
        return events

    def live(self, seconds: float) -> list[Alert]:
        """The last hours in `seconds`, tick by tick, printing alerts as they come; returns the alert events."""
        self._wheel.step = timedelta(minutes=1)
        begin, began, events = self._clock(), clock.stopwatch(), list[Alert]()
        ticks = max(1, round(seconds / TICK_S))
        for tick in range(1, ticks + 1):
            events += self._advance(begin + (self._end - begin) * tick / ticks)
            asyncio.run(
                self._deliver({"console": Console(Addressee(CONSOLE.language, CONSOLE.time_zone), self._clock)})
            )
            time.sleep(max(0.0, began + tick * seconds / ticks - clock.stopwatch()))
        return events

    def _advance(self, until: datetime) -> list[Alert]:
        """Let everything arrive that a collector would have brought by `until`, and look at every step."""
        self._outage(until)
        now = [a for a in self._coming if a.arrives_at <= until]
        self._coming = self._coming[len(now) :]
        for source in sorted({a.post.source for a in now}):
            self._wheel.feed(source, [a.post for a in _of(now, source)])
        return list(self._wheel.turn(until))

    def _outage(self, until: datetime) -> None:
        """When the walk passes the source's fall or return, tell store and detector as a live run would."""
        source, days, hours = OUTAGE
        down = self._end - timedelta(days=days)
        back = down + timedelta(hours=hours)
        if self._clock() <= down < until:
            self._clock.advance_to(down)
            self.parts.store.source_failed(source, "Unreachable: no answer in 60 s", back)
            self.parts.detector.outage(BRAND, source, down, None)
        if self._clock() <= back < until:
            self.parts.detector.outage(BRAND, source, down, back)

    async def _deliver(self, receivers: dict[str, Console]) -> None:
        await Dispatcher(self.parts.store, receivers, self._clock).run_once()


def _of(arrivals: Iterable[Arrival], source: str) -> list[Arrival]:
    return [a for a in arrivals if a.post.source == source]
