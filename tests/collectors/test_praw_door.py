"""All that the one door keeps, it keeps for praw too: size, time, addresses, pace, secrets, recordings."""

import asyncio
import json
import logging
import threading
from base64 import b64decode

import pytest

from collectors.guard import Refused
from collectors.recordings import write_cassette
from collectors.reddit import Reddit
from groundswell.errors import AuthNeeded, Gone, Malformed, Throttled, Unreachable
from tests.collectors.test_reddit import AS_JSON, TOKEN, Subreddit, drive, ids, thing, walk

NEW = "/r/kitchen/new"
LISTING = json.dumps({"kind": "Listing", "data": {"after": None, "children": [thing(1)]}})


def page(reply, **fields):
    return reply(LISTING, headers={**AS_JSON, **fields})


def asked(site, path):
    return [request for request in site.asked if request.path == path]


def test_praw_asks_with_its_own_agent_and_with_the_token_it_was_given(site, door, time, reply):
    drive(site, door, time, reply, {NEW: page(reply)}, lambda source: walk(source, {}))
    (key,), (listing,) = asked(site, "/api/v1/access_token"), asked(site, NEW)
    assert key.headers["Authorization"].startswith("Basic ")
    assert (listing.headers["Authorization"], listing.query["raw_json"]) == ("bearer t", "1")
    assert listing.headers["User-Agent"].startswith("test:groundswell:1 PRAW/")


def test_a_token_that_ended_is_asked_for_anew(site, door, time, reply):
    answers = iter([reply(status=401, headers={**AS_JSON, "www-authenticate": 'Bearer error="invalid_token"'})])
    pages = drive(site, door, time, reply, {NEW: lambda _: next(answers, page(reply))}, lambda source: walk(source, {}))
    assert ids(pages) == {"t3_1"}
    assert len(asked(site, "/api/v1/access_token")) == 2


def test_an_answer_that_is_too_long_is_stopped(site, door, time, reply):
    with pytest.raises(Malformed, match="longer than 2000 bytes"):
        drive(
            site, lambda s: door(s, max_bytes=2000), time, reply,
            {NEW: reply(LISTING + " " * 3000, headers=AS_JSON)}, lambda source: walk(source, {}),
        )  # fmt: skip


def test_an_answer_that_takes_too_long_is_unreachable(site, door, time, reply):
    def stall(request):
        request.transport.pause_reading()
        return reply("x" * 10, headers={"Content-Length": "1000"})

    with pytest.raises(Unreachable):
        drive(site, lambda s: door(s, timeout_s=0.2, attempts=1), time, reply, {NEW: stall}, lambda s: walk(s, {}))


@pytest.mark.parametrize("url", ["http://10.0.0.1", "http://169.254.169.254", "http://[::1]:80", "file:///etc"])
def test_praw_reaches_no_address_of_our_own_network(site, door, time, reply, url):
    async def job(source):
        source._praw._settings["oauth_url"] = url
        return await walk(source, {})

    with pytest.raises((Refused, Malformed)):
        drive(site, door, time, reply, {}, job)
    assert not asked(site, NEW)


def test_a_redirect_is_not_followed(site, door, time, reply):
    elsewhere = reply(status=302, headers={"Location": "/elsewhere"})
    with pytest.raises(Gone):
        drive(site, door, time, reply, {NEW: elsewhere, "/elsewhere": page(reply)}, lambda s: walk(s, {}))
    assert not asked(site, "/elsewhere")


def test_trouble_and_a_body_that_breaks_off_are_asked_again(site, door, time, reply):
    answers = iter([reply(status=503), reply(LISTING, headers=AS_JSON, cut=True)])
    pages = drive(site, door, time, reply, {NEW: lambda _: next(answers, page(reply))}, lambda source: walk(source, {}))
    assert ids(pages) == {"t3_1"}
    assert [nap for nap in time.naps if nap >= 1] == [1.0, 2.0]


def test_lasting_trouble_is_unreachable_and_asked_as_often_as_the_door_allows(site, door, time, reply):
    with pytest.raises(Unreachable):
        drive(site, door, time, reply, {NEW: reply(status=500)}, lambda source: walk(source, {}))
    assert len(asked(site, NEW)) == 4


def test_the_door_keeps_the_pace_and_spreads_what_is_left_of_the_quota(site, door, time, reply):
    sub = Subreddit(reply)
    sub.things = [thing(n) for n in range(1, 251)]
    drive(site, door, time, reply, {NEW: sub}, lambda source: walk(source, {}))
    assert sum(time.naps) >= 2 * 0.6 - 1e-6  # three pages at a hundred requests a minute
    time.naps.clear()
    few = {"x-ratelimit-remaining": "2.0", "x-ratelimit-used": "98", "x-ratelimit-reset": "40"}
    sub.answer = lambda found, after: reply(
        json.dumps({"kind": "Listing", "data": {"after": after, "children": found}}), headers={**AS_JSON, **few}
    )
    drive(site, door, time, reply, {NEW: sub}, lambda source: walk(source, {}))
    assert max(time.naps) >= 19  # 40 s for two requests


@pytest.mark.parametrize("asks", ["30", "Fri, 20 Nov 2026 12:00:40 GMT"])
def test_a_short_wait_is_waited_out(site, door, time, reply, asks):
    answers = iter([reply(status=429, headers={"Retry-After": asks})])
    pages = drive(site, door, time, reply, {NEW: lambda _: next(answers, page(reply))}, lambda source: walk(source, {}))
    assert ids(pages) == {"t3_1"}
    assert max(time.naps) > 25


def test_a_host_that_asked_for_quiet_is_not_asked_by_the_next_call(site, door, time, reply):
    async def job(source):
        for _ in range(2):
            with pytest.raises(Throttled):
                await walk(source, {})

    drive(site, door, time, reply, {NEW: reply(status=429, headers={"Retry-After": "900"})}, job)
    assert len(asked(site, NEW)) == 1


def test_a_login_page_in_place_of_a_listing_needs_a_key(site, door, time, reply):
    wall = reply("<html><form action=/login><input type=password></form></html>")
    with pytest.raises(AuthNeeded):
        drive(site, door, time, reply, {NEW: wall}, lambda source: walk(source, {}))


def test_what_praw_asked_is_recorded_without_keys_and_read_again(site, door, time, reply, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    secret = json.dumps({**json.loads(TOKEN), "access_token": "eyJ-very-secret"})

    async def main():
        async with site, door(site) as http:
            tape = http.record()
            site.play("/api/v1/access_token", reply(secret, headers=AS_JSON))
            site.play(NEW, page(reply))
            source = Reddit(
                http, time.clock, client_id="id", client_secret="the-secret", user_agent="test:groundswell:1",
                subreddits=["kitchen"], comments=False, reddit_url=site.url(), oauth_url=site.url(),
            )  # fmt: skip
            pages = await walk(source, {})
            await source.close()
            return tape, pages

    tape, pages = asyncio.run(main())
    with (tmp_path / "tape.json").open("w") as file:
        write_cassette(file, tape)
    raw = (tmp_path / "tape.json").read_bytes()
    (again,) = Reddit.parse(raw, "tape")
    assert list(again.posts) == list(pages[0].posts)
    bodies = [b64decode(one["response"]["body"]["base64_string"]) for one in tape]
    for shown in (raw, *bodies, caplog.text.encode()):
        assert b"very-secret" not in shown
        assert b"the-secret" not in shown


def test_a_round_given_up_leaves_no_thread_behind(site, door, time, reply):
    reached = asyncio.Event()

    async def job(source):
        async def quiet(_seconds):
            reached.set()
            await asyncio.Event().wait()

        source._praw._session._http._sleep = quiet
        task = asyncio.create_task(walk(source, {}))
        await reached.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await source.close()
        for thread in [t for t in threading.enumerate() if t.name.startswith("praw")]:
            await asyncio.to_thread(thread.join, 10)
            assert not thread.is_alive()

    drive(site, door, time, reply, {NEW: reply(status=500)}, job)
