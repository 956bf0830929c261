"""How long a host is left alone, by what its answers say: every shape of it that is in use."""

import asyncio
from datetime import timedelta
from email.utils import format_datetime

import pytest

from groundswell.errors import Throttled
from tests.collectors.conftest import run


@pytest.mark.parametrize("form", ["seconds", "date", "absent"])
def test_429_waits_as_long_as_asked_and_asks_again(site, door, reply, time, form):
    at = time.clock() + timedelta(seconds=20)
    headers = {
        "seconds": {"Retry-After": "20"},
        "date": {"Retry-After": format_datetime(at, usegmt=True)},
        "absent": {},
    }
    site.play("/a", reply(status=429, headers=headers[form]), reply("{}"))
    answer = run(site, door, lambda http: http.get(site.url("/a")))
    assert answer.json() == {}
    assert sum(time.naps) == pytest.approx(30 if form == "absent" else 20, abs=1)


def test_a_long_wait_is_not_slept_but_told(site, door, reply, time):
    site.play("/a", reply(status=429, headers={"Retry-After": "3600"}))

    async def job(http):
        for _ in range(2):
            with pytest.raises(Throttled) as caught:
                await http.get(site.url("/a"))
        return caught.value

    error = run(site, door, job)
    assert error.until == time.clock() + timedelta(hours=1)
    assert len(site.asked) == 1, "the second request must not leave before the hour is over"
    assert time.naps == []


@pytest.mark.parametrize(
    "headers",
    [
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "40"},
        {"x-rate-limit-remaining": "0", "x-rate-limit-reset": "1795176040"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-11-20T12:00:40.000000Z"},
        {"RateLimit": '"default";r=0;t=40'},
        {"RateLimit": "limit=100, remaining=0, reset=40"},
        {"RateLimit-Remaining": "0", "RateLimit-Reset": "40"},
        {"X-RateLimit-Remaining": "0.0", "X-RateLimit-Reset": "40", "X-RateLimit-Used": "100"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795176040000"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "Fri, 20 Nov 2026 12:00:40 GMT"},
        {"Zendesk-RateLimit-Incremental-Exports": "total=10; remaining=0; resets=40"},
    ],
)
def test_an_empty_quota_delays_the_next_request(site, door, reply, time, headers):
    site.play("/a", reply("{}", headers=headers))

    async def job(http):
        await http.get(site.url("/a"))
        await http.get(site.url("/a"))

    assert time.clock().timestamp() == 1795176000
    run(site, door, job)
    assert sum(time.naps) == pytest.approx(40, abs=1)


def test_an_hour_without_calls_left_is_waited_out(site, door, reply, time):
    site.play("/a", reply("{}", headers={"X-Rate-Limit": "user-hour-lim:3500;user-hour-rem:0;"}))

    async def job(http):
        await http.get(site.url("/a"))
        with pytest.raises(Throttled) as caught:
            await http.get(site.url("/a"))
        return caught.value.until, http.quotas()

    until, told = run(site, door, job)
    assert until == time.clock() + timedelta(hours=1)
    assert next(iter(told.values())) == {"x-rate-limit": "user-hour-lim:3500;user-hour-rem:0;"}


@pytest.mark.parametrize(
    "body",
    ['{"error": {"errors": [{"reason": "quotaExceeded"}]}}', '{"message": "You have exceeded a secondary rate limit"}'],
)
def test_a_403_about_how_often_was_asked_is_no_refusal(site, door, reply, body):
    site.play("/a", reply(body, status=403), reply(body, status=403), reply("{}"))
    assert run(site, door, lambda http: http.get(site.url("/a"))).json() == {}


def test_the_sources_pace_spaces_requests(site, door, reply, time):
    site.play("/a", reply("{}"))

    async def job(http):
        await asyncio.gather(*(http.get(site.url("/a"), limit=(1, 5.0)) for _ in range(4)))

    run(site, door, job)
    assert time.clock().timestamp() - 1795176000 >= 15
