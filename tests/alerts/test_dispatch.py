"""At least once, with the same key; a slow or broken receiver is nobody else's trouble."""

import asyncio
import contextlib
import importlib.util
import random
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.dispatch import AFTER_SURPRISE_S, LONGEST_WAIT_S, STRIKES, Backoff, Dispatcher, Sent
from alerts.receivers import TryLater
from groundswell.clock import SettableClock
from groundswell.errors import DeliveryError, StorageError


def _load():
    """Tests are no package: the fakes beside this file are loaded by their path."""
    spec = importlib.util.spec_from_file_location("outbox_fakes", Path(__file__).with_name("outbox_fakes.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


fakes = _load()
FakeOutbox, FakeReceiver, Killed = fakes.FakeOutbox, fakes.FakeReceiver, fakes.Killed


def down():
    return DeliveryError("down", permanent=False)


@pytest.fixture
def clock(t0):
    return SettableClock(t0)


@pytest.fixture
def outbox(clock):
    return FakeOutbox(clock)


def test_what_is_due_is_delivered_once(outbox, clock, make_notification):
    mail, hook = FakeReceiver(), FakeReceiver()
    outbox.add(make_notification("mail"), make_notification("hook"))
    dispatcher = Dispatcher(outbox, {"mail": mail, "hook": hook}, clock)
    assert asyncio.run(dispatcher.run_once()) == Sent(delivered=2)
    assert asyncio.run(dispatcher.run_once()) == Sent()
    assert len(mail.seen) == len(hook.seen) == 1
    assert outbox.states() == ["delivered"] * 2


def test_killed_between_sending_and_marking_sends_the_same_key_again(outbox, clock, make_notification):
    receiver = FakeReceiver()
    outbox.add(*(make_notification("mail", number=n) for n in (1, 2, 3)))
    outbox.die_before_marking = 1
    with pytest.raises(Killed):
        asyncio.run(Dispatcher(outbox, {"mail": receiver}, clock).run_once())
    clock.advance_to(clock() + timedelta(seconds=299))
    after = Dispatcher(outbox, {"mail": receiver}, clock)
    assert asyncio.run(after.run_once()) == Sent()  # its lease may still be somebody's
    clock.advance_to(clock() + timedelta(seconds=1))
    assert asyncio.run(after.run_once()).delivered == 3
    assert receiver.seen[0] == receiver.seen[1]
    assert len(receiver.shown) == 3
    assert outbox.states() == ["delivered"] * 3


def test_random_kills_lose_nothing_and_show_nothing_twice(outbox, clock, make_notification):
    chance = random.Random(7)
    receiver = FakeReceiver([chance.choice([None, down()]) for _ in range(60)])
    outbox.add(*(make_notification("mail", number=n) for n in range(1, 21)))
    for _ in range(200):
        outbox.die_before_marking = chance.random() < 0.3
        with contextlib.suppress(Killed):
            asyncio.run(Dispatcher(outbox, {"mail": receiver}, clock, batch=4).run_once())
        clock.advance_to(clock() + timedelta(minutes=30))
    assert outbox.states() == ["delivered"] * 20
    assert receiver.shown == set(outbox.rows)


def test_waits_double_with_jitter_and_are_capped():
    backoff, chance = Backoff(base_s=15, cap_s=3600), random.Random(1)
    for attempts in range(1, 40):
        longest = min(3600, 15 * 2 ** (attempts - 1))
        waits = [backoff.wait_s(attempts, chance) for _ in range(50)]
        assert all(longest / 2 <= w <= longest for w in waits)
        assert len(set(waits)) > 1
    assert backoff.wait_s(10**6, chance) <= 3600


def test_the_same_seed_waits_the_same(clock, make_notification):
    waits = []
    for _ in range(2):
        outbox = FakeOutbox(clock).add(make_notification("mail"))
        asyncio.run(Dispatcher(outbox, {"mail": FakeReceiver([down()])}, clock, seed=5).run_once())
        waits.append(next(iter(outbox.rows.values())).next_at)
    assert waits[0] == waits[1] > clock()


def test_dead_after_so_many_tries(outbox, clock, make_notification):
    receiver = FakeReceiver([down() for _ in range(99)])
    outbox.add(make_notification("mail"))
    dispatcher = Dispatcher(outbox, {"mail": receiver}, clock, backoff=Backoff(max_attempts=4))
    total = Sent()
    for _ in range(10):
        sent = asyncio.run(dispatcher.run_once())
        total.retried += sent.retried
        total.dead += sent.dead
        clock.advance_to(clock() + timedelta(hours=2))
    assert (total.retried, total.dead, len(receiver.failures)) == (3, 1, 95)
    assert outbox.states() == ["dead"]


def test_permanent_means_dead_at_once_and_the_next_message_still_goes(outbox, clock, make_notification):
    receiver = FakeReceiver([DeliveryError("answered 404", permanent=True)] * 5)
    outbox.add(*(make_notification("hook", number=n) for n in range(1, 8)))
    assert asyncio.run(Dispatcher(outbox, {"hook": receiver}, clock).run_once()) == Sent(delivered=2, dead=5)
    assert outbox.rows[next(iter(outbox.rows))].error == "answered 404"


def test_retry_after_is_obeyed_within_reason(clock, make_notification):
    for asked, least, most in ((900, 900, 900), (10**9, LONGEST_WAIT_S, LONGEST_WAIT_S), (0, 7, 15)):
        outbox = FakeOutbox(clock).add(make_notification("hook"))
        receiver = FakeReceiver([TryLater("busy", after_s=asked)])
        asyncio.run(Dispatcher(outbox, {"hook": receiver}, clock).run_once())
        row = next(iter(outbox.rows.values()))
        assert least <= (row.next_at - clock()).total_seconds() <= most


def test_a_receiver_that_is_down_is_not_asked_for_every_message(outbox, clock, make_notification):
    receiver = FakeReceiver([down() for _ in range(50)])
    outbox.add(*(make_notification("mail", number=n) for n in range(1, 51)))
    sent = asyncio.run(Dispatcher(outbox, {"mail": receiver}, clock).run_once())
    assert len(receiver.failures) == 50 - STRIKES
    assert sent == Sent(retried=50)
    assert all(row.next_at > clock() for row in outbox.rows.values())


def test_one_bad_message_does_not_hold_back_the_good_ones(outbox, clock, make_notification):
    receiver = FakeReceiver([down(), None, down(), down(), None, None])
    outbox.add(*(make_notification("mail", number=n) for n in range(1, 7)))
    assert asyncio.run(Dispatcher(outbox, {"mail": receiver}, clock).run_once()) == Sent(delivered=3, retried=3)


def test_a_slow_receiver_holds_up_nobody(outbox, clock, make_notification):
    fast = FakeReceiver()

    class Slow(FakeReceiver):
        async def send(self, notification):
            await self.released.wait()
            await super().send(notification)

    async def live() -> None:
        slow = Slow()
        slow.released = asyncio.Event()
        dispatcher = Dispatcher(outbox, {"slow": slow, "fast": fast}, clock, lease_s=10)
        outbox.add(make_notification("slow"), make_notification("fast"))
        await dispatcher.start()
        outbox.add(make_notification("slow", number=2), make_notification("fast", number=2))
        clock.advance_to(clock() + timedelta(seconds=11))  # the slow one's lease ends while it is in hand
        await dispatcher.start()
        while outbox.states().count("delivered") < 2:  # noqa: ASYNC110 - the fake store is marked from a thread
            await asyncio.sleep(0)
        assert len(fast.seen) == 2
        assert slow.seen == []
        slow.released.set()
        assert await dispatcher.settle() == Sent(delivered=4)
        assert len(slow.seen) == 2  # in hand is in hand: not sent again because the lease ran out

    asyncio.run(live())


def test_a_receiver_that_hangs_is_given_up_and_tried_again(outbox, clock, make_notification):
    class Hangs(FakeReceiver):
        async def send(self, notification):
            await asyncio.Event().wait()

    outbox.add(make_notification("hang"))
    sent = asyncio.run(Dispatcher(outbox, {"hang": Hangs()}, clock, send_timeout_s=0.001).run_once())
    assert sent == Sent(retried=1)
    assert "no answer" in next(iter(outbox.rows.values())).error


def test_a_surprise_is_loud_does_not_loop_and_stops_no_other_receiver(outbox, clock, make_notification):
    bug, good = FakeReceiver([KeyError("private post text")]), FakeReceiver()
    outbox.add(make_notification("bug"), make_notification("bug", number=2), make_notification("good"))
    dispatcher = Dispatcher(outbox, {"bug": bug, "good": good}, clock)

    async def live() -> None:
        with pytest.raises(KeyError):
            await dispatcher.run_once()
        first = next(iter(outbox.rows.values()))
        assert first.next_at == clock() + timedelta(seconds=AFTER_SURPRISE_S)
        assert first.error == "surprise: KeyError"
        assert len(good.seen) == 1
        clock.advance_to(clock() + timedelta(hours=1))
        await dispatcher.run_once()

    asyncio.run(live())
    assert outbox.states() == ["delivered"] * 3


def test_a_removed_receiver_leaves_a_dead_letter_that_says_so(outbox, clock, make_notification):
    outbox.add(make_notification("gone"))
    assert asyncio.run(Dispatcher(outbox, {}, clock).run_once()) == Sent(dead=1)
    assert "no receiver is called 'gone'" in next(iter(outbox.rows.values())).error


def test_a_store_in_trouble_is_not_an_empty_outbox(clock):
    class Broken(FakeOutbox):
        def lease_outbox(self, limit, seconds):
            raise StorageError("disk full")

    with pytest.raises(StorageError):
        asyncio.run(Dispatcher(Broken(clock), {}, clock).run_once())


def test_nothing_of_a_post_is_logged(outbox, clock, make_notification, caplog):
    caplog.set_level("DEBUG")
    notification = make_notification("mail", title="secret title")
    outbox.add(notification, make_notification("mail", number=2))
    asyncio.run(Dispatcher(outbox, {"mail": FakeReceiver([down()])}, clock).run_once())
    assert "alert_delivered" in caplog.text
    assert "alert_undelivered" in caplog.text
    assert "secret title" not in caplog.text
    assert not any(quote in caplog.text for quote in notification.alert.quotes)
